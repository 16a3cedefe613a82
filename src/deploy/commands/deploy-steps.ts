import { formatDuration } from '../../lib/units.ts';
import { parseSteps } from '../release/canary-steps.ts';
import { percent } from '../release/share.ts';
import type { Spec } from '../release/spec.ts';
import type { Run } from '../rollout/run.ts';

/** The steps a deploy will take, in words; what dry-run prints and the run then does. */
export function deploySteps(run: Run, spec: Spec, serving: string, waits: string | undefined): string[] {
  const { inputs } = run;
  const { images, companions } = run.targets[0]!;
  const bad = run.targets.every(({ can }) => can.uncounted) ? 'restarts or bad health' : 'restarts, bad health or 5xx';
  const watch = inputs.watch > 0 ? `watch for ${formatDuration(inputs.watch)}, take it back on ${bad}` : '';
  const manual = inputs.promote === 'manual';
  const testers = inputs['canary-match'].length ? ' and the testers of canary-match' : '';
  const canary = manual
    ? `give it ${percent(inputs['canary-weight'])}% of the traffic${testers}, and leave it pending`
    : `give it ${parseSteps(inputs['canary-steps'], 0, Boolean(testers))
        .map((s) => `${percent(s.share)}%`)
        .join(', then ')} of the traffic${testers && `,${testers} from the start`}`;
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
    `pull ${images.words(spec)}`,
    ...(inputs['pre-deploy'] ? [`run pre-deploy once: ${inputs['pre-deploy']}`] : []),
    ...(companions.has(spec) ? ['bring the other services up in place, where they differ'] : []),
    ...switching,
    ...(watch ? [watch] : []),
    last,
    ...(inputs['post-deploy'] ? [`run post-deploy once: ${inputs['post-deploy']}`] : []),
    `keep ${inputs['keep-releases']} releases`,
  ];
}
