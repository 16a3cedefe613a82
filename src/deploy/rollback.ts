import { SeatrialError } from '../lib/errors.ts';
import { checkRest, restoreRest } from './compose/apply-rest.ts';
import { frontPort } from './edge/config.ts';
import { repair } from './flow/repair.ts';
import { createMissing, makeReady, prepareEdge, startRelease, stopRelease } from './flow/steps-on-host.ts';
import { give, giveBack, seat } from './flow/traffic.ts';
import { lookAt } from './gate-run.ts';
import type { Host } from './host.ts';
import type { Outcome } from './outcome.ts';
import { compare, describePlan } from './plan.ts';
import { askFront } from './probe.ts';
import { lockAll, lookAround, type Run } from './run.ts';
import { find, type History, lastGood, mark, match, type ReleaseRecord, waiting } from './state/history.ts';

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
  await Promise.all([lockAll(run), ...hosts.map((host) => host.runtime?.open())]);
  await Promise.all(hosts.map((host) => settleHistory(run, host)));
  out.previous = waiting(first.history)?.release ?? first.history.current;
  const { from, target } = plan(run, out, first);
  for (const host of hosts) {
    const behind = find(host.history, target.release);
    if (!behind)
      throw new SeatrialError(
        'NO_ROLLBACK_TARGET',
        `${host.label} does not know ${target.release}; nothing was changed.`,
      );
  }
  out.release = target.release;
  out.image = target.image;
  const left = find(first.history, from)?.spec;
  checkRest(run, left, target.spec);
  const times: number[] = [];
  const moved: Host[] = [];
  try {
    for (const host of hosts) {
      moved.push(host);
      times.push(await goBack(run, host, from, find(host.history, target.release)!));
    }
  } catch (error) {
    for (const host of moved) await stay(run, host, from, target.release);
    throw error;
  }
  out.switchMs = Math.max(...times);
  out.state = 'good';
  out.rolledBack = true;
  run.say(`rolled back from ${from || 'nothing'} to ${target.release} (switched in ${out.switchMs.toFixed(1)} ms)`);
  await Promise.all(hosts.map((host) => prove(run, host, target, out)));
  // Users are served by now; what stands behind follows, and its failure takes nothing back.
  for (const host of hosts) await restoreRest(run, host, left, target.spec);
  for (const host of hosts) host.lock && (await afterwards(run, host, from));
}

async function settleHistory(run: Run, host: Host): Promise<void> {
  const said = await host.load();
  if (said) run.actions.warning(`${host.label}: ${said}.`);
  if (host.history.open || (host.history.edge && !host.edgeRuns)) await repair(run, host);
  else await host.reconcile();
}

function plan(run: Run, out: Outcome, first: Host): { from: string; target: ReleaseRecord } {
  const { inputs } = run;
  const { from, target } = chooseTarget(first.history, inputs.to, inputs.force);
  out.previous = from;
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
      `mark ${from} rolled-back`,
    ],
    changes: compare(find(first.history, from)?.spec, target.spec),
  };
  for (const line of describePlan(out.plan)) run.actions.info(line);
  return { from, target };
}

/** Moves one host's traffic to the target by the quickest way that its state allows. */
async function goBack(run: Run, host: Host, from: string, target: ReleaseRecord): Promise<number> {
  const { release, spec } = target;
  const containers = host.of(release);
  const warm =
    containers.length >= spec.replicas && containers.every((c) => c.state === 'running' || c.state === 'paused');
  const apart = find(host.history, from)?.spec.strategy === 'recreate' || spec.strategy === 'recreate' || !host.edged;
  if (warm && host.slotOf(release)) {
    if (containers.some((c) => c.state === 'paused')) await startRelease(run, host, release);
    await answers(run, host, target);
  } else {
    run.say(`${host.label}: ${release} is not warm; starting it`);
    await host.save((draft) => {
      draft.open = {
        command: 'rollback',
        release,
        back: from,
        at: new Date(host.now()).toISOString(),
        by: run.who.by,
        run: run.who.run,
        traffic: false,
      };
    });
    await prepareEdge(run, host, spec);
    await createMissing(run, host, target);
    if (apart && from) {
      if (host.edged && host.slotOf(from)) await host.unseat(from);
      await stopRelease(host, from);
    }
    await makeReady(run, host, target);
    await seat(host, target);
  }
  const begunWhy = run.inputs.reason ?? '';
  return give(host, release, 1, (draft) => {
    draft.current = release;
    draft.open = undefined;
    mark(draft, release, 'good');
    mark(draft, from, 'rolled-back');
    const left = find(draft, from);
    if (left) {
      left.warmUntil = new Date(host.now() + run.inputs['keep-warm']).toISOString();
      if (begunWhy) left.reason = begunWhy;
    }
  });
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

/** The rollback itself failed on some host: the hosts that had moved stay with what served before. */
async function stay(run: Run, host: Host, from: string, target: string): Promise<void> {
  const record = find(host.history, from);
  const moved = host.history.current === target;
  if (!record || (!moved && !host.history.open)) return;
  if (!host.edged) await stopRelease(host, target);
  // Where it serves still, its seat is not touched: that would cost it its traffic for a moment.
  await giveBack(host, record, async () => {
    await createMissing(run, host, record);
    await startRelease(run, host, from);
  });
  await host.save((draft) => {
    draft.current = from;
    draft.open = undefined;
    mark(draft, from, 'good');
  });
  run.say(`${host.label}: traffic is on ${from}, as before`);
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
      `${host.label}: the edge gives ${target.release} ${share * 100}% and "${answer.server}" answered; look at the edge's log.`,
    );
  }
  const line = `${host.label}: the edge gives ${target.release} all traffic, and its server ${answer.server} answered ${answer.status}`;
  run.say(line);
  out.notes.push(line);
}

async function afterwards(run: Run, host: Host, from: string): Promise<void> {
  const record = find(host.history, from);
  if (!record || !host.of(from).length) return;
  // What was rolled back stays warm for a while in case the rollback was the mistake, but a worker must stop.
  if (run.inputs['keep-warm'] === 0 || !host.edged) await stopRelease(host, from);
}
