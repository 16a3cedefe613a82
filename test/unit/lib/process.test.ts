import { describe, expect, it } from 'vitest';
import { runProcess } from '../../../src/lib/process.ts';

const env = { PATH: process.env.PATH ?? '' };
const many = <T>(body: () => Promise<T>) => Promise.all(Array.from({ length: 20 }, body));

describe('a child', () => {
  // A broken pipe that nobody takes ends the whole process: the run below then fails with an unhandled error.
  it('may end before it has read anything, with a way to cut it short or without', async () => {
    const signal = new AbortController().signal;
    for (const options of [{ env }, { env, signal }, { env, input: 'x'.repeat(100_000) }]) {
      const results = await many(() => runProcess('true', [], options));
      expect(results.map(({ exitCode }) => exitCode)).toEqual(Array(20).fill(0));
    }
  });

  it('gets its input, and says what it has to say', async () => {
    expect(await runProcess('cat', [], { env, input: 'hello' })).toMatchObject({ exitCode: 0, stdout: 'hello' });
    expect(await runProcess('sh', ['-c', 'echo no >&2; exit 3'], { env })).toMatchObject({
      exitCode: 3,
      stderr: 'no\n',
    });
    await expect(runProcess('no-such-command', [], { env })).rejects.toMatchObject({ code: 'TOOL_MISSING' });
  });

  it('is ended by its signal', async () => {
    const stop = new AbortController();
    const run = runProcess('sleep', ['60'], { env, signal: stop.signal });
    stop.abort(new Error('enough'));
    await expect(run).rejects.toThrow('enough');
  });
});
