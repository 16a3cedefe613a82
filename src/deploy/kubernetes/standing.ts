import { SeatrialError } from '../../lib/errors.ts';
import type { Deployment, Pod } from '../../lib/kubernetes/types.ts';
import type { Space } from './space.ts';
import { type Trouble, troubleOf, waitsFor } from './trouble.ts';

const EVERY_MS = 250;

export const failure = ({ label }: Pick<Space, 'label'>, { code, who, why, cure }: Trouble) =>
  new SeatrialError(code, `${label}: ${who}: ${why}; ${cure}.`);

/** What is looked at while pods come. */
export interface Coming {
  deployment: Deployment | undefined;
  pods: readonly Pod[];
  /** What is known besides to keep them away. */
  trouble?: Trouble;
  /** A node is on its way to those that have none. */
  brought?: boolean;
}

/**
 * Waits until pods stand, and tells by the way what is waited for. What keeps them from coming for longer than its
 * patience ends the wait at once: NO_CAPACITY, IMAGE_MISSING, REGISTRY_LOGIN, ENGINE_REFUSED, DEPLOY_UNHEALTHY.
 */
export async function untilStanding(
  space: Space,
  look: () => Promise<Coming>,
  stands: (coming: Coming) => boolean,
  { wanted, withinMs, signal }: { wanted: number; withinMs: number; signal: AbortSignal | undefined },
): Promise<void> {
  const { clock } = space;
  const begun = clock.mono();
  let trouble: Trouble | undefined;
  let since = begun;
  let told = '';
  let guarded = begun;
  for (;;) {
    const coming = await look();
    if (stands(coming)) return;
    const now = clock.mono();
    const met = troubleOf(coming.deployment, coming.pods) ?? coming.trouble;
    if (!met || met.code !== trouble?.code) since = now;
    trouble = met;
    const patient = coming.brought && trouble?.code === 'NO_CAPACITY';
    if (trouble && !patient && now - since >= trouble.patienceMs) throw failure(space, trouble);
    const words = patient
      ? `${trouble!.who}: no node can take it yet; the cluster brings one`
      : trouble
        ? `${trouble.who}: ${trouble.why}`
        : waitsFor(coming.pods, wanted);
    // The first second or two is how long it always takes.
    if (words !== told && now - begun > 2000) {
      space.say(words);
      told = words;
    }
    if (now - begun > withinMs) {
      if (trouble) throw failure(space, trouble);
      throw new SeatrialError(
        'DEPLOY_UNHEALTHY',
        `${space.label}: ${words} after ${Math.round(withinMs / 1000)} s; look at the events of the namespace.`,
      );
    }
    await clock.sleep(EVERY_MS, signal);
    if (now - guarded > 5000) {
      await space.guard();
      guarded = now;
    }
  }
}
