// The whole action against what it is made of: `docker buildx build`, one `trivy image` and the push of the same image,
// medians of runs taken in turn, with all warm but what a commit changes: of an image that compiles its change, and of one
// that only copies it, where all there is to build is a file. What the action does besides takes the same time in both.
// Usage: node bench/build.ts [out.json]
import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { copyFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { openHouse } from '../test/support/house.ts';
import { npmPackages, shop } from '../test/support/source.ts';
import { trivyPath } from '../test/support/trivy.ts';

const RUNS = 4;
/** Of a middling image. */
const PACKAGES = 500;
/** What a compiler is given to do, in bytes that don't compress. */
const BULK = 24 * 1024 * 1024;
const END = ['USER 1000:1000', 'HEALTHCHECK CMD ["/app/health"]', ''];
const DOCKERFILES = {
  compiled: [
    'FROM scratch AS work',
    'COPY busybox /bin/busybox',
    'COPY bulk /bulk',
    'COPY server.js /server.js',
    'RUN ["/bin/busybox", "sh", "-c", "for n in 1 2; do /bin/busybox bzip2 -c /bulk >/server.bin; done"]',
    'FROM scratch',
    'COPY root/ /',
    'COPY --from=work /server.bin /app/server.bin',
    ...END,
  ],
  copied: ['FROM scratch', 'COPY root/ /', 'COPY server.js /app/server.js', ...END],
};

const house = await openHouse();
const cache = mkdtempSync(join(tmpdir(), 'seatrial-bench-'));
const packages = Object.fromEntries(Array.from({ length: PACKAGES }, (_, n) => [`package-${n}`, `1.0.${n}`]));
const folder = house.source({ ...shop({}), ...npmPackages(packages), Dockerfile: '', 'server.js': '0' });
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

/** One kind of image, both ways in turn. */
async function measure(kind: keyof typeof DOCKERFILES) {
  writeFileSync(join(folder, 'Dockerfile'), DOCKERFILES[kind].join('\n'));
  const figures: { bare: number; action: number }[] = [];
  for (let run = 0; run <= RUNS; run++) {
    const times = { bare: 0, action: 0 };
    const turns = { bare: () => bare(`${image}:${kind}-b${run}`), action: () => action(`${kind}-a${run}`) };
    // Who begins changes, so that neither always finds what the other has warmed.
    for (const who of run % 2 ? (['bare', 'action'] as const) : (['action', 'bare'] as const)) {
      writeFileSync(join(folder, 'server.js'), randomBytes(64).toString('hex'));
      const started = performance.now();
      await turns[who]();
      times[who] = performance.now() - started;
    }
    if (run > 0) figures.push(times);
  }
  return {
    image: kind,
    bareMs: Math.round(median(figures.map((times) => times.bare))),
    actionMs: Math.round(median(figures.map((times) => times.action))),
    extraMs: Math.round(median(figures.map((times) => times.action - times.bare))),
    ratio: Number(median(figures.map((times) => times.action / times.bare)).toFixed(3)),
  };
}

try {
  const rows = [await measure('compiled'), await measure('copied')];
  console.log(`the action against build, scan and push by hand, medians of ${RUNS}; load ${loadavg()[0]!.toFixed(1)}`);
  console.table(rows);
  if (process.argv[2]) writeFileSync(process.argv[2], `${JSON.stringify(rows)}\n`);
  process.exitCode = rows[0]!.ratio <= 1.1 ? 0 : 1;
} finally {
  rmSync(cache, { recursive: true, force: true });
  await house.close();
}
