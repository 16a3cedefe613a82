import type { Duplex } from 'node:stream';
import { SeatrialError } from '../errors.ts';
import type { CallOptions, Engine } from './engine.ts';
import { createDemux, demuxAll } from './logs.ts';

export interface ExecResult {
  exitCode: number;
  stdout: string;
  stderr: string;
}

async function open(engine: Engine, container: string, cmd: string[], stdin: boolean, options: CallOptions) {
  const exec = await engine.call(
    `exec in ${container}`,
    async (docker, abortSignal) =>
      docker
        .getContainer(container)
        .exec({ Cmd: cmd, AttachStdin: stdin, AttachStdout: true, AttachStderr: true, abortSignal }),
    options,
  );
  const stream = await engine.call(
    `exec in ${container}`,
    async (_, abortSignal) => exec.start({ hijack: true, stdin, abortSignal }),
    options,
  );
  return { exec, stream: stream as Duplex };
}

/** A command's own time, where nobody says another: a starved host takes long over a script that asks for many things. */
const COMMAND_MS = 120_000;

/** Runs `cmd` in a running container to its end. Missing binaries answer 126 or 127, as a shell would. */
export async function execIn(
  engine: Engine,
  container: string,
  cmd: string[],
  options: CallOptions = {},
): Promise<ExecResult> {
  const { exec, stream } = await open(engine, container, cmd, false, options);
  const chunks: Buffer[] = [];
  try {
    await engine.call(
      `exec in ${container}: wait for ${cmd[0]}`,
      () =>
        new Promise<void>((resolve, reject) => {
          stream.on('data', (chunk: Buffer) => chunks.push(chunk));
          stream.once('end', resolve);
          stream.once('close', resolve);
          stream.once('error', reject);
        }),
      { timeoutMs: COMMAND_MS, ...options },
    );
  } finally {
    stream.destroy();
  }
  const { ExitCode, Running } = await engine.call(
    `exec in ${container}: exit code`,
    (_, abortSignal) => exec.inspect({ abortSignal }),
    options,
  );
  if (Running) {
    throw new SeatrialError('ENGINE_UNREACHABLE', `${engine.label}: exec in ${container}: its output was cut off.`);
  }
  return { exitCode: ExitCode ?? -1, ...demuxAll(Buffer.concat(chunks)) };
}

/** The engine tells on the command's own output that it could not start it; nothing that answers says this. */
function unstartable(engine: Engine, container: string, cmd: string[], text: string): SeatrialError | undefined {
  if (!/^OCI runtime exec failed/.test(text)) return undefined;
  const why = /executable file not found|no such file/i.test(text)
    ? 'its image has none on the PATH; use one that has'
    : text.trim();
  const where = container.slice(0, 12);
  return new SeatrialError('TOOL_MISSING', `${engine.label}: ${cmd[0]} can't be run in ${where}: ${why}.`);
}

export interface Exchange {
  /** What came back on both channels. */
  text: string;
  /** The command ended by itself; false when `until` held or the time was up. */
  ended: boolean;
}

export interface ExchangeOptions extends CallOptions {
  until?: (text: string) => boolean;
  /** From where `begun` holds, this long is enough: how late a busy machine began is not its answer. */
  patience?: { begun: (text: string) => boolean; ms: number };
}

/**
 * Runs `cmd`, writes `input`, and reads until `until` holds, the command ends, or `timeoutMs` is over. Its stdin stays
 * open meanwhile: `nc` would shut down its sending half at the end of it, which servers take for a client gone.
 */
export async function exchange(
  engine: Engine,
  container: string,
  cmd: string[],
  input: string,
  { until = () => false, timeoutMs = 5000, signal, patience }: ExchangeOptions = {},
): Promise<Exchange> {
  const { stream } = await open(engine, container, cmd, true, { timeoutMs: 30_000, signal });
  const demux = createDemux();
  let text = '';
  const read = () =>
    new Promise<Exchange>((resolve, reject) => {
      const done = (ended: boolean) => {
        const fault = unstartable(engine, container, cmd, text);
        if (fault) reject(fault);
        else resolve({ text, ended });
      };
      const stop = () => done(false);
      let timer = setTimeout(stop, timeoutMs);
      let waiting = patience;
      const end = () => done(true);
      stream.once('close', () => clearTimeout(timer));
      stream.on('data', (chunk: Buffer) => {
        for (const part of demux(chunk)) text += part.data.toString('utf8');
        if (until(text)) stop();
        if (!waiting?.begun(text)) return;
        clearTimeout(timer);
        timer = setTimeout(stop, waiting.ms);
        waiting = undefined;
      });
      stream.once('end', end).once('close', end).once('error', reject);
      stream.write(input);
    });
  // Its own time is over first; the engine's only guards it.
  const longest = timeoutMs + (patience?.ms ?? 0) + 5000;
  try {
    return await engine.call(`exec in ${container}: ${cmd[0]}`, read, { timeoutMs: longest, signal });
  } finally {
    stream.destroy();
  }
}

/** A line-by-line session with a process in a container; each `ask` writes one line and reads up to `prompt`. */
export interface ExecSession {
  ask(line: string, timeoutMs?: number): Promise<string>;
  /** Several lines in one write, answered in their order: nothing of ours comes between two of them. */
  askAll(lines: readonly string[], timeoutMs?: number): Promise<string[]>;
  close(): void;
}

/**
 * Opens `cmd` with attached stdin and keeps it: a question then costs a millisecond where an exec each costs a
 * hundred, for each starts a process by way of the engine. Questions are asked one at a time.
 */
export async function openSession(
  engine: Engine,
  container: string,
  cmd: string[],
  prompt: string,
  options: CallOptions = {},
): Promise<ExecSession> {
  const { stream } = await open(engine, container, cmd, true, options);
  const demux = createDemux();
  let buffer = '';
  let waiting:
    | { wanted: number; answers: string[]; resolve: (all: string[]) => void; reject: (error: unknown) => void }
    | undefined;
  let dead: unknown;
  const die = (cause?: unknown) => {
    dead ??= unstartable(engine, container, cmd, buffer);
    dead ??= new SeatrialError('EDGE_SESSION', `${engine.label}: the session with ${container} ended.`, { cause });
    waiting?.reject(dead);
    waiting = undefined;
  };
  stream.on('data', (chunk: Buffer) => {
    for (const part of demux(chunk)) buffer += part.data.toString('utf8');
    for (let at = buffer.indexOf(prompt); at >= 0 && waiting; at = buffer.indexOf(prompt)) {
      waiting.answers.push(buffer.slice(0, at));
      buffer = buffer.slice(at + prompt.length);
      if (waiting.answers.length < waiting.wanted) continue;
      waiting.resolve(waiting.answers);
      waiting = undefined;
    }
  });
  stream.once('error', die);
  stream.once('close', () => die());
  stream.once('end', () => die());
  let queue: Promise<unknown> = Promise.resolve();
  const askAll = (lines: readonly string[], timeoutMs = 5000): Promise<string[]> => {
    const turn = queue.then(() =>
      engine.call(
        `ask ${container}`,
        () =>
          new Promise<string[]>((resolve, reject) => {
            if (dead) return reject(dead);
            waiting = { wanted: lines.length, answers: [], resolve, reject };
            stream.write(`${lines.join('\n')}\n`);
          }),
        { timeoutMs, signal: options.signal },
      ),
    );
    queue = turn.catch(() => undefined); // the next question must not inherit this one's failure
    return turn;
  };
  const ask = async (line: string, timeoutMs?: number) => (await askAll([line], timeoutMs))[0]!;
  return { ask, askAll, close: () => stream.destroy() };
}
