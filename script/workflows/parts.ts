import { readFileSync } from 'node:fs';
import type { ActionName } from '../../src/lib/config.ts';
import type { FieldMeta } from '../../src/lib/fields.ts';
import { actions, fieldsOf } from '../actions.ts';
import { Folded, type NodeMap, Noted } from './emit.ts';

export interface Input {
  description: string;
  required?: boolean;
  type?: 'string' | 'boolean';
  default?: string | boolean;
}
export type Inputs = Record<string, Input>;

/** `${{ … }}` around an expression. */
export const expr = (expression: string) => `\${{ ${expression} }}`;

/** What a third-party action is pinned to, as ci.yml and its neighbours write it: Dependabot keeps those. */
export function pin(action: string): Noted {
  for (const file of ['ci', 'scorecard']) {
    const text = readFileSync(`.github/workflows/${file}.yml`, 'utf8');
    const found = new RegExp(`uses: (${action}@[0-9a-f]{40}) # (v\\S+)`).exec(text);
    if (found) return new Noted(found[1]!, found[2]!);
  }
  throw new Error(`no workflow of ours pins ${action}`);
}

/** Inputs whose secret has a name of its own: two actions have an input `secrets`, and a login is the registry's. */
const SECRET_NAMES: Partial<Record<`${ActionName}.${string}`, string>> = {
  'build.secrets': 'BUILD_SECRETS',
  'deploy.secrets': 'APP_SECRETS',
};
/** No secret to the actions, but one to GitHub by the contract. */
const USER = 'REGISTRY_USERNAME';
const LOGIN: Record<string, string> = { username: USER, password: 'REGISTRY_PASSWORD' };

export const secretName = (action: ActionName, input: string): string =>
  SECRET_NAMES[`${action}.${input}`] ?? LOGIN[input] ?? input.toUpperCase().replaceAll('-', '_');

/** How a host is reached: secrets by the contract, whatever the actions say of each. */
const CONNECTION = /^(ssh-|tls-(ca|cert|key)$|kubeconfig$)/;
const isSecret = (name: string, meta: FieldMeta) => Boolean(meta.secret) || name in LOGIN || CONNECTION.test(name);

/** The inputs of an action that hold a secret; what the runner fills in itself is not asked of a caller. */
const secretFields = (action: ActionName): [string, FieldMeta][] =>
  fieldsOf(actions[action]).filter(([name, meta]) => !meta.runnerDefault && isSecret(name, meta));

/** Secrets by which a host is reached. */
export const connectionOf = (action: 'deploy' | 'verify'): NodeMap =>
  Object.fromEntries(
    secretFields(action)
      .filter(([name]) => CONNECTION.test(name))
      .map(([name]) => [name, expr(`secrets.${secretName(action, name)}`)]),
  );
/** Secrets of the app itself: its files, the edge's certificate. */
export const appSecrets = (): NodeMap =>
  Object.fromEntries(
    secretFields('deploy')
      .filter(([name]) => !CONNECTION.test(name) && !(name in LOGIN))
      .map(([name]) => [name, expr(`secrets.${secretName('deploy', name)}`)]),
  );
export const channelSecrets = (): string[] => secretFields('notify').map(([name]) => secretName('notify', name));
const channelInputs = (): NodeMap =>
  Object.fromEntries(secretFields('notify').map(([name]) => [name, expr(`secrets.${secretName('notify', name)}`)]));
export const buildSecrets = (): NodeMap =>
  Object.fromEntries(
    secretFields('build')
      .filter(([name]) => !(name in LOGIN))
      .map(([name]) => [name, expr(`secrets.${secretName('build', name)}`)]),
  );

/**
 * The login of a registry. At ghcr.io the job's own token serves where its caller grants packages, and it is shown to no
 * other registry. `image` is the expression that names the image, where the workflow knows one.
 */
export function login(image?: string): NodeMap {
  // With the slash: ghcr.io.example.com is somebody else.
  const ghcr = image
    ? `startsWith(format('{0}/', inputs.registry || ${image}), 'ghcr.io/')`
    : "inputs.registry == 'ghcr.io'";
  const own = `secrets.REGISTRY_PASSWORD == '' && ${ghcr}`;
  return {
    // Named, so that no registry of seatrial.yml is shown the job's token.
    registry: image ? expr(`inputs.registry || ${own} && 'ghcr.io' || ''`) : expr('inputs.registry'),
    username: expr(`inputs.username || secrets.${USER} || ${own} && github.actor || ''`),
    password: expr(`secrets.REGISTRY_PASSWORD || ${ghcr} && github.token || ''`),
  };
}

/** Names of environment variables that `targets` in seatrial.yml may name for their secrets. */
const TARGET_SECRETS = [1, 2, 3, 4, 5, 6].map((n) => `TARGET_${n}`);

const DESCRIPTIONS: Record<string, string> = {
  [USER]:
    "User of the registry. GitHub withholds outputs that contain a secret's value: where it is part of the image's name, pass it as the input username.",
  REGISTRY_PASSWORD: 'Password or token of the registry; not needed for ghcr.io where the caller grants packages.',
  APP_SECRETS: 'Files below /run/secrets of the app, one NAME=value a line.',
  BUILD_SECRETS: 'Build secrets for RUN --mount=type=secret,id=…, one id=value a line.',
};

/** The declaration of every secret that jobs of these actions use. */
export function declareSecrets(...used: ActionName[]): NodeMap {
  const declared: Record<string, NodeMap> = {};
  for (const action of used) {
    for (const [name, meta] of secretFields(action)) {
      const key = secretName(action, name);
      declared[key] ??= { description: DESCRIPTIONS[key] ?? meta.description, required: false };
    }
  }
  if (used.includes('notify')) {
    for (const name of TARGET_SECRETS) {
      declared[name] = {
        description: `For targets in seatrial.yml, whose secrets are named: webhook: ${name}.`,
        required: false,
      };
    }
  }
  return declared;
}

/** Inputs that a workflow sets itself, hands over as secrets, or leaves to seatrial.yml; the manual lists them. */
const NOT_PASSED: Record<ActionName, readonly string[]> = {
  build: ['image', 'push', 'report-dir'],
  deploy: [
    'command',
    'app',
    'environment',
    'hosts',
    'image',
    'to',
    'reason',
    'dry-run',
    'promote',
    'registry',
    'github-deployment',
    'scale',
    'scale-min',
    'scale-max',
    'scheduled',
  ],
  verify: [
    'mode',
    'deployment',
    'environment',
    'hosts',
    'containers',
    'baseline-file',
    'replay-file',
    'fail-on',
    'on-inconclusive',
    'report-dir',
  ],
  notify: [],
};
/** Of notify's many inputs, those that a caller may want to set for one call. */
const TOLD = ['locale', 'mentions', 'rollback-url'];

/** The inputs of an action that a workflow takes under their own names. New ones of an action are found here by themselves. */
export function passed(action: ActionName): [string, FieldMeta][] {
  return fieldsOf(actions[action]).filter(
    ([name, meta]) =>
      !meta.runnerDefault &&
      !isSecret(name, meta) &&
      !NOT_PASSED[action].includes(name) &&
      (action !== 'notify' || TOLD.includes(name)),
  );
}

/** One name with two meanings can't be one input; seatrial.yml has a section for each action. */
function ambiguous(used: readonly ActionName[]): Set<string> {
  const seen = new Map<string, string>();
  const clash = new Set<string>();
  for (const action of used) {
    for (const [name, { description }] of passed(action)) {
      if (seen.has(name) && seen.get(name) !== description) clash.add(name);
      seen.set(name, description);
    }
  }
  return clash;
}

/** The inputs that a workflow of these actions hands on, declared. */
export function declareInputs(...used: ActionName[]): Inputs {
  const clash = ambiguous(used);
  const inputs: Inputs = {};
  for (const action of used) {
    for (const [name, meta] of passed(action)) {
      if (!clash.has(name)) inputs[name] ??= { description: describe(meta) };
    }
  }
  return inputs;
}
const describe = ({ description, values }: FieldMeta) =>
  `${description.replaceAll('`', '')}${values ? ` One of: ${values.join(', ')}.` : ''}`;

/** `with:` of a step of that action: everything that the workflow (a workflow of `used`) takes for it. */
export const handOn = (action: ActionName, used: readonly ActionName[], except: readonly string[] = []): NodeMap => {
  const clash = ambiguous(used);
  return Object.fromEntries(
    passed(action)
      .filter(([name]) => !clash.has(name) && !except.includes(name))
      .map(([name]) => [name, expr(`inputs.${name}`)]),
  );
};

export const where: NodeMap = {
  app: expr('inputs.app'),
  environment: expr('inputs.environment'),
  hosts: expr('inputs.hosts'),
};

export const APP: Inputs = {
  app: { description: 'Name of the app; containers, lock and history on the hosts bear it.', required: true },
  environment: {
    description:
      "GitHub environment of the job, Seatrial's own name for where this runs, and the section of seatrial.yml that is read.",
    default: 'production',
  },
};
export const HOSTS: Inputs = {
  hosts: { description: "Docker hosts, one a line (unix, tcp or ssh URLs). Empty is the runner's own engine." },
};
export const REGISTRY: Inputs = {
  registry: { description: "Registry to log in to; empty is the image's own." },
  username: { description: 'User of the registry, where it is no secret.' },
};
export const RUNNER: Inputs = {
  runner: {
    description: `Label of the runner, or a JSON list of labels: '["self-hosted", "linux"]'.`,
    default: 'ubuntu-24.04',
  },
};
export const EVIDENCE: Inputs = {
  artifacts: { description: 'Upload reports and evidence as artifacts of the run.', type: 'boolean', default: true },
  'retention-days': { description: "Days the artifacts are kept; empty is the repository's own setting." },
};

/** Top of a job: where it runs, for how long. */
export const runsOn = (minutes: number): NodeMap => ({
  'runs-on': expr("startsWith(inputs.runner, '[') && fromJSON(inputs.runner) || inputs.runner"),
  'timeout-minutes': minutes,
});

export const checkout = (): NodeMap => ({
  name: 'Check out',
  uses: pin('actions/checkout'),
  with: { 'persist-credentials': false },
});

/** Values an action takes only where neither the caller nor seatrial.yml gives one. */
export const weakDefaults = (values: Record<string, string>): NodeMap => ({
  SEATRIAL_DEFAULTS: JSON.stringify(values),
});

/** The hosts are part of the group: regions of one app and environment don't wait for, or displace, each other. */
export const group = (suffix = ''): NodeMap => ({
  group: `seatrial-${expr('inputs.app')}${suffix}-${expr('inputs.environment')}-${expr('toJSON(inputs.hosts)')}`,
  'cancel-in-progress': false,
});

/** Uploads files and says where they lie. `files` are expressions for paths, each of which may be empty. */
export function evidence(kind: string, files: string[], { hosts = true } = {}): NodeMap[] {
  const paths = files.map((file) => `steps.${file}`);
  return [
    {
      name: 'Name the evidence',
      id: 'evidence',
      if: new Folded('always() && inputs.artifacts &&', `(${paths.map((path) => `${path} != ''`).join(' || ')})`),
      shell: 'bash',
      env: {
        KIND: kind,
        ...(kind === 'build'
          ? { APP: expr('inputs.image') }
          : { APP: expr('inputs.app'), ENVIRONMENT: expr('inputs.environment') }),
        ...(hosts ? { HOSTS: expr('inputs.hosts') } : {}),
      },
      run: [
        'set -euo pipefail',
        '# An artifact needs a name of its own in the run, and takes few characters: regions of a matrix differ by their hosts.',
        `sum=$(printf '%s|' "$APP" "\${ENVIRONMENT:-}" "\${HOSTS:-}" | cksum | cut -d' ' -f1)`,
        `name=$(printf '%s' "seatrial-$KIND-\${APP##*/}\${ENVIRONMENT:+-$ENVIRONMENT}" | tr -c 'A-Za-z0-9._-' '-')`,
        'echo "name=$name-$sum" >>"$GITHUB_OUTPUT"',
        '',
      ].join('\n'),
    },
    {
      name: 'Keep the evidence',
      id: 'artifact',
      if: "always() && steps.evidence.outputs.name != ''",
      '# No release fails because an artifact could not be stored.': '',
      'continue-on-error': true,
      uses: pin('actions/upload-artifact'),
      with: {
        name: expr('steps.evidence.outputs.name'),
        path: `${paths.map(expr).join('\n')}\n`,
        'if-no-files-found': 'warn',
        'retention-days': expr('inputs.retention-days'),
        overwrite: true,
      },
    },
    {
      name: 'Link the evidence',
      if: "always() && steps.artifact.outputs.artifact-url != ''",
      shell: 'bash',
      env: { URL: expr('steps.artifact.outputs.artifact-url'), NAME: expr('steps.evidence.outputs.name') },
      run: 'echo "Evidence: [$NAME]($URL)" >>"$GITHUB_STEP_SUMMARY"',
    },
  ];
}

/** The environment of a step that tells: the secrets that `targets` may name. */
const targetEnv = (): NodeMap => Object.fromEntries(TARGET_SECRETS.map((name) => [name, expr(`secrets.${name}`)]));

/** Tells the channels; says as a warning when there was nobody to tell. */
export function tell(step: NodeMap & { name?: string; with: NodeMap }): NodeMap[] {
  const { with: what, name = 'Tell', ...rest } = step;
  return [
    {
      ...rest,
      name,
      id: 'notify',
      uses: '$/action-notify',
      env: {
        '# Without a channel there is nobody to miss, which is told below; with one, somebody must be told.': '',
        SEATRIAL_DEFAULTS: expr(`env.SEATRIAL_CHANNELS == '' && '{"require":"none"}' || '{}'`),
        ...targetEnv(),
      },
      with: { service: expr('inputs.app'), environment: expr('inputs.environment'), ...what, ...channelInputs() },
    },
    {
      name: 'Say that nobody was told',
      if: "always() && steps.notify.outputs.receipts == '[]'",
      shell: 'bash',
      run: 'echo "::warning::NOTIFY_NO_TARGET: nobody was told. No secret of a channel reached this job (such as DINGTALK_WEBHOOK), and seatrial.yml names none; see docs/workflows.md."',
    },
  ];
}
/** Empty when no secret of a channel reached the job; a mark, and no secret, otherwise. */
export function channelsEnv(): NodeMap {
  const names = [...channelSecrets(), ...TARGET_SECRETS].map((name) => `secrets.${name}`);
  const rows: string[] = [];
  for (let at = 0; at < names.length; at += 4) rows.push(names.slice(at, at + 4).join(' || '));
  const lines = rows.map(
    (row, at) => `${at ? '' : '${{ ('}${row}${at < rows.length - 1 ? ' ||' : ") && 'some' || '' }}"}`,
  );
  return { SEATRIAL_CHANNELS: new Folded(...lines) };
}
