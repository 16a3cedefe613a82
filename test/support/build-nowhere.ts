import { tmpdir } from 'node:os';
import { emptyFacts, outputsOf } from '../../src/build/facts.ts';
import { buildImage } from '../../src/build/flow.ts';
import { schema } from '../../src/build/inputs.ts';
import { openWorkspace } from '../../src/build/workspace.ts';
import type { Actions } from '../../src/lib/actions.ts';
import { asSeatrialError } from '../../src/lib/errors.ts';
import { loadInputs } from '../../src/lib/inputs.ts';
import { makeSource } from './source.ts';

/**
 * A build in this process, as far as it comes where there is no engine: whatever is not said before is
 * ENGINE_UNREACHABLE.
 */
export async function buildNowhere(files: Record<string, string>, inputs: Record<string, string>) {
  const { folder, remove } = makeSource(files, { git: false });
  const env: Record<string, string | undefined> = {
    PATH: process.env.PATH,
    DOCKER_HOST: 'unix:///nowhere',
    GITHUB_WORKSPACE: folder,
    RUNNER_TEMP: tmpdir(),
  };
  for (const [name, value] of Object.entries(inputs)) env[`INPUT_${name.toUpperCase()}`] = value;
  const lines: string[] = [];
  const tell = (line: string) => void lines.push(line);
  const actions: Actions = {
    signal: new AbortController().signal,
    env,
    ...{ info: tell, debug: tell, notice: tell, warning: tell, error: tell, mask: () => undefined },
    ...{ scrub: (text: string) => text, output: () => undefined, summary: () => undefined },
    ...{ saveState: () => undefined, state: () => '', group: (_: string, body: () => Promise<never>) => body() },
  };
  const facts = emptyFacts();
  const ended = (code: string, message: string) => ({ code, message, outputs: outputsOf(facts, false), lines });
  try {
    const read = await loadInputs('build', schema, actions);
    const work = openWorkspace(env, read.context, read['report-dir']);
    try {
      await buildImage(read, actions, work, facts);
    } finally {
      work.remove();
    }
    return ended('', '');
  } catch (error) {
    const { code, message } = asSeatrialError(error);
    return ended(code, message);
  } finally {
    remove();
  }
}
