import type { NodeMap } from './emit.ts';
import {
  appSecrets,
  channelsEnv,
  checkout,
  connectionOf,
  evidence,
  expr,
  group,
  handOn,
  login,
  runsOn,
  tell,
  weakDefaults,
  where,
} from './parts.ts';
import { READS } from './release.ts';

const RESULT = [
  'release',
  'previous-release',
  'serving',
  'image',
  'state',
  'rolled-back',
  'deployment',
  'customers',
  'switch-ms',
] as const;

export const rollbackJob = (): NodeMap => ({
  name: 'Roll back',
  ...runsOn(30),
  environment: { name: expr('inputs.environment') },
  concurrency: {
    '# The group of ship.yml: a rollback waits for a running deploy instead of cutting it off.': '',
    ...group(),
  },
  permissions: READS,
  outputs: {
    ...Object.fromEntries(RESULT.map((name) => [name, expr(`steps.rollback.outputs.${name}`)])),
    verdict: expr('steps.verify.outputs.verdict'),
    reason: expr('steps.verify.outputs.reason'),
    evidence: expr('steps.artifact.outputs.artifact-url'),
    'error-code': expr('steps.rollback.outputs.error-code || steps.verify.outputs.error-code'),
  },
  steps: [
    checkout(),
    {
      name: 'Roll back',
      id: 'rollback',
      uses: '$/action-deploy',
      with: {
        command: 'rollback',
        ...where,
        to: expr('inputs.to'),
        reason: expr('inputs.reason'),
        force: expr("inputs.force && 'true' || ''"),
        'dry-run': expr("inputs.dry-run && 'true' || ''"),
        ...appSecrets(),
        ...login(),
        ...connectionOf('deploy'),
      },
    },
    {
      name: 'Look at what serves now',
      id: 'verify',
      if: "!inputs.dry-run && steps.rollback.outputs.rolled-back == 'true'",
      uses: '$/action-verify',
      env: weakDefaults({ duration: '30s', 'warm-up': '0s', thresholds: 'error-rate <= 5%' }),
      with: {
        mode: 'verify',
        deployment: expr('steps.rollback.outputs.deployment'),
        ...handOn('verify', ['verify']),
        ...connectionOf('verify'),
      },
    },
    ...evidence('rollback', ['verify.outputs.report', 'verify.outputs.evidence']),
  ],
});

export const rollbackNotifyJob = (): NodeMap => ({
  name: 'Tell the channels',
  needs: 'rollback',
  if: 'always() && inputs.notify && !inputs.dry-run',
  ...runsOn(10),
  '# Empty is none: an approval must not hold a message back.': '',
  environment: expr('inputs.notify-environment'),
  permissions: READS,
  outputs: { receipts: expr('steps.notify.outputs.receipts') },
  env: channelsEnv(),
  steps: [
    checkout(),
    ...tell({
      with: {
        '# Told as a rollback only when traffic really went back, whatever became of the look at it afterwards.': '',
        event: expr("needs.rollback.outputs.rolled-back == 'true' && 'rollback' || 'failure'"),
        severity: expr("needs.rollback.result == 'success' && 'warning' || 'critical'"),
        deployment: expr('needs.rollback.outputs.deployment'),
        verdict: expr('needs.rollback.outputs.verdict'),
        customers: expr('needs.rollback.outputs.customers'),
        '# Who pressed the button knows why; of a rollback that failed one wants to know why it did.': '',
        reason: expr(
          "needs.rollback.outputs.rolled-back == 'true' && (inputs.reason || needs.rollback.outputs.reason) || needs.rollback.outputs.error-code || inputs.reason",
        ),
        'report-url': expr('needs.rollback.outputs.evidence'),
        needs: expr('toJSON(needs)'),
        locale: expr('inputs.locale'),
        mentions: expr('inputs.mentions'),
        'rollback-url': expr('inputs.rollback-url'),
      },
    }),
  ],
});
