import { SeatrialError } from '../../lib/errors.ts';
import { formatDuration } from '../../lib/units.ts';
import { composeSpec, pinProject } from '../docker/compose/spec.ts';
import { edgeOptions } from '../docker/edge/options.ts';
import { percent } from '../docker/edge/shares.ts';
import type { Host } from '../docker/host.ts';
import { loginOf, resolveImage } from '../docker/image.ts';
import { preflight } from '../docker/preflight.ts';
import { parseSteps } from '../release/canary-steps.ts';
import { find, giveWay, lastGood, mark, type ReleaseRecord, trim, waiting } from '../release/history.ts';
import { compare, describePlan, type Plan } from '../release/plan.ts';
import { releaseId } from '../release/release-id.ts';
import { type Spec, specFrom, specWarnings } from '../release/spec.ts';
import { bringUp } from '../rollout/bring-up.ts';
import { runHook } from '../rollout/hooks.ts';
import type { Outcome } from '../rollout/outcome.ts';
import { takeOut } from '../rollout/repair.ts';
import { repairAll } from '../rollout/repair-all.ts';
import { lockAll, lookAround, type Run } from '../rollout/run.ts';
import { servesAlready } from '../rollout/same.ts';
import { settle } from '../rollout/settle.ts';
import { prepareEdge } from '../rollout/steps.ts';
import { together } from '../rollout/together.ts';
import { undo } from '../rollout/undo.ts';

/** The steps a deploy will take, in words; what dry-run prints and the run then does. */
function planSteps(run: Run, spec: Spec, serving: string, waits: string | undefined): string[] {
  const { inputs } = run;
  const watch =
    inputs.watch > 0 ? `watch for ${formatDuration(inputs.watch)}, take it back on restarts, bad health or 5xx` : '';
  const manual = inputs.promote === 'manual';
  const canary = manual
    ? `give it ${percent(inputs['canary-weight'])}% of the traffic and leave it pending`
    : `give it ${parseSteps(inputs['canary-steps'], 0)
        .map((s) => `${percent(s.share)}%`)
        .join(', then ')} of the traffic`;
  const switching = {
    recreate: [
      ...(serving ? [`stop ${serving} (a gap until the new release is healthy)`] : []),
      'start it and wait until it is healthy',
      'give it all traffic',
    ],
    'blue-green': ['start it beside and wait until it is healthy', 'switch all traffic at once'],
    canary: ['start it beside and wait until it is healthy', serving ? canary : 'give it all traffic'],
  }[spec.strategy];
  const stays = inputs['keep-warm'] > 0 && inputs['keep-warm-as'] !== 'stopped' && spec.strategy !== 'recreate';
  const warm = stays
    ? `keep ${serving} warm (${inputs['keep-warm-as']}) for ${formatDuration(inputs['keep-warm'])}`
    : `keep ${serving} stopped`;
  const last = manual ? 'leave it pending until promote or rollback' : `mark it good${serving ? `; ${warm}` : ''}`;
  return [
    'take the lock of each host',
    ...(waits ? [`give up ${waits}, which waits for promote: its traffic goes back to ${serving}`] : []),
    spec.compose ? 'pull the images of the compose file' : `pull ${spec.image}`,
    ...(inputs['pre-deploy'] ? [`run pre-deploy once: ${inputs['pre-deploy']}`] : []),
    ...(spec.compose ? ['bring the other services up in place, where they differ'] : []),
    ...switching,
    ...(watch ? [watch] : []),
    last,
    ...(inputs['post-deploy'] ? [`run post-deploy once: ${inputs['post-deploy']}`] : []),
    `keep ${inputs['keep-releases']} releases`,
  ];
}

/** What serves: the release that a failure must bring back. */
function base(host: Host): string {
  return host.history.current || waiting(host.history)?.release || '';
}

export async function deploy(run: Run, out: Outcome): Promise<void> {
  const { inputs, who } = run;
  const root = run.actions.env.GITHUB_WORKSPACE || process.cwd();
  const asked = inputs['compose-file'] ? await composeSpec(run, root) : specFrom(inputs, root);
  for (const line of specWarnings(asked, run.secrets)) run.actions.warning(line);
  await lookAround(run);
  const first = run.hosts[0]!;
  const spec = { ...asked, edgeOptions: edgeOptions(inputs, first.history.edge?.options) };
  await preflight(run.hosts, spec, { minDisk: inputs['min-disk'], say: run.say });
  out.previous = base(first);
  out.plan = makePlan(run, spec, first);
  for (const line of describePlan(out.plan)) run.actions.info(line);
  if (inputs['dry-run'] || inputs.command === 'plan') return;

  await lockAll(run);
  await repairAll(run);
  await together(run.hosts, (host) => supersede(run, host));
  out.previous = base(first);
  // Whom we waited for may have turned TLS on meanwhile.
  const edge = edgeOptions(inputs, first.history.edge?.options);
  const pinned = await resolveEverywhere(run, { ...spec, edgeOptions: edge });
  out.image = pinned.image;
  const already = await servesAlready(run, pinned);
  if (already) {
    out.release = already;
    out.previous = lastGood(first.history)?.release ?? '';
    out.plan = { ...out.plan, release: already, changes: [], steps: [`nothing: ${already} is this already`] };
    run.say(
      `${already} is this very image with these settings, and serves well: nothing to do (force: true deploys it anew)`,
    );
    return;
  }
  await together(run.hosts, (host) => prepareEdge(run, host, pinned, true));

  const taken = new Set(
    run.hosts.flatMap((host) => [...host.releases(), ...host.history.releases.map((r) => r.release)]),
  );
  const record: ReleaseRecord = {
    release: releaseId(first.now(), who.commit || pinned.imageId, taken),
    image: pinned.image,
    status: 'pending',
    at: new Date(first.now()).toISOString(),
    by: who.by,
    run: who.run,
    reason: inputs.reason ?? '',
    commit: who.commit,
    spec: pinned,
    timings: {},
  };
  const { release } = record;
  out.release = release;
  out.plan.release = release;
  run.say(`release ${release} of ${pinned.image}`);
  run.github?.begin(release, record.commit, 'deploy');
  const backs = new Map(run.hosts.map((host) => [host, base(host)]));
  try {
    await together(run.hosts, (host) => begin(host, record, backs.get(host)!));
    if (inputs['pre-deploy']) await runHook(run, first, record, 'pre-deploy', inputs['pre-deploy']);
    await bringUp(run, record, (ms) => {
      out.switchMs = ms;
    });
    await finish(run, record, out);
  } catch (error) {
    await undo(run, release, out, error, backs);
    throw error;
  }
  if (out.state === 'good') await settle(run, release, backs);
  if (inputs['post-deploy'] && out.state === 'good') {
    await runHook(run, first, record, 'post-deploy', inputs['post-deploy']).catch((error: unknown) => {
      run.actions.warning(
        `${error instanceof SeatrialError ? `${error.code}: ${error.message}` : String(error)} The release stays.`,
      );
    });
  }
}

function makePlan(run: Run, spec: Spec, first: Host): Plan {
  const { inputs } = run;
  const serving = base(first);
  const waits = first.history.current ? waiting(first.history)?.release : undefined;
  return {
    command: 'deploy',
    app: inputs.app,
    environment: inputs.environment,
    hosts: run.hosts.map((host) => host.label),
    release: '',
    from: serving,
    steps: planSteps(run, spec, serving, waits),
    changes: compare(find(first.history, serving)?.spec, spec),
  };
}

/** Digests are settled on the first host; the others get those very images. */
async function resolveEverywhere(run: Run, spec: Spec): Promise<Spec> {
  const options = { warn: (line: string) => run.actions.warning(line), signal: run.signal };
  const [first, ...others] = run.hosts;
  const resolve = (host: Host, image: string) =>
    resolveImage(host.engine, image, loginOf(run.inputs, spec.image), options);
  run.say(`fetching ${spec.compose ? 'the images of the compose file' : spec.image}`);
  if (spec.compose) {
    const pinned = await pinProject(spec, (image) => resolve(first!, image));
    const images = new Set(Object.values(pinned.compose!.project.services).map(({ image }) => image!));
    for (const host of others) for (const image of images) await resolve(host, image);
    return pinned;
  }
  const { image, imageId } = await resolve(first!, spec.image);
  await together(others, (host) => resolve(host, image));
  return { ...spec, image, imageId, asked: spec.image };
}

/** A release that still waits for its promote gives way: its verdict never came. */
async function supersede(run: Run, host: Host): Promise<void> {
  const left = waiting(host.history);
  if (!left || !host.history.current) return;
  run.actions.warning(`${host.label}: ${left.release} waited for promote and gives way to this deploy.`);
  await takeOut(run, host, left.release, host.history.current, 'a later deploy took its place');
}

/** Writes down what is about to happen, before it does: the next run finds it if this one is killed. */
async function begin(host: Host, record: ReleaseRecord, back: string): Promise<void> {
  await host.save((draft) => {
    draft.releases.unshift(record);
    draft.open = {
      command: 'deploy',
      release: record.release,
      back,
      at: record.at,
      by: record.by,
      run: record.run,
      traffic: false,
    };
    trim(draft);
  });
}

async function finish(run: Run, record: ReleaseRecord, out: Outcome): Promise<void> {
  const manual = run.inputs.promote === 'manual';
  const { release } = record;
  await together(run.hosts, async (host) => {
    const slot = host.slotOf(release);
    const all = !slot || host.history.edge!.slots[slot]!.share > 0.999;
    const previous = host.history.current;
    await host.save((draft) => {
      draft.open = undefined;
      const mine = find(draft, release)!;
      mine.timings = {
        switchMs: Math.round(out.switchMs ?? 0),
        durationMs: Math.round(run.clock.mono() - run.started),
      };
      if (all) giveWay(draft, release);
      if (manual) return;
      mark(draft, release, 'good');
      draft.current = release;
      const before = find(draft, previous);
      if (before) before.warmUntil = new Date(host.now() + run.inputs['keep-warm']).toISOString();
    });
  });
  out.state = manual ? 'pending' : 'good';
}
