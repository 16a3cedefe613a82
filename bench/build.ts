// The whole action against what it is made of: `docker buildx build`, one `trivy image` and the push of the same image,
// medians of runs taken in turn. Each run builds a commit that changes one file and compiles it anew, with all else warm.
// Usage: node bench/build.ts [out.json]
import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { copyFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openHouse } from '../test/support/house.ts';
import { npmPackages, shop } from '../test/support/source.ts';
import { trivyPath } from '../test/support/trivy.ts';

const RUNS = 4;
/** A middling image: 500 packages and 24 MiB that don't compress, and a step that works on them as a compiler would. */
const PACKAGES = 500;
const BULK = 24 * 1024 * 1024;
const DOCKERFILE = [
  'FROM scratch AS work',
  'COPY busybox /bin/busybox',
  'COPY bulk /bulk',
  'COPY server.js /server.js',
  'RUN ["/bin/busybox", "sh", "-c", "for n in 1 2; do /bin/busybox bzip2 -c /bulk >/server.bin; done"]',
  'FROM scratch',
  'COPY root/ /',
  'COPY --from=work /server.bin /app/server.bin',
  'USER 1000:1000',
  'HEALTHCHECK CMD ["/app/health"]',
  '',
].join('\n');

const house = await openHouse();
const cache = mkdtempSync(join(tmpdir(), 'seatrial-bench-'));
const packages = Object.fromEntries(Array.from({ length: PACKAGES }, (_, n) => [`package-${n}`, `1.0.${n}`]));
const folder = house.source({ ...shop({}), ...npmPackages(packages), Dockerfile: DOCKERFILE, 'server.js': '0' });
writeFileSync(join(folder, 'bulk'), randomBytes(BULK));
copyFileSync('/bin/busybox', join(folder, 'busybox'));
const { image } = house.repository();
const docker = (...args: string[]) => execFileSync('docker', args, { stdio: ['ignore', 'pipe', 'ignore'] });

function bare(name: string): void {
  docker('buildx', 'build', '--load', '--provenance=false', '--tag', name, folder);
  const database = ['--db-repository', house.database, '--cache-dir', cache, '--insecure'];
  const quiet = [
    '--skip-version-check',
    '--disable-telemetry',
    '--format',
    'json',
    '--output',
    join(cache, 'out.json'),
  ];
  execFileSync(trivyPath(), ['image', '--scanners', 'vuln', ...database, ...quiet, name], { stdio: 'ignore' });
  docker('push', name);
}

async function action(tag: string): Promise<void> {
  const result = await house.build(folder, image, { tags: tag, 'report-dir': cache });
  if (result.errors.length) throw new Error(`${result.errors[0]}\n${result.stdout}`);
}

const median = (values: number[]) => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)]!;
const figures: { bare: number; action: number }[] = [];
try {
  for (let run = 0; run <= RUNS; run++) {
    const times = { bare: 0, action: 0 };
    const turns = { bare: () => bare(`${image}:b${run}`), action: () => action(`a${run}`) };
    // Who begins changes, so that neither always finds what the other has warmed.
    for (const who of run % 2 ? (['bare', 'action'] as const) : (['action', 'bare'] as const)) {
      writeFileSync(join(folder, 'server.js'), randomBytes(64).toString('hex'));
      const started = performance.now();
      await turns[who]();
      times[who] = performance.now() - started;
    }
    if (run > 0) figures.push(times);
  }
} finally {
  rmSync(cache, { recursive: true, force: true });
  await house.close();
}
const row = {
  bareMs: Math.round(median(figures.map((times) => times.bare))),
  actionMs: Math.round(median(figures.map((times) => times.action))),
  extraMs: Math.round(median(figures.map((times) => times.action - times.bare))),
  ratio: Number(median(figures.map((times) => times.action / times.bare)).toFixed(3)),
};
console.log(`the action against build, scan and push by hand, medians of ${RUNS}`);
console.table([row]);
if (process.argv[2]) writeFileSync(process.argv[2], `${JSON.stringify(row)}\n`);
process.exitCode = row.ratio <= 1.1 ? 0 : 1;
