import { find, type Journal, lastGood, mark } from '../release/history.ts';
import type { Target } from '../target.ts';
import { reconcile } from './reconcile.ts';
import { repair, revive, withdraw } from './repair.ts';
import type { Run } from './run.ts';
import { together } from './together.ts';
import { restoreTraffic } from './traffic.ts';
import { restWorkers, wakeWorkers } from './workers.ts';

/**
 * Reads every target under its lock and puts in order what a killed run left. A target alone can't tell whether the
 * others had finished: what one of them calls done is finished on all, or taken back on all. Answers a rollback that was
 * finished so.
 */
export async function repairAll(run: Run): Promise<Journal | undefined> {
  await together(run.targets, async (target) => {
    const [said] = await Promise.all([target.ledger.load(), target.refresh()]);
    if (said) run.actions.warning(`${target.label}: ${said}.`);
    await revive(run, target);
  });
  const open = run.targets.find(({ ledger }) => ledger.history.open)?.ledger.history.open;
  const finished = open && (await endedSomewhere(run, open)) ? await finishAll(run, open) : undefined;
  await together(run.targets, async (target) => {
    await repair(run, target);
    const { history } = target.ledger;
    const serving = find(history, history.current);
    if (serving) await wakeWorkers(run, target, serving, false);
    await restWorkers(target);
  });
  return finished;
}

const isDone = ({ ledger: { history } }: Target, open: Journal) =>
  !history.open && (history.current === open.release || find(history, open.release)?.status === 'pending');
const isOpen = ({ ledger: { history } }: Target, open: Journal) => history.open?.release === open.release;

/** Whether the command had come to its end on some target, by its history or, for a rollback, by what users meet. */
async function endedSomewhere(run: Run, open: Journal): Promise<boolean> {
  if (run.targets.some((target) => isDone(target, open))) return true;
  if (open.command !== 'rollback' || run.targets.length === 1) return false;
  // Killed between the switch and its being written down: each by itself would go another way.
  const left = run.targets.filter((target) => isOpen(target, open));
  const moved = await together(left, async ({ traffic }) => {
    const [top] = [...(await traffic.shares())].sort((x, y) => y[1] - x[1]);
    return top?.[0] === open.release;
  });
  return moved.some(Boolean);
}

async function finishAll(run: Run, open: Journal): Promise<Journal | undefined> {
  const left = run.targets.filter((target) => isOpen(target, open));
  const labels = left.map((target) => target.label).join(', ');
  run.say(`the ${open.command} of ${open.release} by ${open.by} was cut off with ${labels} unfinished`);
  if (open.command === 'rollback') {
    await together(left, (target) => followRollback(run, target, open));
    return open;
  }
  // Releases are called good only when they had passed on every target: where it has all traffic, it only lacks the word.
  const called = run.targets
    .filter((target) => isDone(target, open))
    .every(({ ledger }) => ledger.history.current === open.release);
  const full = await together(left, async (target) => {
    await reconcile(run, target);
    return !target.can.share || ((await target.traffic.shares()).get(open.release) ?? 0) > 0.999;
  });
  if (called && full.every(Boolean)) {
    await together(left, (target) => writeDone(target, 'good'));
    return undefined;
  }
  await together(run.targets, async (target) => {
    const { history } = target.ledger;
    if (!find(history, open.release)) return;
    const before = history.current === open.release ? lastGood(history)?.release : history.current;
    await withdraw(run, target, open.release, history.open?.back ?? before ?? '', 'the run was cut off');
  });
  return undefined;
}

/** Brings a target after those that a cut-off rollback had reached: where it went is good, and users of others are on it. */
async function followRollback(run: Run, target: Target, open: Journal): Promise<void> {
  const record = find(target.ledger.history, open.release);
  if (!record) return;
  await restoreTraffic(run, target, record);
  await writeDone(target, 'rolled-back');
}

/** Writes down the end that a cut-off command did not come to; the release before is good still, or rolled back. */
async function writeDone(target: Target, before: 'good' | 'rolled-back'): Promise<void> {
  await target.ledger.save((draft) => {
    const { release, back } = draft.open!;
    draft.open = undefined;
    draft.current = release;
    mark(draft, release, 'good');
    if (before === 'rolled-back') mark(draft, back, before);
  });
}
