import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { createInterface } from 'node:readline/promises';
import { SeatrialError } from '../../lib/errors.ts';
import type { Terminal } from '../terminal.ts';
import type { Asked } from '../words.ts';
import { type Answers, answer } from './answers.ts';
import { filesFor } from './files.ts';
import { look } from './look.ts';
import { secretsFor } from './secrets.ts';

/** What is left to do where a compose file is all there is. */
function withoutDockerfile({ composeFile, builds, healthPath }: Answers): string[] {
  if (!composeFile) return [];
  const gate = `The gate asks ${healthPath} of the service with the traffic: it must answer 200 to 399.`;
  if (!builds) return [gate];
  return [
    `${composeFile} builds an image itself, which must be pushed before a host can run it. In seatrial.yml say which: under build, context: the folder of its Dockerfile; under deploy, service: its name there. Until then the pipeline fails at the build.`,
    gate,
  ];
}

/** Writes a caller's workflow and `seatrial.yml` for the repository in a folder; what is there is never touched. */
export async function init({ options }: Asked, { out }: Terminal): Promise<number> {
  const folder = resolve(options.get('folder') ?? '.');
  if (!existsSync(folder)) {
    throw new SeatrialError('INPUT_INVALID', `folder: "${folder}" is not there; name a checked-out repository.`);
  }
  const seen = look(folder);
  out(
    `Seen: ${[seen.dockerfile, seen.composeFile, ...seen.ci.map((ci) => `CI ${ci}`)].filter(Boolean).join(', ') || 'nothing that tells more'}`,
  );
  const terminal =
    process.stdin.isTTY && options.get('yes') !== 'true' ? createInterface(process.stdin, process.stdout) : undefined;
  const ask = terminal && ((words: string, usual: string) => terminal.question(`${words} [${usual}]: `));
  const answers = await answer(seen, options, ask).finally(() => terminal?.close());
  const has = (path: string) => existsSync(join(folder, path));
  const planned = filesFor(answers, has);
  for (const { path, text } of planned) {
    if (has(path)) {
      out(`kept     ${path} (it is there already, and was not touched)`);
      continue;
    }
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    // `wx`: a file that came in between stays.
    writeFileSync(join(folder, path), text, { flag: 'wx' });
    out(`written  ${path}`);
  }
  if (planned.some(({ path }) => path === 'seatrial.gitlab-ci.yml')) {
    out('Add to .gitlab-ci.yml:  include: { local: seatrial.gitlab-ci.yml }');
  }
  out('');
  out('Secrets to set, by name:');
  for (const [name, words] of secretsFor(answers)) out(`  ${name.padEnd(26)} ${words}`);
  out('');
  for (const line of withoutDockerfile(answers)) out(line);
  if (seen.dockerfile && !seen.healthcheck) {
    out(`The Dockerfile has no HEALTHCHECK; the gate asks ${answers.healthPath} instead. It must answer 200 to 399.`);
  }
  out('Then: npx seatrial doctor   (says whether the first deploy can work)');
  return 0;
}
