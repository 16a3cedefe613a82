import { PassThrough, type Readable } from 'node:stream';
import { statusOf } from '../../lib/docker/engine.ts';
import { demuxAll, logLines } from '../../lib/docker/logs.ts';
import { redact } from '../../lib/redact.ts';
import type { JudgeEvent } from '../judge/types.ts';
import type { Watched as Target } from './containers.ts';

const STAMP = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?Z) ?/;

/** What a container wrote from `sinceMs` to `untilMs` (our clock), oldest first. */
export async function readLog(
  target: Target,
  sinceMs: number,
  untilMs: number,
  signal: AbortSignal,
): Promise<JudgeEvent[]> {
  const { host, id, name, version } = target;
  const stamp = (ms: number) => ((ms + host.skewMs) / 1000).toFixed(3) as never;
  const { tty, buffer } = await host.engine.call(
    `read the log of ${name}`,
    async (docker, abortSignal) => {
      const container = docker.getContainer(id);
      const { Config } = await container.inspect({ abortSignal });
      const options = { stdout: true, stderr: true, timestamps: true, since: stamp(sinceMs), until: stamp(untilMs) };
      return { tty: Config.Tty, buffer: (await container.logs(options)) as unknown as Buffer };
    },
    { signal },
  );
  const { stdout, stderr } = tty ? { stdout: buffer.toString('utf8'), stderr: '' } : demuxAll(buffer);
  return Object.entries({ stdout, stderr })
    .flatMap(([channel, text]) =>
      text.split('\n').flatMap((line): JudgeEvent[] => {
        const at = STAMP.exec(line)?.[1];
        if (!at) return [];
        return [
          {
            kind: 'log',
            t: (Date.parse(at) - host.skewMs) / 1000,
            version,
            line: line.replace(STAMP, ''),
            source: `${name} ${channel}`,
          },
        ];
      }),
    )
    .sort((a, b) => a.t - b.t);
}

/** Follows one container's log from `sinceMs` (our clock) on; answers when the log ends. Lines keep the daemon's times. */
export async function followLog(
  target: Target,
  sinceMs: number,
  emit: (event: JudgeEvent) => void,
  seen: (line: string) => void,
  signal: AbortSignal,
): Promise<void> {
  const { host, id, name, version } = target;
  const tty = await host.engine.call(
    `inspect ${name}`,
    async (docker, abortSignal) => (await docker.getContainer(id).inspect({ abortSignal })).Config.Tty,
    { signal },
  );
  const since = ((sinceMs + host.skewMs) / 1000).toFixed(3);
  const stream = (await host.engine.call(
    `follow the log of ${name}`,
    async (docker) =>
      docker
        .getContainer(id)
        .logs({ follow: true, stdout: true, stderr: true, timestamps: true, since: since as never }),
    { signal },
  )) as unknown as Readable;
  const stop = () => stream.destroy();
  signal.addEventListener('abort', stop, { once: true });
  try {
    for await (const { stream: channel, line } of tty ? plainLines(stream) : logLines(stream)) {
      const stamp = STAMP.exec(line)?.[1];
      const text = line.replace(STAMP, '');
      const t = stamp ? (Date.parse(stamp) - host.skewMs) / 1000 : Date.now() / 1000;
      emit({ kind: 'log', t, version, line: text, source: `${name} ${channel}` });
      seen(text);
    }
  } catch (error) {
    if (!signal.aborted) throw error;
  } finally {
    signal.removeEventListener('abort', stop);
    stream.destroy();
  }
}

async function* plainLines(stream: Readable): AsyncGenerator<{ stream: 'stdout'; line: string }> {
  let rest = '';
  for await (const chunk of stream.pipe(new PassThrough({ encoding: 'utf8' }))) {
    const lines = (rest + chunk).split('\n');
    rest = lines.pop()!;
    for (const line of lines) yield { stream: 'stdout', line };
  }
  if (rest) yield { stream: 'stdout', line: rest };
}

/** The last 400 lines of each container, redacted; undefined where the engine no longer has them. */
export async function lastLines(targets: Target[]): Promise<string | undefined> {
  const parts: string[] = [];
  for (const { host, id, name } of targets) {
    try {
      const buffer = (await host.engine.call(
        `read the log of ${name}`,
        (docker) => docker.getContainer(id).logs({ stdout: true, stderr: true, tail: 400, timestamps: true }),
        { timeoutMs: 10_000 },
      )) as unknown as Buffer;
      const { stdout, stderr } = demuxAll(buffer);
      // The two channels are put back in the order they were written.
      const lines = `${stdout}\n${stderr}`.split('\n').filter(Boolean).sort().slice(-400);
      parts.push(`== ${name}\n${redact(lines.join('\n'))}\n`);
    } catch (error) {
      if (statusOf(error) !== 404) return undefined;
    }
  }
  return parts.length > 0 ? parts.join('\n') : undefined;
}
