import { subjectFinder } from '../../lib/commit-subject.ts';
import { SeatrialError } from '../../lib/errors.ts';
import { placeOf } from '../on-target.ts';
import { find, giveWay, lastGood, mark, type ReleaseRecord, trim, waiting } from '../release/history.ts';
import { releaseId } from '../release/id.ts';
import { begin } from '../release/journal.ts';
import type { Spec } from '../release/spec.ts';
import { recall } from '../rollout/before.ts';
import { bringUp } from '../rollout/bring-up.ts';
import { runHook } from '../rollout/hooks.ts';
import type { Outcome } from '../rollout/outcome.ts';
import { withdraw } from '../rollout/repair.ts';
import { repairAll } from '../rollout/repair-all.ts';
import { lockAll, type Run, readAll } from '../rollout/run.ts';
import { servesAlready } from '../rollout/same.ts';
import { tidyUp } from '../rollout/tidy.ts';
import { together } from '../rollout/together.ts';
import { undo } from '../rollout/undo.ts';
import type { Target } from '../target.ts';
import { deploySteps } from './deploy-steps.ts';
import { showPlan } from './plan.ts';

/** What serves: the release that a failure must bring back. */
function base({ ledger: { history } }: Target): string {
  return history.current || waiting(history)?.release || '';
}

export async function deploy(run: Run, out: Outcome): Promise<void> {
  const { inputs, targets } = run;
  const spec = await planDeploy(run, out);
  if (inputs['dry-run'] || inputs.command === 'plan') return;
  await lockAll(run);
  await repairAll(run);
  await together(targets, (target) => supersede(run, target));
  out.previous = base(targets[0]!);
  // Whom we waited for may have turned TLS on meanwhile.
  const resolved = await resolveEverywhere(run, targets[0]!.traffic.complete(spec));
  out.image = resolved.image;
  if (await repeats(run, out, resolved)) return;
  await recall(run, targets, base);
  await together(targets, (target) => target.traffic.prepare(resolved, true));
  const record = await newRecord(run, out, resolved);
  await rollOut(run, out, record);
  if (inputs['post-deploy'] && out.state === 'good') await afterDeploy(run, record, inputs['post-deploy']);
}

/** What the inputs ask for, checked against what is there, and shown. Nothing is touched. */
async function planDeploy(run: Run, out: Outcome): Promise<Spec> {
  const { targets, inputs } = run;
  const first = targets[0]!;
  const asked = await first.specify(run.actions.env.GITHUB_WORKSPACE || process.cwd(), targets);
  await readAll(run);
  const spec = first.traffic.complete(asked);
  checkParts(run, spec);
  checkTesters(run, spec);
  const blind = targets.find(({ can }) => !can.metrics);
  if (blind && inputs['metrics-address']) {
    throw new SeatrialError(
      'NOT_SUPPORTED',
      `${blind.label}: metrics-address: no figures can be published on ${blind.terms.engine}; leave it out and read the figures of its own monitoring.`,
    );
  }
  await Promise.all(targets.map((target) => target.preflight(spec)));
  out.previous = base(first);
  const { history } = first.ledger;
  const waits = history.current ? waiting(history)?.release : undefined;
  const steps = deploySteps(run, spec, out.previous, waits);
  out.plan = showPlan(run, { command: 'deploy', release: '', from: out.previous, to: spec, steps });
  return spec;
}

/** Further ports, parts and pages are refused where a target has none. */
function checkParts({ targets, inputs }: Run, { doors, parts }: Spec): void {
  const page = inputs['maintenance-page'] ?? inputs['error-page'];
  const plain = page === undefined ? undefined : targets.find(({ can }) => !can.pages);
  if (plain) {
    throw new SeatrialError(
      'NOT_SUPPORTED',
      `${plain.label}: pages of your own are not to be had on ${plain.terms.engine}; leave out maintenance-page and error-page.`,
    );
  }
  const without = doors || parts ? targets.find(({ can }) => !can.parts) : undefined;
  if (!without) return;
  throw new SeatrialError(
    'NOT_SUPPORTED',
    `${without.label}: ${doors ? 'publish takes one line' : 'there are no workers'} on ${without.terms.engine}; give each of the others an app of its own.`,
  );
}

/** Whether testers can be led as `canary-match` asks; a canary is the only one that leaves a candidate beside. */
function checkTesters({ inputs, targets, actions }: Run, { strategy }: Spec): void {
  if (!inputs['canary-match'].length) return;
  const lacks = targets.find(({ traffic }) => !traffic.lead);
  if (lacks) {
    throw new SeatrialError(
      'NOT_SUPPORTED',
      `${lacks.label}: canary-match can't be done on ${lacks.terms.engine}: its traffic is shared out by weight only; leave it out.`,
    );
  }
  if (strategy !== 'canary') {
    actions.warning(`canary-match has no effect with strategy: ${strategy}, where no candidate stands beside.`);
  }
}

/** Whether the very same release serves well already; then that is what the outputs are about. */
async function repeats(run: Run, out: Outcome, resolved: Spec): Promise<boolean> {
  const already = await servesAlready(run, resolved);
  if (!already) return false;
  out.release = already;
  out.served = out.previous;
  out.previous = lastGood(run.targets[0]!.ledger.history)?.release ?? '';
  out.plan = { ...out.plan!, release: already, changes: [], steps: [`nothing: ${already} is this already`] };
  run.say(
    `${already} is this very image with these settings, and serves well: nothing to do (force: true deploys it anew)`,
  );
  return true;
}

/** From the journal to the word "good"; a failure or a cancel puts traffic back where it was. */
async function rollOut(run: Run, out: Outcome, record: ReleaseRecord): Promise<void> {
  const { inputs, targets, who } = run;
  const { release } = record;
  const backs = new Map(targets.map((target) => [target, base(target)]));
  try {
    await together(targets, (target) =>
      target.ledger.save((draft) => {
        draft.releases.unshift(record);
        begin(draft, { command: 'deploy', release, back: backs.get(target)! }, who, Date.parse(record.at));
        trim(draft);
      }),
    );
    if (inputs['pre-deploy']) await runHook(run, targets[0]!, record, 'pre-deploy', inputs['pre-deploy']);
    await bringUp(run, record, (ms) => {
      out.switchMs = ms;
    });
    await together(targets, (target) => Promise.resolve(target.traffic.settle?.(true, !backs.get(target))));
    await finish(run, record, out);
  } catch (error) {
    await undo(run, release, out, error, backs);
    throw error;
  }
  if (out.state === 'good') await tidyUp(run, release, backs);
}

/** The release is good by now: what fails here is a warning. */
async function afterDeploy(run: Run, record: ReleaseRecord, command: string): Promise<void> {
  await runHook(run, run.targets[0]!, record, 'post-deploy', command).catch((error: unknown) => {
    run.actions.warning(
      `${error instanceof SeatrialError ? `${error.code}: ${error.message}` : String(error)} The release stays.`,
    );
  });
}

/** Images are resolved on the first target; the others get those very images. */
async function resolveEverywhere(run: Run, spec: Spec): Promise<Spec> {
  const [first, ...others] = run.targets;
  run.say(`fetching ${first!.images.words(spec)}`);
  const resolved = await first!.images.resolve(spec);
  await together(others, (target) => target.images.fetch(resolved));
  return resolved;
}

/** A release that still waits for its promote gives way: its verdict never came. */
async function supersede(run: Run, target: Target): Promise<void> {
  const { history } = target.ledger;
  const left = waiting(history);
  if (!left || !history.current) return;
  run.actions.warning(`${target.label}: ${left.release} waited for promote and gives way to this deploy.`);
  await withdraw(run, target, left.release, history.current, 'a later deploy took its place');
}

/** Of a commit's first line, as much as a message shows. */
const LONGEST_SUBJECT = 200;

/** The release gets its id, and is told of. */
async function newRecord(run: Run, out: Outcome, spec: Spec): Promise<ReleaseRecord> {
  const { targets, who, inputs, actions } = run;
  const { ledger } = targets[0]!;
  const taken = new Set(
    targets.flatMap((target) => [...target.releases, ...target.ledger.history.releases.map((r) => r.release)]),
  );
  const subject = who.commit && (await subjectFinder(actions.env)(who.commit));
  const record: ReleaseRecord = {
    release: releaseId(ledger.now(), who.commit || spec.imageId, taken),
    image: spec.image,
    status: 'pending',
    at: new Date(ledger.now()).toISOString(),
    by: who.by,
    run: who.run,
    reason: inputs.reason ?? '',
    commit: who.commit,
    ...(subject ? { subject: actions.scrub(subject).slice(0, LONGEST_SUBJECT) } : {}),
    spec,
    timings: {},
  };
  const { release } = record;
  out.release = release;
  out.plan!.release = release;
  run.say(`release ${release} of ${spec.image}`);
  run.records?.begin(release, record.commit, 'deploy');
  return record;
}

async function finish(run: Run, { release }: ReleaseRecord, out: Outcome): Promise<void> {
  const manual = run.inputs.promote === 'manual';
  await together(run.targets, async (target) => {
    const { ledger } = target;
    const all = (placeOf(target, release)?.share ?? 1) > 0.999;
    const previous = ledger.history.current;
    await ledger.save((draft) => {
      draft.open = undefined;
      find(draft, release)!.timings = {
        switchMs: Math.round(out.switchMs ?? 0),
        durationMs: Math.round(run.clock.mono() - run.started),
      };
      if (all) giveWay(draft, release);
      if (manual) return;
      mark(draft, release, 'good');
      draft.current = release;
      const before = find(draft, previous);
      if (before) before.warmUntil = new Date(ledger.now() + run.inputs['keep-warm']).toISOString();
    });
  });
  out.state = manual ? 'pending' : 'good';
}
