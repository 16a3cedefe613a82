import type { Actions } from '../../lib/actions.ts';
import type { Clock } from '../../lib/clock.ts';
import type { Inputs } from '../inputs.ts';
import { type Lease, nameHolder } from '../release/lease.ts';
import type { Standing } from './claim.ts';
import type { Keeper } from './way.ts';

/** What an app stands on, a host or a Swarm, as far as its way to the front must know it. */
export interface Ground {
  readonly label: string;
  readonly app: string;
  readonly edgeRuns: boolean;
  readonly history: { edge?: Keeper['edge'] };
  readonly clock: Clock;
  readonly signal: AbortSignal | undefined;
  readonly context: { inputs: Inputs; actions: Pick<Actions, 'warning'> };
  say(line: string): void;
  guard(): Promise<void>;
  save(edit: (draft: { edge?: { front?: Standing } }) => void): Promise<void>;
}

type Common = 'label' | 'edge' | 'edgeRuns' | 'ports' | 'say' | 'warn' | 'guard' | 'note';

/** The keeper of a place: what is the same everywhere, and `own`, which each kind does in its way. */
export function keeperOn(ground: Ground, own: Omit<Keeper, Common>): Keeper {
  const common: Pick<Keeper, Common> = {
    get label() {
      return ground.label;
    },
    get edge() {
      return ground.history.edge;
    },
    get edgeRuns() {
      return ground.edgeRuns;
    },
    get ports() {
      const { inputs } = ground.context;
      return [inputs['front-http'] ?? '80', inputs['front-https'] ?? '443'];
    },
    say: (line) => ground.say(line),
    warn: (line) => ground.context.actions.warning(line),
    guard: () => ground.guard(),
    note: (standing) =>
      ground.save((draft) => {
        draft.edge!.front = standing;
      }),
  };
  return Object.assign(common, own);
}

/** Held for seconds by each, and many may want it at once. */
const WAIT_MS = 180_000;

interface FrontLock {
  heartbeat(lost: () => void): void;
  release(): Promise<void>;
}

interface Request {
  holder: string;
  run: string;
  waitMs: number;
  clock: Clock;
  signal: AbortSignal | undefined;
  onWait(held: Lease): void;
}

/** Does something to the front under its own lock, which is taken after the app's and never before. */
export async function underLock<L extends FrontLock, T>(
  ground: Ground,
  acquire: (request: Request) => Promise<L>,
  body: (lock: L) => Promise<T>,
): Promise<T> {
  const { app, clock, context, signal } = ground;
  await ground.guard();
  const lock = await acquire({
    holder: `${app} (${context.inputs.command})`,
    run: '',
    waitMs: WAIT_MS,
    clock,
    signal,
    onWait: (held) => ground.say(`waiting for the lock of the front door: ${nameHolder(held)} has it`),
  });
  // A lease that is lost is met by the guard before each step.
  lock.heartbeat(() => undefined);
  try {
    return await body(lock);
  } finally {
    await lock.release();
  }
}
