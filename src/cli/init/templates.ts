import { VERSION } from '../catalog.ts';
import type { Answers } from './answers.ts';
import { credential, inCapitals, neededSecrets, secretsFor } from './secrets.ts';

/** A file to write, below the repository. */
export interface Planned {
  path: string;
  text: string;
}

export const REPOSITORY = 'seatrial/seatrial';
/** What YAML would read as something else goes in quotes. */
export const quoted = (text: string) =>
  /^[A-Za-z0-9/][A-Za-z0-9./:@_-]*$/.test(text) && !/^\d/.test(text) ? text : `'${text.replaceAll("'", "''")}'`;

/** The call of ship.yml; a compose file of ready images has nothing to build, so deploy.yml alone is called. */
function shipCall({ app, image, hosts, port, publish, healthPath, composeFile, builds }: Answers): string {
  const given = [
    ['image', builds && quoted(image)],
    ['compose-file', composeFile && quoted(composeFile)],
    ['hosts', `|\n${hosts.map((host) => `        ${host}`).join('\n')}`],
    ['port', port && `'${port}'`],
    ['publish', publish && `'${publish}'`],
    ['health-path', quoted(healthPath)],
  ].filter(([, value]) => value);
  return `    uses: ${REPOSITORY}/.github/workflows/${builds ? 'ship' : 'deploy'}.yml@v${VERSION}
    with:
      app: ${quoted(app)}
${given.map(([name, value]) => `      ${name}: ${value}`).join('\n')}
`;
}

export function github(answers: Answers): Planned[] {
  const { app, hosts, builds } = answers;
  const packages = builds ? '  packages: write # for ghcr.io; harmless elsewhere\n' : '';
  const steps = builds ? 'builds, scans, deploys' : 'deploys what the compose file names';
  return [
    {
      path: '.github/workflows/ship.yml',
      text: `# Ships every push to main: ${steps} behind the health gate, verifies, and rolls back by itself.
name: ship
on:
  push:
    branches: [main]
permissions:
  contents: read
${packages}jobs:
  ship:
${shipCall(answers)}    secrets: inherit
`,
    },
    {
      path: '.github/workflows/rollback.yml',
      text: `# The button for 3 am: Actions → rollback → Run workflow. Empty fields mean the last good release.
name: rollback
on:
  workflow_dispatch:
    inputs:
      environment: { description: Where, type: environment, default: production }
      to: { description: 'Release, tag, digest or commit', type: string, default: '' }
      reason: { description: Why, type: string, default: '' }
permissions:
  contents: read
jobs:
  rollback:
    uses: ${REPOSITORY}/.github/workflows/rollback.yml@v${VERSION}
    with:
      app: ${quoted(app)}
      environment: \${{ inputs.environment }}
      hosts: |
${hosts.map((host) => `        ${host}`).join('\n')}
      to: \${{ inputs.to }}
      reason: \${{ inputs.reason }}
    secrets: inherit
`,
    },
  ];
}

/** What `ship` builds, or the compose file of ready images that it deploys without a build. */
const shipped = ({ image, composeFile, builds }: Answers) =>
  builds ? `--image ${image}` : `--compose-file ${composeFile}`;

/** Secrets of a CI's settings reach the command under these names. */
const SECRETS_HINT = `  # Secrets: set SEATRIAL_SSH_KEY, SEATRIAL_SSH_KNOWN_HOSTS, SEATRIAL_USERNAME, SEATRIAL_PASSWORD (of the registry),
  # and those of your channels, such as SEATRIAL_DINGTALK_WEBHOOK, as masked variables of the project.
`;

export function gitlab(answers: Answers, taken: boolean): Planned[] {
  const { app, builds } = answers;
  return [
    {
      // A pipeline that is there stays as it is; it includes ours by a line.
      path: taken ? 'seatrial.gitlab-ci.yml' : '.gitlab-ci.yml',
      text: `# Ships every push to the default branch; the job "rollback" is the button for 3 am.
# Its runner needs Node 24 with npx, and docker with ${builds ? 'buildx for the build' : 'compose'}.
variables:
${SECRETS_HINT}  SEATRIAL_VERSION: '${VERSION}'

ship:
  stage: deploy
  image: node:24
  resource_group: seatrial-${app}-production
  rules:
    - if: $CI_COMMIT_BRANCH == $CI_DEFAULT_BRANCH
  script:
    - npx --yes "seatrial@$SEATRIAL_VERSION" ship --app ${app} --environment production ${shipped(answers)} --json > seatrial.json
  artifacts:
    when: always
    paths: [seatrial.json]

rollback:
  stage: deploy
  image: node:24
  resource_group: seatrial-${app}-production
  rules:
    - if: $CI_COMMIT_BRANCH == $CI_DEFAULT_BRANCH
      when: manual
      allow_failure: true
  script:
    # TO is a release, tag, digest or commit; empty is the last good release.
    - npx --yes "seatrial@$SEATRIAL_VERSION" rollback --app ${app} --environment production \${TO:+--to "$TO"} --reason "\${REASON:-pressed in GitLab}" --json > seatrial.json
  after_script:
    # Whatever happened, the channels are told: by the job's status, and by what the rollback wrote if it came that far.
    - |
      facts="$(node -e '
        let wrote = {};
        try { wrote = JSON.parse(require("fs").readFileSync("seatrial.json", "utf8")); } catch {}
        const { CI_JOB_STATUS: status, REASON: reason } = process.env;
        const result = { success: "success", canceled: "cancelled" }[status] || "failure";
        const outputs = { state: wrote.state, "rolled-back": wrote["rolled-back"] };
        console.log(JSON.stringify({ rollback: { result, outputs } }));
        console.log(wrote.deployment ? JSON.stringify(wrote.deployment) : "");
        console.log(wrote["error-code"] || reason || "");
      ')"
      fact() { printf '%s\\n' "$facts" | sed -n "$1p"; }
    - npx --yes "seatrial@$SEATRIAL_VERSION" notify --event rollback --service ${app} --environment production --needs="$(fact 1)" --deployment="$(fact 2)" --reason="$(fact 3)"
`,
    },
  ];
}

/** Output NAME of the rollback that wrote seatrial.json; empty where it did not come that far. */
const FACT = `fact() { node -e 'let out = {}; try { out = JSON.parse(require("fs").readFileSync("seatrial.json", "utf8")); } catch {} const value = out[process.argv[1]] || ""; console.log(typeof value === "string" ? value : JSON.stringify(value));' "$1"; }`;

/**
 * A credential of Jenkins that is a file reaches a step as a path: it is handed over as one, or read where it is no
 * secret. The lines of a step are printed, so a secret stands in none.
 */
export function jenkins(answers: Answers, taken: boolean): Planned[] {
  const { app } = answers;
  const secrets = neededSecrets(answers);
  const variable = (input: string, lines?: true) =>
    lines ? `${inCapitals(input)}_FILE` : `SEATRIAL_${inCapitals(input)}`;
  const bindings = secrets.map(
    ({ input, lines }) => `    ${variable(input, lines)} = credentials('${credential(input)}')`,
  );
  const reach = secrets
    .filter(({ lines }) => lines)
    .map(({ input, open }) =>
      open ? ` --${input} "$(cat "$${variable(input, true)}")"` : ` --${input}-file "$${variable(input, true)}"`,
    )
    .join('');
  const npx = `npx --yes seatrial@${VERSION}`;
  return [
    {
      path: taken ? 'Jenkinsfile.seatrial' : 'Jenkinsfile',
      text: `// Ships what was checked out; the parameter COMMAND set to rollback is the button for 3 am.
// The agent needs Node 24 with npx, and docker with buildx. Credentials, by id:
${secretsFor(answers)
  .map(([id, words]) => `//   ${id.padEnd(26)} ${words}`)
  .join('\n')}
pipeline {
  agent any
  options { disableConcurrentBuilds(); timestamps() }
  parameters {
    choice(name: 'COMMAND', choices: ['ship', 'rollback'], description: 'What to do')
    string(name: 'TO', defaultValue: '', description: 'Rollback: release, tag, digest or commit; empty is the last good release')
    string(name: 'REASON', defaultValue: '', description: 'Rollback: why')
  }
  environment {
${bindings.join('\n')}
  }
  stages {
    stage('Ship') {
      when { equals expected: 'ship', actual: params.COMMAND }
      steps {
        sh '''
          ${npx} ship --app ${app} --environment production ${shipped(answers)}${reach}
        '''
      }
    }
    stage('Roll back') {
      when { equals expected: 'rollback', actual: params.COMMAND }
      steps {
        sh '''
          status=0
          REASON="\${REASON:-pressed in Jenkins}"
          ${npx} rollback --app ${app} --environment production \${TO:+--to "$TO"} --reason "$REASON"${reach} --json > seatrial.json || status=$?
          # Whatever came of it, the channels are told.
          ${FACT}
          result=$([ $status = 0 ] && echo success || echo failure)
          needs=$(printf '{"rollback":{"result":"%s","outputs":{"state":"%s","rolled-back":"%s"}}}' $result "$(fact state)" "$(fact rolled-back)")
          why="$(fact error-code)"
          ${npx} notify --service ${app} --environment production --needs="$needs" --deployment="$(fact deployment)" --reason="\${why:-$REASON}"
          exit $status
        '''
      }
    }
  }
}
`,
    },
  ];
}

/** Ships only. Gitee Go can't be run here, so the file holds no more than it must; its head says how to roll back. */
export function gitee(answers: Answers): Planned[] {
  const { app } = answers;
  const npx = `npx --yes seatrial@${VERSION}`;
  return [
    {
      path: '.workflow/seatrial.yml',
      text: `# Gitee Go: ships every push to master. Variables of the pipeline, the secret ones masked:
${secretsFor(answers)
  .map(([name, words]) => `#   ${name.padEnd(26)} ${words}`)
  .join('\n')}
# It has no job for a rollback. From any machine that reaches the hosts, with the same variables set:
#   ${npx} rollback --app ${app} --environment production --reason "orders fail"
version: '1.0'
name: seatrial
displayName: Seatrial
triggers:
  trigger: auto
  push:
    branches:
      prefix:
        - master
stages:
  - name: ship
    displayName: Ship
    strategy: naturally
    trigger: auto
    steps:
      - step: build@nodejs
        name: ship
        displayName: Ship
        nodeVersion: 24
        commands:
          - ${npx} ship --app ${app} --environment production ${shipped(answers)}
        notify: []
        strategy:
          retry: '0'
`,
    },
  ];
}
