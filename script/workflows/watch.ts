import { type NodeMap, Noted } from './emit.ts';
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

const JOB = 'Look at ${{ inputs.app }} in ${{ inputs.environment }}';

export const watchJob = (): NodeMap => ({
  '# The run before is asked how the job of this name ended, so it names the app.': '',
  name: JOB,
  ...runsOn(30),
  environment: { name: expr('inputs.environment') },
  concurrency: {
    group: `seatrial-watch-${expr('inputs.app')}-${expr('inputs.environment')}-${expr('toJSON(inputs.hosts)')}`,
    'cancel-in-progress': false,
  },
  permissions: {
    ...READS,
    actions: new Noted('read', 'to learn how the run before ended, so that an alert is told once'),
  },
  outputs: {
    image: expr('steps.status.outputs.image'),
    release: expr('steps.status.outputs.release'),
    state: expr('steps.status.outputs.state'),
    scheduled: expr('steps.status.outputs.scheduled'),
    serving: expr('steps.status.outputs.serving'),
    verdict: expr('steps.verify.outputs.verdict'),
    evidence: expr('steps.artifact.outputs.artifact-url'),
    receipts: expr('steps.notify.outputs.receipts'),
  },
  env: channelsEnv(),
  steps: [
    checkout(),
    {
      name: 'See what serves',
      id: 'status',
      uses: '$/action-deploy',
      with: { command: 'status', ...where, ...connectionOf('deploy') },
    },
    {
      name: 'Look at it',
      id: 'verify',
      'continue-on-error': new Noted(true, 'the verdict is told first, and then decides the job'),
      uses: '$/action-verify',
      env: weakDefaults({ duration: '60s', thresholds: 'error-rate <= 5%' }),
      with: {
        mode: 'watch',
        deployment: expr('steps.status.outputs.deployment'),
        ...handOn('verify', ['verify']),
        ...connectionOf('verify'),
      },
    },
    {
      name: 'Compare with the look before',
      id: 'change',
      if: 'always()',
      shell: 'bash',
      env: {
        GH_TOKEN: expr('github.token'),
        JOB,
        VERDICT: expr('steps.verify.outputs.verdict'),
        CHECKS: expr('steps.verify.outputs.checks'),
      },
      run: COMPARE,
    },
    ...evidence('watch', ['verify.outputs.report', 'verify.outputs.evidence']),
    ...tell({
      '# The next run looks for this step by its name.': '',
      if: "always() && steps.change.outputs.event != ''",
      with: {
        event: expr('steps.change.outputs.event'),
        severity: expr("steps.change.outputs.event == 'alert' && 'critical' || 'info'"),
        deployment: expr('steps.status.outputs.deployment'),
        verdict: expr('steps.verify.outputs.verdict'),
        customers: expr('steps.verify.outputs.customers'),
        reason: expr('steps.verify.outputs.reason || steps.status.outputs.error-code'),
        'report-url': expr('steps.artifact.outputs.artifact-url'),
        locale: expr('inputs.locale'),
        'rollback-url': expr('inputs.rollback-url'),
        mentions: expr("steps.change.outputs.event == 'alert' && inputs.mentions || ''"),
      },
    }),
    {
      name: 'End as it was',
      if: 'always()',
      shell: 'bash',
      env: { VERDICT: expr('steps.verify.outputs.verdict'), END: expr('steps.change.outputs.end') },
      run: END,
    },
  ],
});

/** A job of its own: how the look's job ended is the memory of the next look. */
export const scaleJob = (): NodeMap => ({
  name: 'As many as the schedule says',
  needs: 'watch',
  '# Only where seatrial.yml has lines of scale. A bad look is no reason to keep too few.': '',
  if: "always() && needs.watch.outputs.scheduled == 'true' && needs.watch.outputs.serving != ''",
  ...runsOn(30),
  environment: { name: expr('inputs.environment') },
  concurrency: group('-scale'),
  permissions: READS,
  steps: [
    checkout(),
    {
      name: 'Scale',
      id: 'scale',
      uses: '$/action-deploy',
      env: weakDefaults({ 'lock-wait': '5m' }),
      with: {
        command: 'scale',
        scheduled: 'true',
        ...where,
        '# For containers that are made anew.': '',
        ...appSecrets(),
        ...login(),
        ...connectionOf('deploy'),
      },
    },
  ],
});

const COMPARE = `set -euo pipefail
# How this job ended in the run before is the memory. Where GitHub refuses to say, an alert is told rather than lost.
api() { # the token by a pipe, where no list of processes shows it
  printf 'header = "Authorization: Bearer %s"\\n' "$GH_TOKEN" |
    curl --config - --silent --fail --max-time 20 --retry 2 --header 'Accept: application/vnd.github+json' \\
      --header 'X-GitHub-Api-Version: 2022-11-28' "$GITHUB_API_URL/repos/$GITHUB_REPOSITORY/actions/$1"
}
ended() { # its conclusion in a run, and its step Tell's; nothing when it was not there, or was cut short
  api "$1/jobs?per_page=100" | jq --raw-output --arg job "$JOB" '
    [.jobs[] | select(.name == $job or (.name | endswith(" / " + $job)))
      | select(.conclusion == "success" or .conclusion == "failure")][0] // empty
      | "\\(.conclusion) \\([.steps[]? | select(.name == "Tell") | .conclusion][0] // "skipped")"'
}
look() {
  local found workflow runs run conclusion
  if [ "\${GITHUB_RUN_ATTEMPT:-1}" -gt 1 ]; then
    found=$(ended "runs/$GITHUB_RUN_ID/attempts/$((GITHUB_RUN_ATTEMPT - 1))") || found=
    if [ -n "$found" ]; then echo "$found"; return; fi
  fi
  workflow=$(api "runs/$GITHUB_RUN_ID" | jq .workflow_id) || return 1
  runs=$(api "workflows/$workflow/runs?status=completed&per_page=10" |
    jq --raw-output '.workflow_runs[] | "\\(.id) \\(.conclusion)"') || return 1
  while read -r run conclusion; do
    case "$conclusion" in success|failure) ;; *) continue ;; esac
    # Without its jobs the run as a whole must do.
    found=$(ended "runs/$run") || found="$conclusion skipped"
    if [ -n "$found" ]; then echo "$found"; return; fi
  done <<<"$runs"
  echo none
}
before=unknown told= well=false
if command -v curl >/dev/null && command -v jq >/dev/null; then
  read -r before told <<<"$(look || echo unknown)"
  # A short look seldom proves all that a release must; it is well when every threshold was shown to hold.
  well=$(jq 'map(select(.gate | startswith("threshold"))) | length > 0 and all(.state == "pass")' <<<"\${CHECKS:-[]}")
fi
event= end=good
case "$VERDICT-$well" in
  pass-*|inconclusive-true) if [ "$before" = failure ]; then event=recovered; fi ;;
  # Too little was seen to say anything: what was so stays so.
  inconclusive-*) if [ "$before" = failure ]; then end=bad; fi ;;
  *)
    end=bad
    # An alert that nobody got is told again.
    if [ "$before" != failure ] || [ "$told" = failure ]; then event=alert; fi
    ;;
esac
echo "end=$end" >>"$GITHUB_OUTPUT"
echo "event=$event" >>"$GITHUB_OUTPUT"
echo "The look before ended as $before; this one says \${VERDICT:-nothing}."
`;

const END = `set -euo pipefail
if [ "$END" = good ]; then exit 0; fi
if [ "$VERDICT" = inconclusive ]; then
  echo "::error::VERDICT_INCONCLUSIVE: the look before was bad, and this one saw too little to say that it is over"
fi
exit 1
`;
