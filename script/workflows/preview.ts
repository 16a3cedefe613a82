import type { ActionName } from '../../src/lib/config.ts';
import { Folded, type NodeMap } from './emit.ts';
import { appSecrets, checkout, connectionOf, expr, handOn, login, runsOn, weakDefaults } from './parts.ts';
import { buildJob, CALLERS } from './release.ts';

const USED: readonly ActionName[] = ['build', 'deploy'];
/** Of a pull request from this repository; one from a fork has no secrets, and its code must get none. */
const OURS = 'github.event.pull_request.head.repo.full_name == github.repository';

// Previews tell no channel: the pull request is where they are talked about.

/** Where the preview is: under a name and a port of its own, both told by the number of the pull request. */
const name: NodeMap = {
  name: 'Name the preview',
  id: 'name',
  shell: 'bash',
  env: {
    APP: expr('inputs.app'),
    NUMBER: expr('github.event.pull_request.number'),
    FIRST_PORT: expr('inputs.first-port'),
    PUBLISH: expr('inputs.publish'),
    ADDRESS: expr('inputs.url'),
  },
  run: `set -euo pipefail
app=$APP-pr-$NUMBER
if [ "\${#app}" -gt 30 ]; then
  echo "::error::INPUT_INVALID: app: $app has more than 30 letters; give a shorter app"
  exit 1
fi
# Ten thousand ports, one a pull request: two of them meet only when their numbers differ by that much.
port=$((FIRST_PORT + NUMBER % 10000))
fill() { local text=\${1//\\{port\\}/$port}; printf '%s' "\${text//\\{number\\}/$NUMBER}"; }
{
  echo "app=$app"
  echo "publish=$(fill "$PUBLISH")"
  echo "url=$(fill "$ADDRESS")"
} >>"$GITHUB_OUTPUT"
`,
};

/** One call of GitHub's API, for the steps that ask it. */
const API = `api() { # METHOD PATH of the repository; the token by a pipe, where no list of processes shows it
  printf 'header = "Authorization: Bearer %s"\\n' "$GH_TOKEN" |
    curl --config - --silent --show-error --fail --max-time 20 --request "$1" \\
      --header 'Accept: application/vnd.github+json' --header 'X-GitHub-Api-Version: 2022-11-28' \\
      "$GITHUB_API_URL/repos/$GITHUB_REPOSITORY/$2" "\${@:3}"
}
`;

/**
 * A build takes minutes, in which the pull request may be closed, and its removal be over, or get a newer commit. It is
 * asked in the job that holds the preview's turn: what is closed later waits for this job, and removes what it put there.
 */
const wanted: NodeMap = {
  name: 'Ask whether it is still wanted',
  id: 'wanted',
  shell: 'bash',
  env: {
    GH_TOKEN: expr('github.token'),
    NUMBER: expr('github.event.pull_request.number'),
    COMMIT: expr('github.event.pull_request.head.sha'),
  },
  run: `set -euo pipefail
${API}seen=$(api GET "pulls/$NUMBER" | jq --raw-output '"\\(.state) \\(.head.sha)"') || seen=
wanted=false
case "$seen" in
  "open $COMMIT") wanted=true ;;
  closed\\ *) why='the pull request was closed meanwhile' ;;
  open\\ *) why='the pull request has a newer commit, whose own run brings it' ;;
  *)
    wanted=true
    echo "::warning::GITHUB_REFUSED: whether the pull request is still open is not known; the calling job must grant pull-requests: write."
    ;;
esac
if [ "$wanted" = false ]; then
  echo "No preview of \\\`\${COMMIT:0:7}\\\`: $why." >>"$GITHUB_STEP_SUMMARY"
  echo "::notice::No preview of \${COMMIT:0:7}: $why."
fi
echo "wanted=$wanted" >>"$GITHUB_OUTPUT"
`,
};
const isWanted = "steps.wanted.outputs.wanted == 'true'";

/** Keeps one comment on the pull request up to date. A refusal is a warning: the preview is there all the same. */
const comment = (state: 'up' | 'failed' | 'gone', when: string): NodeMap => ({
  name: 'Say so on the pull request',
  if: when,
  shell: 'bash',
  env: {
    GH_TOKEN: expr('github.token'),
    NUMBER: expr('github.event.pull_request.number'),
    COMMIT: expr('github.event.pull_request.head.sha'),
    APP: expr('steps.name.outputs.app'),
    ADDRESS: expr('steps.name.outputs.url'),
    STATE: state,
    ERROR: expr(`steps.${state === 'gone' ? 'remove' : 'deploy'}.outputs.error-code`),
  },
  run: COMMENT,
});

const COMMENT = `set -euo pipefail
mark="<!-- seatrial preview $APP -->"
case "$STATE" in
  up) words="🟢 Preview of \\\`\${COMMIT:0:7}\\\`: \${ADDRESS:-running as \\\`$APP\\\`}" ;;
  failed) words="🔴 The preview of \\\`\${COMMIT:0:7}\\\` did not come up: \\\`\${ERROR:-see the run}\\\`. What was there before is still there." ;;
  gone) words="⚪ The preview was taken away." ;;
esac
run="$GITHUB_SERVER_URL/$GITHUB_REPOSITORY/actions/runs/$GITHUB_RUN_ID"
${API}tell() {
  local body found= page comments
  body=$(jq --null-input --arg body "$mark"$'\\n'"$words · [run]($run)" '{$body}')
  for page in {1..50}; do # of a hundred; nobody reads further
    comments=$(api GET "issues/$NUMBER/comments?per_page=100&page=$page") || return 1
    found=$(jq --arg mark "$mark" 'map(select(.body // "" | startswith($mark)))[0].id // empty' <<<"$comments") || return 1
    if [ -n "$found" ] || [ "$(jq length <<<"$comments")" -lt 100 ]; then break; fi
  done
  if [ -n "$found" ]; then api PATCH "issues/comments/$found" --data "$body" >/dev/null
  else api POST "issues/$NUMBER/comments" --data "$body" >/dev/null; fi
}
echo "$words" >>"$GITHUB_STEP_SUMMARY"
tell || echo "::warning::GITHUB_REFUSED: the comment could not be written; the calling job must grant pull-requests: write."
`;

const concurrency: NodeMap = {
  group: `seatrial-preview-${expr('inputs.app')}-${expr('github.event.pull_request.number')}-${expr('toJSON(inputs.hosts)')}`,
  'cancel-in-progress': false,
};
const there: NodeMap = {
  app: expr('steps.name.outputs.app'),
  environment: expr('inputs.environment'),
  hosts: expr('inputs.hosts'),
};

export const previewJobs = (): NodeMap => ({
  fork: {
    name: 'Say why a fork has none',
    if: `github.event.action != 'closed' && !(${OURS})`,
    ...runsOn(5),
    permissions: {},
    steps: [
      {
        name: 'Say why',
        shell: 'bash',
        run: 'echo "::notice::A pull request from a fork gets no preview: its code would run beside your secrets and on your hosts."',
      },
    ],
  },
  build: { ...buildJob(USED), if: `github.event.action != 'closed' && ${OURS}` },
  preview: {
    name: 'Put it beside',
    needs: 'build',
    ...CALLERS,
    ...runsOn(30),
    environment: { name: expr('inputs.environment'), url: expr(`${isWanted} && steps.name.outputs.url || ''`) },
    concurrency,
    outputs: {
      app: expr('steps.name.outputs.app'),
      url: expr(`${isWanted} && steps.name.outputs.url || ''`),
      release: expr('steps.deploy.outputs.release'),
      serving: expr('steps.deploy.outputs.serving'),
      state: expr('steps.deploy.outputs.state'),
      'error-code': expr('steps.deploy.outputs.error-code'),
    },
    steps: [
      checkout(),
      name,
      wanted,
      {
        name: 'Deploy it under its own name',
        id: 'deploy',
        if: isWanted,
        uses: '$/action-deploy',
        env: weakDefaults({ memory: '256m', 'keep-warm': '0s', 'keep-releases': '2', watch: '5s' }),
        with: {
          command: 'deploy',
          ...there,
          image: expr('needs.build.outputs.image'),
          ...handOn('deploy', USED),
          publish: expr('steps.name.outputs.publish'),
          url: expr('steps.name.outputs.url'),
          ...appSecrets(),
          ...login('inputs.image'),
          ...connectionOf('deploy'),
        },
      },
      comment('up', `success() && ${isWanted}`),
      comment('failed', 'failure()'),
    ],
  },
  remove: {
    name: 'Take it away',
    if: new Folded(`github.event.action == 'closed' &&`, OURS),
    ...CALLERS,
    ...runsOn(15),
    environment: { name: expr('inputs.environment') },
    concurrency,
    steps: [
      checkout(),
      name,
      {
        name: 'Remove the app and all it has',
        id: 'remove',
        uses: '$/action-deploy',
        with: { command: 'remove', force: 'true', ...there, ...connectionOf('deploy') },
      },
      comment('gone', 'success()'),
    ],
  },
});
