import type { Host } from '../docker/host.ts';
import { find, type History, lastGood, mark } from '../release/history.ts';
import { reconcile } from './reconcile.ts';
import { repair, revive, takeOut } from './repair.ts';
import type { Run } from './run.ts';
import { createMissing, startRelease } from './steps.ts';
import { together } from './together.ts';
import { giveBack } from './traffic.ts';

type Journal = NonNullable<History['open']>;

/**
 * Reads every host under its lock and puts in order what a killed run left. A host alone can't tell whether the others
 * had finished: what one of them calls done is finished on all, or taken back on all. Answers a rollback that was
 * finished so.
 */
export async function repairAll(run: Run): Promise<Journal | undefined> {
  await together(run.hosts, async (host) => {
    const [said] = await Promise.all([host.load(), host.refresh()]);
    if (said) run.actions.warning(`${host.label}: ${said}.`);
    await revive(run, host);
  });
  const open = run.hosts.find((host) => host.history.open)?.history.open;
  const finished = open && run.hosts.some((host) => isDone(host, open)) ? await settleTogether(run, open) : undefined;
  await together(run.hosts, (host) => repair(run, host));
  return finished;
}

const isDone = ({ history }: Host, open: Journal) =>
  !history.open && (history.current === open.release || find(history, open.release)?.status === 'pending');
const isOpen = ({ history }: Host, open: Journal) => history.open?.release === open.release;

async function settleTogether(run: Run, open: Journal): Promise<Journal | undefined> {
  const left = run.hosts.filter((host) => isOpen(host, open));
  const labels = left.map((host) => host.label).join(', ');
  run.say(`the ${open.command} of ${open.release} by ${open.by} was cut off with ${labels} unfinished`);
  if (open.command === 'rollback') {
    await together(left, (host) => goAlong(run, host, open));
    return open;
  }
  // Releases are called good only when they had passed on every host: where it has all traffic, it only lacks the word.
  const called = run.hosts
    .filter((host) => isDone(host, open))
    .every(({ history }) => history.current === open.release);
  const full = await together(left, async (host) => {
    await reconcile(host);
    return !host.edged || ((await host.shares()).get(open.release) ?? 0) > 0.999;
  });
  if (called && full.every(Boolean)) {
    await together(left, (host) => writeDone(host, 'good'));
    return undefined;
  }
  await together(run.hosts, async (host) => {
    const { history } = host;
    if (!find(history, open.release)) return;
    const before = history.current === open.release ? lastGood(history)?.release : history.current;
    await takeOut(run, host, open.release, history.open?.back ?? before ?? '', 'the run was cut off');
  });
  return undefined;
}

/** Brings a host after those that a cut-off rollback had reached: its target is good, and users of others are on it. */
async function goAlong(run: Run, host: Host, open: Journal): Promise<void> {
  const target = find(host.history, open.release);
  if (!target) return;
  await giveBack(host, target, async () => {
    await createMissing(run, host, target);
    await startRelease(run, host, target.release);
  });
  await writeDone(host, 'rolled-back');
}

/** Writes down the end that a cut-off command did not come to; the release before is good still, or rolled back. */
async function writeDone(host: Host, before: 'good' | 'rolled-back'): Promise<void> {
  await host.save((draft) => {
    const { release, back } = draft.open!;
    draft.open = undefined;
    draft.current = release;
    mark(draft, release, 'good');
    if (before === 'rolled-back') mark(draft, back, before);
  });
}
