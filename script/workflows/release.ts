import type { ActionName } from '../../src/lib/config.ts';
import { Folded, type NodeMap, Noted } from './emit.ts';
import {
  appSecrets,
  buildSecrets,
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
  where,
} from './parts.ts';

// The jobs of build.yml, deploy.yml and ship.yml, which is both. ship.yml holds the jobs themselves and does not call the
// other two: a job is then named and judged as it is, and a caller of a caller is still within GitHub's ten levels.

/** Without `permissions:` a job has what its caller grants: the one way to use `packages: write` where it is granted. */
export const CALLERS = {
  '# No permissions here or at the top: the job has what its caller grants, which may be packages: write.': '',
  '# zizmor: ignore[excessive-permissions] a workflow that names packages: write could not be called without granting it':
    '',
};

export const buildJob = (used: readonly ActionName[]): NodeMap => ({
  name: 'Build and scan',
  ...CALLERS,
  ...runsOn(60),
  outputs: {
    image: expr('steps.build.outputs.image'),
    digest: expr('steps.build.outputs.digest'),
    tags: expr('steps.build.outputs.tags'),
    version: expr('steps.build.outputs.version'),
    blocked: expr('steps.build.outputs.blocked'),
    vulnerabilities: expr('steps.build.outputs.vulnerabilities'),
    evidence: expr('steps.artifact.outputs.artifact-url'),
    'error-code': expr('steps.build.outputs.error-code'),
  },
  steps: [
    checkout(),
    {
      name: 'Build, scan, push what passed',
      id: 'build',
      uses: '$/action-build',
      with: {
        image: expr('inputs.image'),
        ...handOn('build', used),
        ...buildSecrets(),
        ...login('inputs.image'),
      },
    },
    ...evidence('build', ['build.outputs.report', 'build.outputs.sarif', 'build.outputs.sbom'], { hosts: false }),
  ],
});

/** A job that only reads the checkout. */
export const READS: NodeMap = { contents: new Noted('read', 'to read seatrial.yml') };

/** Inputs of action-verify that mean nothing to a measurement of the old release. */
const JUDGES_ONLY = ['warm-up', 'alpha', 'beta', 'baseline', 'thresholds', 'on-error'];

/** The deploy job: `image` is the expression for what it deploys. */
export const deployJob = (used: readonly ActionName[], image: string, needs?: string): NodeMap => ({
  name: 'Deploy and verify',
  ...(needs ? { needs } : {}),
  ...CALLERS,
  ...runsOn(90),
  environment: { name: expr('inputs.environment'), url: expr('inputs.url') },
  concurrency: {
    '# One release at a time for an app on its hosts; a deploy is never cancelled by the next.': '',
    ...group(),
  },
  outputs: {
    release: expr('steps.deploy.outputs.release'),
    'previous-release': expr('steps.deploy.outputs.previous-release'),
    image: expr('steps.deploy.outputs.image'),
    '# The last command that ran knows best what serves.': '',
    serving: expr('steps.rollback.outputs.serving || steps.promote.outputs.serving || steps.deploy.outputs.serving'),
    state: expr('steps.end.outputs.state'),
    'rolled-back': expr('steps.end.outputs.rolled-back'),
    '# It tells of the releases it names when they were made and of which commit.': '',
    deployment: expr(
      'steps.rollback.outputs.deployment || steps.promote.outputs.deployment || steps.deploy.outputs.deployment',
    ),
    verdict: expr('steps.verify.outputs.verdict'),
    customers: expr('steps.end.outputs.customers'),
    reason: expr('steps.verify.outputs.reason'),
    evidence: expr('steps.artifact.outputs.artifact-url'),
    'error-code': expr('steps.end.outputs.error-code'),
  },
  steps: [
    checkout(),
    ...(needs
      ? [
          {
            name: 'Refuse an image that was withheld',
            id: 'withheld',
            if: `${image} == ''`,
            shell: 'bash',
            run: [
              'echo "::error::OUTPUT_WITHHELD: the image was built, but GitHub withholds an output that contains a secret. Is REGISTRY_USERNAME part of its name? Pass the user as the input username instead."',
              'exit 1',
              '',
            ].join('\n'),
          },
        ]
      : []),
    {
      name: 'See what serves',
      id: 'before',
      '# An app that is down must not stand in the way of the release that mends it; what else is wrong the deploy says too.':
        '',
      'continue-on-error': true,
      uses: '$/action-deploy',
      with: { command: 'status', ...where, ...connectionOf('deploy') },
    },
    {
      name: 'Measure the old release, to compare with',
      id: 'baseline',
      if: "steps.before.outputs.serving != ''",
      '# An old release that is unwell must not stand in the way of the one that mends it.': '',
      'continue-on-error': true,
      uses: '$/action-verify',
      with: {
        mode: 'baseline',
        'fail-on': 'none',
        deployment: expr('steps.before.outputs.deployment'),
        ...handOn('verify', used, JUDGES_ONLY),
        duration: expr('inputs.baseline-duration || inputs.duration'),
        ...connectionOf('verify'),
      },
    },
    {
      name: 'Deploy, keeping the old release warm',
      id: 'deploy',
      uses: '$/action-deploy',
      with: {
        command: 'deploy',
        ...where,
        image: expr(image),
        ...handOn('deploy', used),
        reason: expr('inputs.reason'),
        promote: 'manual',
        ...appSecrets(),
        ...login('inputs.image'),
        ...connectionOf('deploy'),
      },
    },
    {
      name: 'Judge the new release against the old',
      id: 'verify',
      if: "steps.deploy.outputs.state == 'pending'",
      '# The verdict decides below; a failing step here would skip the way back.': '',
      'continue-on-error': true,
      uses: '$/action-verify',
      with: {
        mode: 'verify',
        deployment: expr('steps.deploy.outputs.deployment'),
        'baseline-file': expr('steps.baseline.outputs.baseline-file'),
        ...handOn('verify', used),
        'on-inconclusive': expr(
          "inputs.on-inconclusive == 'promote' && 'warn' || inputs.on-inconclusive == 'rollback' && 'fail' || inputs.on-inconclusive",
        ),
        ...connectionOf('verify'),
      },
    },
    {
      name: 'Promote',
      id: 'promote',
      '# Inconclusive is good enough unless on-inconclusive, here or in seatrial.yml, made it a failure of the step above.':
        '',
      if: new Folded(
        "steps.deploy.outputs.state == 'pending' && (steps.verify.outputs.verdict == 'pass' ||",
        "(steps.verify.outputs.verdict == 'inconclusive' && steps.verify.outcome == 'success'))",
      ),
      uses: '$/action-deploy',
      with: { command: 'promote', ...where, ...connectionOf('deploy') },
    },
    {
      name: 'Roll back',
      id: 'rollback',
      '# Also when the job was cancelled while the release waited for its verdict.': '',
      if: "always() && steps.deploy.outputs.state == 'pending' && steps.promote.outcome != 'success'",
      uses: '$/action-deploy',
      with: {
        command: 'rollback',
        ...where,
        reason: expr("steps.verify.outputs.reason || 'the run ended before there was a verdict'"),
        '# Only for a container that has to be made anew.': '',
        ...appSecrets(),
        ...login('inputs.image'),
        ...connectionOf('deploy'),
      },
    },
    {
      name: 'Say how it ended',
      id: 'end',
      if: 'always()',
      shell: 'bash',
      env: {
        DEPLOY: expr('steps.deploy.outputs.state'),
        DEPLOYED: expr('steps.deploy.outcome'),
        DEPLOY_ROLLED_BACK: expr('steps.deploy.outputs.rolled-back'),
        DEPLOY_ERROR: expr('steps.deploy.outputs.error-code'),
        PROMOTED: expr('steps.promote.outcome'),
        PROMOTE_ERROR: expr('steps.promote.outputs.error-code'),
        ROLLED_BACK: expr('steps.rollback.outcome'),
        ROLLBACK_ERROR: expr('steps.rollback.outputs.error-code'),
        VERDICT: expr('steps.verify.outputs.verdict'),
        VERIFY_ERROR: expr('steps.verify.outputs.error-code'),
        DEPLOY_MET: expr('steps.deploy.outputs.customers'),
        VERIFY_MET: expr('steps.verify.outputs.customers'),
        PROMOTE_MET: expr('steps.promote.outputs.customers'),
        ROLLBACK_MET: expr('steps.rollback.outputs.customers'),
        JOB: expr('job.status'),
        ...(needs ? { WITHHELD: expr('steps.withheld.outcome') } : {}),
      },
      run: END,
    },
    ...evidence('verify', [
      'verify.outputs.report',
      'verify.outputs.evidence',
      'verify.outputs.baseline-file',
      'baseline.outputs.baseline-file',
    ]),
  ],
});

const END = `set -euo pipefail
state=$DEPLOY
rolled_back=\${DEPLOY_ROLLED_BACK:-false}
code=$DEPLOY_ERROR
# Cancelled or refused before its turn: nothing was touched.
if [ -z "$state" ] && [ "$DEPLOYED" = skipped ]; then state=unchanged; fi
if [ "$PROMOTED" = success ]; then state=good; fi
if [ "$ROLLED_BACK" = success ]; then
  state=rolled-back
  rolled_back=true
  # Why it was taken back: the promotion broke, the verdict was against it, or there was none.
  if [ "$PROMOTED" = failure ]; then
    code=$PROMOTE_ERROR
  elif [ -n "$VERDICT" ]; then
    code=\${VERIFY_ERROR:-VERDICT_\${VERDICT^^}}
  else
    code=\${VERIFY_ERROR:-CANCELLED}
  fi
elif [ "$ROLLED_BACK" = failure ]; then
  code=$ROLLBACK_ERROR
fi
if [ -z "$code" ] && [ "$JOB" = cancelled ]; then code=CANCELLED; fi
if [ "\${WITHHELD:-}" = failure ]; then code=OUTPUT_WITHHELD; fi
# What customers met: counted while deploy and promotion watched and while verify looked, and the gaps of the way there and back.
all=$DEPLOY_MET$VERIFY_MET$PROMOTE_MET$ROLLBACK_MET
figure() { # of a name, in all together
  local sum=0 met
  for met in "$DEPLOY_MET" "$VERIFY_MET" "$PROMOTE_MET" "$ROLLBACK_MET"; do
    if [[ $met =~ \\"$1\\":([0-9]+) ]]; then sum=$((sum + BASH_REMATCH[1])); fi
  done
  echo "$sum"
}
customers=
for name in requests lost seconds gap; do # what nobody measured is left out
  if [[ $all == *"\\"$name\\":"* ]]; then
    customers="$customers\${customers:+,}\\"$name\\":$(figure "$name")"
  fi
done
if [ -n "$customers" ]; then customers="{$customers}"; fi
{
  echo "state=$state"
  echo "customers=$customers"
  echo "rolled-back=$rolled_back"
  echo "error-code=$code"
} >>"$GITHUB_OUTPUT"
case "$state" in
  good) ;;
  unchanged) if [ -n "$code" ]; then exit 1; fi ;;
  rolled-back) echo "::error::$code: the new release was rolled back (verdict: \${VERDICT:-none})"; exit 1 ;;
  *) exit 1 ;;
esac
`;

/** Tells how it ended, whatever happened. `needs` are the jobs before. */
export function notifyJob(needs: readonly ('build' | 'deploy')[]): NodeMap {
  const ships = needs.includes('deploy');
  const builds = needs.includes('build');
  const ran = "needs.deploy.result != 'skipped'";
  const facts: NodeMap = ships
    ? {
        '# A release that never had traffic failed; only one that had is rolled back.': '',
        event: new Folded(
          "${{ needs.deploy.result == 'success' && 'success' ||",
          "needs.deploy.outputs.rolled-back == 'true' && 'rollback' || 'failure' }}",
        ),
        '# What never reached production alarms nobody about production.': '',
        severity: expr("needs.deploy.result == 'failure' && 'critical' || ''"),
        '# A deploy that was skipped has nothing to tell.': '',
        deployment: expr(`${ran} && needs.deploy.outputs.deployment || ''`),
        verdict: expr(`${ran} && needs.deploy.outputs.verdict || ''`),
        customers: expr(`${ran} && needs.deploy.outputs.customers || ''`),
        '# After a rollback the deployment is about what serves again; the message is about what was taken back.': '',
        version: expr(`${ran} && needs.deploy.outputs.release${builds ? ' || needs.build.outputs.version' : ''} || ''`),
        reason: new Folded(
          `\${{ ${ran} && (needs.deploy.outputs.reason || needs.deploy.outputs.error-code) ||`,
          `${builds ? 'needs.build.outputs.error-code' : "''"} }}`,
        ),
        'report-url': expr(
          `${ran} && needs.deploy.outputs.evidence || ${builds ? 'needs.build.outputs.evidence' : "''"}`,
        ),
        mentions: expr("needs.deploy.result != 'success' && inputs.mentions || ''"),
      }
    : {
        event: 'failure',
        reason: expr('needs.build.outputs.error-code'),
        version: expr('needs.build.outputs.version'),
        'report-url': expr('needs.build.outputs.evidence'),
        mentions: expr('inputs.mentions'),
      };
  return {
    name: 'Tell the channels',
    needs: [...needs],
    if: ships ? 'always() && inputs.notify' : "always() && inputs.notify && needs.build.result != 'success'",
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
          ...facts,
          needs: expr('toJSON(needs)'),
          locale: expr('inputs.locale'),
          'rollback-url': expr('inputs.rollback-url'),
        },
      }),
    ],
  };
}
