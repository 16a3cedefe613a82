import type { Deployment } from '../../lib/deployment.ts';
import type { SeatrialError } from '../../lib/errors.ts';
import { find, type History, publicHistory, scrubWords } from '../release/history.ts';
import { scrubPlan } from '../release/plan.ts';
import type { Outcome } from '../rollout/outcome.ts';
import type { Run } from '../rollout/run.ts';
import { customersMet } from '../rollout/watch.ts';
import { hostReport, namedIn } from './deployment.ts';
import { drawTraffic, lastWords, look, served, servingOf } from './seen.ts';
import { summary } from './summary.ts';

/** Sets every output, writes the summary, and answers the last words: what users' traffic is on. Never throws over a dead host. */
export async function report(run: Run, out: Outcome, error: SeatrialError | undefined): Promise<string> {
  const { actions, targets, inputs } = run;
  const cached = inputs.command === 'status' || (inputs.command === 'rollback' && !error);
  const seen = await Promise.all(targets.map((target) => look(target, cached)));
  const first = seen[0]!;
  const durationMs = Math.round(run.clock.mono() - run.started);
  const serving = servingOf(served(first));
  const { history } = first.target.ledger;
  const known = find(history, out.release);
  const deployment: Deployment = {
    app: inputs.app,
    environment: inputs.environment,
    kind: first.target.terms.kind,
    release: out.release,
    previous: out.previous,
    image: out.image,
    state: out.state,
    ...(inputs.url
      ? { url: actions.scrub(inputs.url) }
      : first.target.traffic.url
        ? { url: first.target.traffic.url }
        : {}),
    releases: namedIn(history, [out.release, out.previous, serving], actions.scrub),
    hosts: seen.map(({ target, shares, ways }) => hostReport(target, shares ?? new Map(), ways)),
  };
  actions.output('release', out.release, 'whole');
  actions.output('previous-release', out.served ?? out.previous, 'whole');
  actions.output('serving', serving, 'whole');
  actions.output('image', out.image || known?.image || '', 'whole');
  actions.output('state', out.state, 'whole');
  actions.output('rolled-back', out.rolledBack);
  actions.output('customers', customersMet(run) ?? '', 'whole');
  actions.output('deployment', deployment, 'whole');
  // Of all that machines read, only these hold a user's own words.
  const clean = (of: History) => scrubWords(publicHistory(of), actions.scrub);
  const same = targets.every(
    (target) => JSON.stringify(publicHistory(target.ledger.history)) === JSON.stringify(publicHistory(history)),
  );
  actions.output(
    'history',
    same
      ? clean(history)
      : {
          ...clean(history),
          hosts: Object.fromEntries(targets.map(({ label, ledger }) => [label, clean(ledger.history)])),
        },
    'whole',
  );
  actions.output('plan', out.plan ? scrubPlan(out.plan, actions.scrub) : {}, 'whole');
  actions.output('scheduled', inputs.scale.length > 0);
  actions.output('duration-ms', durationMs);
  actions.output('switch-ms', out.switchMs === undefined ? '' : out.switchMs.toFixed(2));
  for (const one of seen) for (const line of drawTraffic(served(one))) actions.info(line);
  actions.summary(summary(run, out, error, durationMs, seen));
  return `${lastWords(seen)}.`;
}
