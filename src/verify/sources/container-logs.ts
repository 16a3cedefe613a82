import { statusOf } from '../../lib/docker/engine.ts';
import type { Watched } from '../live/containers.ts';
import { followLog, lastLines, readLog } from '../live/logs.ts';
import { Tail } from '../tail.ts';
import { poll, type SourceContext, type SourceKind } from './source.ts';

/** What the old version wrote so long ago is still part of its baseline. */
const HISTORY_MS = 10 * 60_000;

/** A followed log ends when its container does, or when its host restarts it; then it is taken up again. */
async function follow(target: Watched, tail: Tail, context: SourceContext): Promise<void> {
  let since = context.sinceMs;
  let gone = false;
  await poll(async () => {
    if (gone) return;
    const from = since;
    since = Date.now();
    const seen = (line: string) => {
      since = Date.now();
      if (target.version === 'new') tail.push(target.name, line);
    };
    try {
      await followLog(target, from, context.emit, seen, context.signal);
    } catch (error) {
      // The vitals tell that a container is gone; its log ends with it.
      if (statusOf(error) !== 404) throw error;
      gone = true;
    }
  }, context);
}

/** Logs of containers, as the engine keeps them. */
export const containerLogs: SourceKind = {
  name: 'container logs',
  speaks: ({ deployment, containers }) => (deployment || containers.length > 0 ? { logs: true } : undefined),
  async open(context) {
    const { site, sinceMs, signal } = context;
    const tail = new Tail();
    return {
      async past() {
        const olds = site.containers.filter(({ version }) => version === 'old');
        return (await Promise.all(olds.map((one) => readLog(one, sinceMs - HISTORY_MS, sinceMs, signal)))).flat();
      },
      async run() {
        await Promise.all(site.containers.map((one) => follow(one, tail, context)));
      },
      async evidence() {
        return (await lastLines(site.containers.filter(({ version }) => version === 'new'))) ?? tail.text();
      },
    };
  },
};
