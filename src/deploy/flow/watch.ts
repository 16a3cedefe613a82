import { SeatrialError } from '../../lib/errors.ts';
import { formatDuration } from '../../lib/units.ts';
import { lookAt } from '../gate-run.ts';
import { type Counted, tooManyErrors } from '../guard.ts';
import type { Host } from '../host.ts';
import type { Run } from '../run.ts';
import type { Spec } from '../spec.ts';

const minus = (now: Counted, then: Counted): Counted => ({
  requests: now.requests - then.requests,
  errors: now.errors - then.errors,
});

/** A host's counters of both releases at a moment. */
export interface Mark {
  host: Host;
  fresh: Counted;
  old: Counted;
}

/** Counters of edges, read at one moment: to be taken before the switch, so that no request of it is missed. */
export async function markCounters(hosts: readonly Host[], release: string, old: string): Promise<Mark[]> {
  return Promise.all(
    hosts.map(async (host) => ({
      host,
      fresh: await host.counted(host.slotOf(release)),
      old: await host.counted(old ? host.slotOf(old) : undefined),
    })),
  );
}

/** The engine is asked each second, the edge ten times a second: a command over its open session costs 1 ms. */
const EDGE_EVERY = 100;
const ENGINE_EVERY = 1000;

/**
 * Guards a release that has traffic for `holdMs`: a restart, a container gone or unhealthy, or more 5xx than the
 * budget is WATCH_FAILED. `since` are the counters from before the switch.
 */
export async function watch(
  run: Run,
  since: readonly Mark[],
  release: string,
  spec: Spec,
  holdMs: number,
): Promise<void> {
  if (holdMs <= 0) return;
  const { clock, signal } = run;
  const begun = clock.mono();
  run.say(`watching ${release} for ${formatDuration(holdMs)}: restarts, health, 5xx`);
  const fail = (why: string) =>
    new SeatrialError('WATCH_FAILED', `${release} was taken back: ${why}; mend it and deploy again.`);
  const baseline = new Map<string, number>();
  let asked = Number.NEGATIVE_INFINITY;
  for (;;) {
    // The last look is a whole one: a crash in the last second is a crash.
    const over = clock.mono() - begun >= holdMs;
    const full = over || clock.mono() - asked >= ENGINE_EVERY;
    if (full) asked = clock.mono();
    for (const { host, fresh, old } of since) {
      const slot = host.slotOf(release);
      if (host.edged && slot) {
        const oldSlot = slot === 'a' ? 'b' : 'a';
        const [now, before] = [minus(await host.counted(slot), fresh), minus(await host.counted(oldSlot), old)];
        const why = tooManyErrors(now, before, run.inputs['watch-errors']);
        if (why) throw fail(`${host.label}: ${why}`);
      }
      if (!full) continue;
      await host.lock?.guard();
      for (const container of host.of(release)) {
        const look = await lookAt(host, container, { ...spec, port: undefined }, 0, signal);
        const known = baseline.get(container.id) ?? look.restarts;
        baseline.set(container.id, known);
        if (!look.running)
          throw fail(
            `${host.label}: ${container.name} exited with code ${look.exitCode}${look.oomKilled ? ' (out of memory)' : ''}`,
          );
        if (
          look.restarts > known ||
          (look.restarts > 0 && known === look.restarts && clock.mono() - begun < ENGINE_EVERY)
        ) {
          throw fail(`${host.label}: ${container.name} crashed and was restarted`);
        }
        if (look.health === 'unhealthy') throw fail(`${host.label}: Docker calls ${container.name} unhealthy`);
      }
    }
    if (over) return;
    await clock.sleep(EDGE_EVERY, signal);
  }
}
