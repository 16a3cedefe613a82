import { type NodeMap, Noted } from './emit.ts';
import {
  appSecrets,
  channelsEnv,
  checkout,
  connectionOf,
  expr,
  login,
  runsOn,
  tell,
  weakDefaults,
  where,
} from './parts.ts';
import { READS } from './release.ts';

const beside: NodeMap = { ...where, app: expr('inputs.app').concat('-drill') };
const access = (): NodeMap => ({ ...login(), ...connectionOf('deploy') });

/** One release of the drill; each differs from the one before, or the second would be the first again. */
const release = (number: number, more: NodeMap, health: string = expr('inputs.health-path')): NodeMap => ({
  ...beside,
  command: 'deploy',
  image: expr('inputs.image || steps.real.outputs.image'),
  port: expr('inputs.port'),
  publish: expr('inputs.publish'),
  memory: expr('inputs.memory'),
  'edge-image': expr('inputs.edge-image'),
  'health-path': health,
  'deploy-timeout': '2m',
  watch: '1s',
  env: `SEATRIAL_DRILL=${expr('github.run_id')}-${number}\n${expr('inputs.env')}\n`,
  ...more,
  ...appSecrets(),
  ...access(),
});
const quick = weakDefaults({ 'health-interval': '500ms', 'healthy-after': '2', memory: '256m' });

export const drillJob = (): NodeMap => ({
  name: 'The way back',
  ...runsOn(30),
  environment: { name: expr('inputs.environment') },
  concurrency: {
    group: `seatrial-${expr('inputs.app')}-drill-${expr('inputs.environment')}-${expr('toJSON(inputs.hosts)')}`,
    'cancel-in-progress': false,
  },
  permissions: READS,
  outputs: { rollback: expr('steps.judge.outputs.rollback') },
  steps: [
    checkout(),
    {
      name: 'See what the app runs',
      id: 'real',
      uses: '$/action-deploy',
      with: { command: 'status', ...where, ...connectionOf('deploy') },
    },
    { name: 'A release that is well', id: 'good', uses: '$/action-deploy', env: quick, with: release(1, {}) },
    {
      name: 'A release made to fail, which must never serve',
      id: 'sick',
      'continue-on-error': new Noted(true, 'it is meant to fail'),
      uses: '$/action-deploy',
      env: quick,
      with: release(2, { 'deploy-timeout': expr('inputs.deploy-timeout') }, '/seatrial-drill-no-such-path'),
    },
    {
      name: 'A release that serves and waits',
      id: 'second',
      uses: '$/action-deploy',
      env: quick,
      with: release(3, { promote: 'manual' }),
    },
    {
      name: 'And is taken back',
      id: 'back',
      uses: '$/action-deploy',
      with: { ...beside, command: 'rollback', reason: 'drill', ...appSecrets(), ...access() },
    },
    {
      name: 'Judge the drill',
      id: 'judge',
      if: 'always()',
      shell: 'bash',
      env: {
        GOOD: expr('steps.good.outputs.release'),
        SICK: expr('steps.sick.outputs.error-code'),
        SICK_STATE: expr('steps.sick.outputs.state'),
        SICK_SERVING: expr('steps.sick.outputs.serving'),
        SECOND: expr('steps.second.outputs.release'),
        SECOND_SERVING: expr('steps.second.outputs.serving'),
        BACK: expr('steps.back.outputs.serving'),
        SWITCH_MS: expr('steps.back.outputs.switch-ms'),
      },
      run: JUDGE,
    },
  ],
});

export const drillAlertJob = (): NodeMap => ({
  name: 'The alert path',
  '# Last, so that the message says how the way back went; and whatever became of that.': '',
  needs: 'rollback',
  if: 'always()',
  ...runsOn(10),
  '# Empty is none: an approval must not hold a message back.': '',
  environment: expr('inputs.notify-environment'),
  permissions: READS,
  outputs: { receipts: expr('steps.notify.outputs.receipts') },
  env: channelsEnv(),
  steps: [
    checkout(),
    ...tell({
      name: 'Tell every channel, marked as a drill',
      with: {
        mode: 'drill',
        event: 'drill',
        severity: expr("needs.rollback.outputs.rollback == 'passed' && 'info' || 'warning'"),
        fields: `Rollback: ${expr("needs.rollback.outputs.rollback || 'failed'")}`,
        require: 'all',
        needs: expr('toJSON(needs)'),
        locale: expr('inputs.locale'),
      },
    }),
  ],
});

const JUDGE = `set -euo pipefail
failed=0
check() {
  if [ "$2" = "$3" ]; then mark="✅"; else mark="❌"; failed=1; fi
  echo "| $mark | $1 | \\\`$2\\\` |" >>"$GITHUB_STEP_SUMMARY"
}
printf '### The way back\\n\\n| | What must hold | What was |\\n| --- | --- | --- |\\n' >>"$GITHUB_STEP_SUMMARY"
check "the release made to fail is refused by the gate" "$SICK" DEPLOY_UNHEALTHY
check "and is marked bad" "$SICK_STATE" bad
check "while the good one serves on" "$SICK_SERVING" "$GOOD"
check "a second release takes the traffic" "$SECOND_SERVING" "$SECOND"
check "and after the rollback the good one serves again" "$BACK" "$GOOD"
echo "Switched back in \${SWITCH_MS:-?} ms." >>"$GITHUB_STEP_SUMMARY"
if [ "$failed" = 0 ] && [ -n "$GOOD" ]; then
  echo "rollback=passed" >>"$GITHUB_OUTPUT"
else
  echo "rollback=failed" >>"$GITHUB_OUTPUT"
  echo "::error::DRILL_FAILED: the way back does not hold; the summary says where"
  exit 1
fi
`;
