import type { Wing } from './catalog.ts';

/** What a step came to, as its action says it. */
export interface StepEnd {
  status: number;
  outputs: Record<string, string>;
}

export interface Ship {
  /** Inputs by name, for whichever of the actions has them. */
  inputs: ReadonlyMap<string, string>;
  /** What becomes of a release whose verdict is inconclusive. */
  onInconclusive: 'promote' | 'rollback';
  /** Runs one action with these inputs and what else it knows of them. */
  step(wing: Wing, inputs: Record<string, string>): Promise<StepEnd>;
  say(line: string): void;
  /** Whether the run was cancelled: then nothing new is begun, and what waits is taken back. */
  cancelled(): boolean;
}

export interface Shipped {
  status: number;
  outputs: Record<string, string>;
}

type Result = 'success' | 'failure' | 'cancelled' | 'skipped';

/**
 * The way of ship.yml, for a CI that has a shell and no reusable workflows: build, measure the old release, deploy and
 * keep it pending, judge it, promote it or take it back, and tell the channels whatever happened.
 */
export async function ship(run: Ship): Promise<Shipped> {
  const { inputs, step, say, cancelled } = run;
  const outcome = (end: Pick<StepEnd, 'status'> | undefined): Result =>
    end === undefined ? 'skipped' : end.status === 0 ? 'success' : cancelled() ? 'cancelled' : 'failure';

  let image = inputs.get('image') ?? '';
  let built: StepEnd | undefined;
  if (!image.includes('@sha256:') && !inputs.has('compose-file')) {
    say('build: lint, build, scan, push what passed');
    built = await step('build', {});
    image = built.outputs.image ?? '';
  }
  const deployed = !built || built.status === 0 ? await release(run, image) : undefined;
  const deploy = deployed?.last;

  say('notify: telling the channels');
  const result = outcome(deployed);
  const needs = {
    ...(built ? { build: { result: outcome(built), outputs: built.outputs } } : {}),
    deploy: { result, outputs: deployed ? handedOn(deployed) : {} },
  };
  const told = await step('notify', {
    // What never reached production alarms nobody about production, nor does what somebody cancelled.
    severity: result === 'failure' ? 'critical' : '',
    needs: JSON.stringify(needs),
    ...(deployed
      ? {
          deployment: deployed.deployment,
          verdict: deployed.verdict ? JSON.stringify(deployed.verdict) : '',
          customers: deployed.customers,
          version: deployed.release,
          reason: deployed.reason,
        }
      : { version: built?.outputs.version ?? '', reason: built?.outputs['error-code'] ?? '' }),
  });
  const outputs = {
    image,
    release: deployed?.release ?? '',
    serving: deploy?.outputs.serving ?? '',
    state: deployed?.state ?? '',
    verdict: deployed?.verdict?.verdict ?? '',
    deployment: deployed?.deployment ?? '',
    receipts: told.outputs.receipts ?? '',
    'error-code': deployed ? deployed.code : (built?.outputs['error-code'] ?? ''),
  };
  return { status: (deployed?.status ?? built?.status ?? 1) || told.status, outputs };
}

/** What ship.yml's deploy job hands on: by it the message tells a release that was taken back from the one that serves. */
const handedOn = ({ last, release, state, code }: Released): Record<string, string> => ({
  release,
  state,
  serving: last.outputs.serving ?? '',
  'rolled-back': String(state === 'rolled-back'),
  'error-code': code,
});

interface Released {
  status: number;
  /** The last command of deploy: it knows best what serves. */
  last: StepEnd;
  release: string;
  state: string;
  verdict: Record<string, string> | undefined;
  /** `deployment` of the last command that has one. */
  deployment: string;
  /** What customers met, as action-notify takes it; empty where nobody counted. */
  customers: string;
  reason: string;
  code: string;
}

const FIGURES = ['requests', 'lost', 'seconds', 'gap'] as const;
type Met = Partial<Record<(typeof FIGURES)[number], number>>;

/**
 * What customers met: counted while deploy and promotion watched and while verify looked, and the gaps of the deploy and of
 * the way back. What nobody measured is left out; empty where that is all of it.
 */
function together(...counted: (string | undefined)[]): string {
  const met = counted.filter(Boolean).map((text) => JSON.parse(text!) as Met);
  const sums = FIGURES.flatMap((name) => {
    const known = met.flatMap((one) => one[name] ?? []);
    return known.length ? [[name, known.reduce((sum, one) => sum + one, 0)] as const] : [];
  });
  return sums.length ? JSON.stringify(Object.fromEntries(sums)) : '';
}

/** From the image to a release that was judged: kept, or taken back. */
async function release({ inputs, onInconclusive, step, say, cancelled }: Ship, image: string): Promise<Released> {
  const before = await step('deploy', { command: 'status' });
  const done = (last: StepEnd, more: Partial<Released> = {}): Released => ({
    status: last.status,
    last,
    release: last.outputs.release ?? '',
    state: last.outputs.state ?? '',
    verdict: undefined,
    deployment: last.outputs.deployment ?? '',
    reason: last.outputs['error-code'] ?? '',
    code: last.outputs['error-code'] ?? '',
    customers: together(last.outputs.customers),
    ...more,
  });
  // What was asked of the old release is no news of a new one.
  const none = { status: 1, release: '', state: 'unchanged', deployment: '', reason: 'CANCELLED', code: 'CANCELLED' };
  if (cancelled()) return done(before, none);
  let baseline = '';
  if (before.outputs.serving) {
    say(`verify: measuring ${before.outputs.serving}, to compare with`);
    // An old release that is unwell must not stand in the way of the one that mends it.
    const measured = await step('verify', {
      mode: 'baseline',
      'fail-on': 'none',
      deployment: before.outputs.deployment ?? '',
      duration: inputs.get('baseline-duration') ?? inputs.get('duration') ?? '',
    });
    baseline = measured.outputs['baseline-file'] ?? '';
  }
  if (cancelled()) return done(before, none);
  say('deploy: behind the health gate, the old release kept warm');
  const deploy = await step('deploy', { command: 'deploy', ...(image ? { image } : {}), promote: 'manual' });
  if (deploy.outputs.state !== 'pending') return done(deploy);
  let verdict: Record<string, string> | undefined;
  if (!cancelled()) {
    say(`verify: judging ${deploy.outputs.release}`);
    verdict = (await step('verify', { deployment: deploy.outputs.deployment ?? '', 'baseline-file': baseline }))
      .outputs;
  }
  const judged = verdict?.verdict ?? '';
  const keep = judged === 'pass' || (judged === 'inconclusive' && onInconclusive === 'promote');
  const kept = keep && !cancelled() ? await step('deploy', { command: 'promote' }) : undefined;
  const about = (last: StepEnd) => ({
    release: deploy.outputs.release ?? '',
    verdict,
    customers: together(
      ...[deploy, kept, last === kept ? undefined : last].map((end) => end?.outputs.customers),
      verdict?.customers,
    ),
    reason: verdict?.reason ?? '',
    // One that reached no host any more has none.
    deployment: last.outputs.deployment || kept?.outputs.deployment || deploy.outputs.deployment || '',
  });
  if (kept?.status === 0) return done(kept, about(kept));
  const reason = verdict?.reason || 'the run ended before there was a verdict';
  const back = await step('deploy', { command: 'rollback', reason });
  const because =
    kept?.outputs['error-code'] ||
    verdict?.['error-code'] ||
    (judged ? `VERDICT_${judged.toUpperCase()}` : 'CANCELLED');
  return done(back, {
    ...about(back),
    reason,
    status: 1,
    state: back.status === 0 ? 'rolled-back' : 'pending',
    code: back.status === 0 ? because : (back.outputs['error-code'] ?? because),
  });
}
