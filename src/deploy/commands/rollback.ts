import { asSeatrialError, SeatrialError } from '../../lib/errors.ts';
import { checkRest, restoreRest } from '../docker/compose/apply-rest.ts';
import { frontPort, SLOTS } from '../docker/edge/config.ts';
import { percent } from '../docker/edge/shares.ts';
import type { Host } from '../docker/host.ts';
import { askFront } from '../docker/probe.ts';
import { find, type History, lastGood, mark, match, type ReleaseRecord, waiting } from '../release/history.ts';
import { compare, describePlan } from '../release/plan.ts';
import { lookAt } from '../rollout/gate-run.ts';
import type { Outcome } from '../rollout/outcome.ts';
import { repairAll } from '../rollout/repair-all.ts';
import { lockAll, lookAround, type Run } from '../rollout/run.ts';
import { sweep } from '../rollout/settle.ts';
import { createMissing, makeReady, prepareEdge, startRelease, stopRelease } from '../rollout/steps.ts';
import { together } from '../rollout/together.ts';
import { give, giveBack, seat } from '../rollout/traffic.ts';

/** The release a rollback goes to. NO_ROLLBACK_TARGET and RELEASE_BAD change nothing. Pure. */
export function chooseTarget(
  history: History,
  to: string | undefined,
  force: boolean,
): { from: string; target: ReleaseRecord } {
  const pending = waiting(history);
  const from = pending?.release ?? history.current;
  const target = to ? match(history, to) : pending ? find(history, history.current) : lastGood(history);
  if (!target) {
    const known =
      history.releases
        .map((r) => `${r.release} (${r.status})`)
        .slice(0, 5)
        .join(', ') || 'none';
    throw new SeatrialError(
      'NO_ROLLBACK_TARGET',
      to
        ? `No release fits "${to}"; known are: ${known}.`
        : `There is no good release to go back to; nothing was changed. Known are: ${known}.`,
    );
  }
  if (target.release === from) {
    throw new SeatrialError('NO_ROLLBACK_TARGET', `${target.release} serves already; nothing was changed.`);
  }
  if ((target.status === 'bad' || target.status === 'pending') && !force) {
    throw new SeatrialError(
      'RELEASE_BAD',
      `${target.release} is marked ${target.status}${target.reason ? ` (${target.reason})` : ''}; force: true goes there all the same.`,
    );
  }
  return { from, target };
}

export async function rollback(run: Run, out: Outcome): Promise<void> {
  const { inputs, hosts } = run;
  const first = hosts[0]!;
  await Promise.all(hosts.map((host) => host.refresh(run.signal)));
  const nothing = hosts.every((host) => host.listing.apps.length === 0 && !host.listing.edge);
  if (nothing)
    throw new SeatrialError(
      'NO_ROLLBACK_TARGET',
      `${inputs.app} has no release on ${hosts.map((h) => h.label).join(', ')}; nothing was changed.`,
    );
  if (inputs['dry-run']) {
    await lookAround(run);
    plan(run, out, first);
    return;
  }
  // The session is opened while the lock is taken: it is what the switch would else wait for.
  // One that can't be opened is met, with its error, where it is used.
  const ahead = hosts.map((host) => host.runtime?.open().catch(() => undefined));
  await Promise.all([lockAll(run), ...ahead]);
  const finished = await repairAll(run);
  const { from, target } = finished ? resumed(run, out, first, finished) : plan(run, out, first);
  for (const host of hosts) {
    if (find(host.history, target.release)) continue;
    const why = `${host.label} does not know ${target.release}; nothing was changed.`;
    throw new SeatrialError('NO_ROLLBACK_TARGET', why);
  }
  const left = find(first.history, from)?.spec;
  checkRest(run, left, target.spec);
  const before = new Map(hosts.map((host) => [host, host.history]));
  const shifting = new Set<Host>();
  try {
    const times = await together(hosts, async (host) => {
      const own = serves(host.history);
      if (own === target.release) return 0;
      if (hosts.length > 1) await begin(run, host, target.release);
      const on = find(host.history, target.release)!;
      return goBack(run, host, own, on, () => shifting.add(host));
    });
    await together(hosts, (host) => prove(run, host, target, out));
    if (hosts.some((host) => host.edged)) out.switchMs = Math.max(...times);
  } catch (error) {
    const touched = [...before].filter(([host, old]) => host.history !== old || shifting.has(host));
    await stayAll(run, touched, target);
    throw error;
  }
  out.state = 'good';
  out.rolledBack = true;
  const quick = out.switchMs === undefined ? '' : ` (switched in ${out.switchMs.toFixed(1)} ms)`;
  run.say(`rolled back from ${from || 'nothing'} to ${target.release}${quick}`);
  // Users are served by now; what stands behind follows, and its failure takes nothing back.
  await together(hosts, (host) => restoreRest(run, host, left, target.spec));
  await Promise.all(hosts.map((host) => afterwards(run, host, serves(before.get(host)!))));
}

/** The release that a rollback takes traffic from. */
const serves = (history: History) => waiting(history)?.release ?? history.current;

/** A rollback that was cut off between hosts has just been finished: going on from there would be one step too many. */
function resumed(run: Run, out: Outcome, first: Host, { release, back }: { release: string; back: string }) {
  const { to } = run.inputs;
  if (to && match(first.history, to)?.release !== release) return plan(run, out, first);
  run.actions.warning(`The rollback from ${back} to ${release} was cut off; this run finished it and goes no further.`);
  const target = find(first.history, release)!;
  out.previous = back;
  out.release = release;
  out.image = target.image;
  return { from: back, target };
}

/** Writes down where a host is going, before it goes: what one host can't tell by itself, several can. */
async function begin(run: Run, host: Host, release: string): Promise<void> {
  const at = new Date(host.now()).toISOString();
  const { by, run: address } = run.who;
  const back = serves(host.history);
  await host.save((draft) => {
    draft.open = { command: 'rollback', release, back, at, by, run: address, traffic: false };
  });
}

function plan(run: Run, out: Outcome, first: Host): { from: string; target: ReleaseRecord } {
  const { inputs } = run;
  out.previous = serves(first.history);
  const { from, target } = chooseTarget(first.history, inputs.to, inputs.force);
  out.release = target.release;
  out.image = target.image;
  out.plan = {
    command: 'rollback',
    app: inputs.app,
    environment: inputs.environment,
    hosts: run.hosts.map((host) => host.label),
    release: target.release,
    from,
    steps: [
      first.of(target.release).every((c) => c.state === 'running') && first.of(target.release).length
        ? 'it is warm: ask it whether it answers'
        : 'start it and wait until it is healthy',
      'switch all traffic to it',
      ...(from ? [`mark ${from} rolled-back`] : []),
    ],
    changes: compare(find(first.history, from)?.spec, target.spec),
  };
  for (const line of describePlan(out.plan)) run.actions.info(line);
  return { from, target };
}

/** Moves one host's traffic to the target by the quickest way that its state allows; `onShift` is told before it does. */
async function goBack(run: Run, host: Host, from: string, target: ReleaseRecord, onShift: () => void): Promise<number> {
  const { release, spec } = target;
  const containers = host.of(release);
  const warm =
    containers.length >= spec.replicas && containers.every((c) => c.state === 'running' || c.state === 'paused');
  let alone: number | undefined;
  const apart = find(host.history, from)?.spec.strategy === 'recreate' || spec.strategy === 'recreate' || !host.edged;
  if (warm && host.slotOf(release)) {
    if (containers.some((c) => c.state === 'paused')) await startRelease(run, host, release);
    await answers(run, host, target);
  } else {
    run.say(`${host.label}: ${release} is not warm; starting it`);
    await begin(run, host, release);
    await prepareEdge(run, host, spec);
    await createMissing(run, host, target);
    if (apart && from) {
      alone = run.clock.mono();
      run.say(`${host.label}: stopping ${from}; nothing answers until ${release} is healthy`);
      if (host.edged && host.slotOf(from)) await host.unseat(from);
      await stopRelease(host, from);
    }
    await makeReady(run, host, target);
    await seat(host, target);
  }
  const begunWhy = run.inputs.reason ?? '';
  onShift();
  const ms = await give(host, release, 1, (draft) => {
    draft.current = release;
    draft.open = undefined;
    const again = find(draft, release);
    // Why it had been taken back is not why it serves now.
    if (again && again.status !== 'good') again.reason = begunWhy;
    mark(draft, release, 'good');
    mark(draft, from, 'rolled-back');
    const left = find(draft, from);
    if (left) {
      left.warmUntil = new Date(host.now() + run.inputs['keep-warm']).toISOString();
      if (begunWhy) left.reason = begunWhy;
    }
  });
  if (alone !== undefined) run.say(`${host.label}: the gap was ${Math.round(run.clock.mono() - alone)} ms`);
  return ms;
}

/** A warm release is asked once before it gets everything; with force it gets it anyway. */
async function answers(run: Run, host: Host, target: ReleaseRecord): Promise<void> {
  const looks = await Promise.all(host.of(target.release).map((c) => lookAt(host, c, target.spec, 0, run.signal)));
  const wrong = looks.find((look) => !look.running || look.health === 'unhealthy' || look.probe?.ok === false);
  if (!wrong) return;
  const why = !wrong.running
    ? 'it does not run'
    : (wrong.probe && !wrong.probe.ok && wrong.probe.said) || 'Docker calls it unhealthy';
  if (!run.inputs.force) {
    throw new SeatrialError(
      'DEPLOY_UNHEALTHY',
      `${host.label}: ${target.release} is warm but not well: ${why}; nothing was changed, force: true goes there all the same.`,
    );
  }
  run.actions.warning(`${host.label}: ${target.release} is not well (${why}); going there because of force.`);
}

/** The rollback itself failed: each host it had changed gets what it had before. What can't be reached is said. */
async function stayAll(run: Run, touched: readonly [Host, History][], target: ReleaseRecord): Promise<void> {
  const one = async (host: Host, old: History) => {
    try {
      if (serves(old) !== target.release) await stay(run, host, old, target);
    } catch (error) {
      const problem = asSeatrialError(error);
      run.actions.warning(`${host.label}: could not be put in order now (${problem.code}: ${problem.message})`);
    }
  };
  await Promise.all(touched.map(([host, old]) => one(host, old)));
}

async function stay(run: Run, host: Host, old: History, target: ReleaseRecord): Promise<void> {
  const from = find(old, serves(old));
  if (!from) return;
  const share = SLOTS.map((slot) => old.edge?.slots[slot]).find((use) => use?.release === from.release)?.share ?? 1;
  if (!host.edged) await stopRelease(host, target.release);
  if (share < 1 && host.slotOf(from.release)) await give(host, from.release, share);
  else {
    await giveBack(host, from, async () => {
      await createMissing(run, host, from);
      await startRelease(run, host, from.release);
    });
  }
  await host.save((draft) => {
    draft.current = old.current;
    draft.open = undefined;
    for (const { release, status } of [from, target]) mark(draft, release, status);
  });
  run.say(`${host.label}: traffic is on ${from.release}, as before`);
}

/** Asks the edge, and through its front door the app, who answers now. */
async function prove(run: Run, host: Host, target: ReleaseRecord, out: Outcome): Promise<void> {
  if (!host.edgeRuns) return;
  const [shares, answer] = await Promise.all([
    host.shares(),
    askFront(
      host.engine,
      host.listing.edge!.Id,
      { port: frontPort(host.history.edge!), path: target.spec.health.path ?? '/' },
      run.signal,
    ),
  ]);
  const slot = host.slotOf(target.release);
  const share = shares.get(target.release) ?? 0;
  if (share < 0.999 || !slot || !answer.server.startsWith(slot)) {
    throw new SeatrialError(
      'ROLLBACK_UNPROVEN',
      `${host.label}: the edge gives ${target.release} ${percent(share)}% and "${answer.server}" answered; look at the edge's log.`,
    );
  }
  const line = `${host.label}: the edge gives ${target.release} all traffic, and its server ${answer.server} answered ${answer.status}`;
  run.say(line);
  out.notes.push(line);
}

/** What was rolled back stays warm for a while, in case the rollback was the mistake; but a worker must stop. */
async function afterwards(run: Run, host: Host, from: string): Promise<void> {
  try {
    if (run.inputs['keep-warm'] === 0 || !host.edged) await stopRelease(host, from);
    await sweep(run, host);
  } catch (error) {
    const problem = asSeatrialError(error);
    run.actions.warning(
      `${host.label}: users are served, but tidying up failed (${problem.code}: ${problem.message}); the next command does it.`,
    );
  }
}
