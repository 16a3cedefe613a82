import { randomBytes } from 'node:crypto';
import { SeatrialError } from '../errors.ts';
import type { Api, CallOptions } from './api.ts';
import { type Messages, messages } from './websocket.ts';

/** Channels of a command's streams, the first byte of each message; v5 adds one that closes another. */
const [STDIN, STDOUT, STDERR, ENDED] = [0, 1, 2, 3];
const CLOSE_CHANNEL = 255;
const PROTOCOLS = 'v5.channel.k8s.io, v4.channel.k8s.io';

/** A command that runs in a container of a pod. */
export interface Command {
  write(text: string): void;
  close(): void;
}

export interface Heard {
  onOutput(text: string): void;
  /** Once; `exitCode` is undefined where the connection broke. */
  onEnd(exitCode: number | undefined, words: string): void;
}

interface Ended {
  status?: string;
  reason?: string;
  message?: string;
  details?: { causes?: { reason?: string; message?: string }[] };
}

/** What the last message says: success, an exit code, or why it could not be run. */
export function readEnd(text: string): { exitCode: number | undefined; words: string } {
  let said: Ended;
  try {
    said = JSON.parse(text) as Ended;
  } catch {
    return { exitCode: undefined, words: text };
  }
  if (said.status === 'Success') return { exitCode: 0, words: '' };
  const code = said.details?.causes?.find(({ reason }) => reason === 'ExitCode')?.message;
  return { exitCode: code === undefined ? undefined : Number(code), words: said.message ?? '' };
}

/** Starts a command in a pod, by WebSocket; https://kubernetes.io/docs/reference/generated/kubernetes-api/ (pods/exec) */
export async function startCommand(
  api: Api,
  pod: string,
  container: string,
  words: readonly string[],
  heard: Heard,
  options: CallOptions = {},
): Promise<Command> {
  const command = words.map((word) => `command=${encodeURIComponent(word)}`).join('&');
  const path = `${api.path('pods', pod, 'exec')}?container=${container}&stdin=true&stdout=true&stderr=true&${command}`;
  const { socket, headers } = await api.wire.upgrade(
    { path, what: `run ${words[0]} in ${pod}`, ...options },
    'websocket',
    {
      'sec-websocket-version': '13',
      'sec-websocket-key': randomBytes(16).toString('base64'),
      'sec-websocket-protocol': PROTOCOLS,
    },
  );
  if (!/^v[45]\.channel\.k8s\.io$/.test(String(headers?.['sec-websocket-protocol'] ?? ''))) {
    socket.destroy();
    throw new SeatrialError(
      'ENGINE_REFUSED',
      `${api.label}: the cluster speaks no protocol of ours for pods/exec; Kubernetes 1.25 or newer is needed.`,
    );
  }
  let end = { exitCode: undefined as number | undefined, words: '' };
  const way: Messages = messages(
    socket,
    (payload) => {
      const channel = payload[0];
      const text = payload.toString('utf8', 1);
      if (channel === STDOUT || channel === STDERR) heard.onOutput(text);
      else if (channel === ENDED) {
        end = readEnd(text);
        way.close();
      } else if (channel !== CLOSE_CHANNEL && channel !== STDIN) way.close();
    },
    (error) => heard.onEnd(end.exitCode, end.words || (error instanceof Error ? error.message : '')),
  );
  return {
    write: (text) => way.send(Buffer.concat([Buffer.from([STDIN]), Buffer.from(text)])),
    close: () => way.close(),
  };
}

/** A command that was started could not be found in the container. */
const NOT_FOUND = /executable file not found|no such file or directory/i;

const missing = (label: string, pod: string, tool: string, words: string) =>
  new SeatrialError('TOOL_MISSING', `${label}: ${tool} can't be run in ${pod}: ${words.trim().slice(0, 300)}.`);

export interface ExchangeOptions extends CallOptions {
  until?: (text: string) => boolean;
  /** From where `begun` holds, this long is enough. */
  patience?: { begun: (text: string) => boolean; ms: number };
}

/** A command that has not begun by then never will: its node is gone. */
const START_MS = 10_000;

/** Runs a command, writes `input`, and reads until `until` holds, it ends, or `timeoutMs` is over. */
export async function exchange(
  api: Api,
  pod: string,
  container: string,
  words: readonly string[],
  input: string,
  { until = () => false, timeoutMs = 5000, patience, signal }: ExchangeOptions = {},
): Promise<{ text: string; ended: boolean; exitCode: number | undefined }> {
  let text = '';
  const { promise, resolve, reject } = Promise.withResolvers<{ ended: boolean; exitCode: number | undefined }>();
  promise.catch(() => undefined); // it is met below
  let waiting = patience;
  let timer: NodeJS.Timeout | undefined;
  const stop = () => resolve({ ended: false, exitCode: undefined });
  const command = await startCommand(
    api,
    pod,
    container,
    words,
    {
      onOutput(more) {
        text += more;
        if (until(text)) return stop();
        if (!waiting?.begun(text)) return;
        clearTimeout(timer);
        timer = setTimeout(stop, waiting.ms);
        waiting = undefined;
      },
      onEnd(exitCode, said) {
        if (NOT_FOUND.test(said)) reject(missing(api.label, pod, words[0]!, said));
        else resolve({ ended: true, exitCode });
      },
    },
    { signal, timeoutMs: START_MS },
  );
  const cancel = () => reject(signal?.reason);
  signal?.addEventListener('abort', cancel, { once: true });
  timer = setTimeout(stop, timeoutMs);
  try {
    if (input) command.write(input);
    const end = await promise;
    return { text, ...end };
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener('abort', cancel);
    command.close();
  }
}

/** A program that answers each line it is given, with a prompt behind: HAProxy's administrator's socket. */
export interface Session {
  ask(line: string, timeoutMs?: number): Promise<string>;
  close(): void;
}

/** Opens a session that stays open; a question after its end fails with EDGE_SESSION. */
export async function openSession(
  api: Api,
  pod: string,
  container: string,
  words: readonly string[],
  prompt: string,
  options: CallOptions = {},
): Promise<Session> {
  let buffer = '';
  let waiting: { resolve(text: string): void; reject(error: unknown): void } | undefined;
  let dead: SeatrialError | undefined;
  const command = await startCommand(
    api,
    pod,
    container,
    words,
    {
      onOutput(more) {
        buffer += more;
        const at = buffer.indexOf(prompt);
        if (at < 0 || !waiting) return;
        const answer = buffer.slice(0, at);
        buffer = buffer.slice(at + prompt.length);
        waiting.resolve(answer);
        waiting = undefined;
      },
      onEnd(_, said) {
        dead = NOT_FOUND.test(said)
          ? missing(api.label, pod, words[0]!, said)
          : new SeatrialError('EDGE_SESSION', `${api.label}: the session with ${pod} ended.`, { cause: said });
        waiting?.reject(dead);
        waiting = undefined;
      },
    },
    options,
  );
  let queue: Promise<unknown> = Promise.resolve();
  return {
    ask(line, timeoutMs = 5000) {
      const turn = queue.then(async () => {
        if (dead) throw dead;
        const answer = Promise.withResolvers<string>();
        waiting = answer;
        const late = new SeatrialError(
          'ENGINE_TIMEOUT',
          `${api.label}: ${pod} gave no answer within ${timeoutMs / 1000} s.`,
        );
        const timer = setTimeout(() => {
          // What would come later must not be taken for the next one's answer.
          dead ??= late;
          command.close();
          answer.reject(late);
        }, timeoutMs);
        command.write(`${line}\n`);
        return answer.promise.finally(() => clearTimeout(timer));
      });
      queue = turn.catch(() => undefined); // the next question must not inherit this one's failure
      return turn;
    },
    close: () => command.close(),
  };
}
