import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { schema } from '../../../src/deploy/inputs.ts';
import type { Actions } from '../../../src/lib/actions.ts';
import { SeatrialError } from '../../../src/lib/errors.ts';
import { loadInputs } from '../../../src/lib/inputs.ts';

let workspace: string;
beforeEach(() => {
  workspace = mkdtempSync(join(tmpdir(), 'seatrial-config-'));
});
afterEach(() => rmSync(workspace, { recursive: true, force: true }));

function write(files: Record<string, string>) {
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(workspace, name)), { recursive: true });
    writeFileSync(join(workspace, name), text);
  }
}

/** Reads action-deploy's inputs beside these files; what it warned of, and its error as a person reads it. */
async function load(files: Record<string, string>, inputs: Record<string, string> = {}, env = {}) {
  write(files);
  const warnings: string[] = [];
  const all: Record<string, string> = {
    GITHUB_WORKSPACE: workspace,
    INPUT_COMMAND: 'status',
    INPUT_APP: 'shop',
    ...env,
  };
  for (const [name, value] of Object.entries(inputs)) all[`INPUT_${name.toUpperCase()}`] = value;
  const actions = { env: all, mask: () => undefined, warning: (line: string) => warnings.push(line) };
  const read = loadInputs('deploy', schema, actions as unknown as Actions);
  const [values, error] = await read.then(
    (done) => [done, ''] as const,
    (thrown: unknown) => {
      if (!(thrown instanceof SeatrialError)) throw thrown;
      return [undefined, `${thrown.code}: ${thrown.message}`] as const;
    },
  );
  return { values, error, warnings };
}

describe('an error in seatrial.yml names its place, its key and the nearest key there is', () => {
  it.each([
    [
      'a key no action has',
      'app: shop\nheath-path: /x\n',
      '2:1: no action has an input "heath-path" (heath-path); did you mean "health-path"?',
    ],
    [
      'one with underscores',
      'health_path: /x\n',
      '1:1: no action has an input "health_path" (health_path); did you mean "health-path"?',
    ],
    [
      'a misspelt section',
      'notifi:\n  locale: en\n',
      '1:1: no action has an input "notifi" (notifi); did you mean "notify"?',
    ],
    [
      'a key misspelt in a section',
      'deploy:\n  replicas: 2\n  publsh: 80\n',
      '3:3: action-deploy has no input "publsh" (deploy.publsh); did you mean "publish"?',
    ],
    [
      'a key of another action',
      'build:\n  replicas: 2\n',
      '2:3: action-build has no input "replicas" (build.replicas); it is one of action-deploy.',
    ],
    [
      'one below an environment',
      'environments:\n  production:\n    deploy: { replcas: 2 }\n',
      '3:15: action-deploy has no input "replcas" (environments.production.deploy.replcas); did you mean "replicas"?',
    ],
    [
      'one of another environment',
      'environments:\n  staging: { replcas: 2 }\n',
      '2:14: no action has an input "replcas" (environments.staging.replcas); did you mean "replicas"?',
    ],
    ['a value that is none', 'app: shop\nmemory:\n', '2:1: memory has no value; remove the line or give it one.'],
    [
      'a value of the wrong kind',
      'strategy: bluegreen\n',
      '1:1: strategy: "bluegreen" is not known; choose one of recreate, blue-green, canary.',
    ],
    ['a list for a section', 'deploy: [a]\n', '1:1: deploy must be a map of inputs.'],
    ['a key that stands twice', 'app: a\napp: b\n', '2:1: not valid YAML: Map keys must be unique.'],
    ['broken YAML', 'app: [shop\nport: 1\n', '2:1: not valid YAML: '],
  ])('%s', async (_, text, words) => {
    expect((await load({ 'seatrial.yml': text })).error).toContain(`CONFIG_INVALID: seatrial.yml:${words}`);
  });
  it('in .github too', async () => {
    const { error } = await load({ '.github/seatrial.yml': 'heath-path: /x\n' });
    expect(error).toContain('CONFIG_INVALID: .github/seatrial.yml:1:1: ');
  });
  it('and never quotes a secret', async () => {
    const { error } = await load({ 'seatrial.yml': 'deploy:\n  password: hunter2\n' });
    expect(error).toMatch(/^CONFIG_SECRET: seatrial.yml:2:3: .*"deploy.password"/);
    expect(error).not.toContain('hunter2');
  });
  it('but leaves a mistake in an input to the input', async () => {
    const { error } = await load({ 'seatrial.yml': 'strategy: canary\n' }, { strategy: 'bluegreen' });
    expect(error).toMatch(/^INPUT_INVALID: strategy: /);
  });
  it('and reads through an anchor', async () => {
    const text = 'environments:\n  production: &all { lock-wait: 2m }\n  staging: *all\n';
    const { values } = await load({ 'seatrial.yml': text }, { environment: 'staging' });
    expect(values?.['lock-wait']).toBe(120_000);
  });
});

describe('a default of a workflow', () => {
  const env = { SEATRIAL_DEFAULTS: '{"lock-wait":"1m"}' };
  it('counts where nobody says anything, and gives way to the file and to an input', async () => {
    expect((await load({}, {}, env)).values?.['lock-wait']).toBe(60_000);
    expect((await load({ 'seatrial.yml': 'lock-wait: 2m\n' }, {}, env)).values?.['lock-wait']).toBe(120_000);
    expect((await load({}, { 'lock-wait': '3m' }, env)).values?.['lock-wait']).toBe(180_000);
  });
  it('of an unknown input is refused', async () => {
    expect((await load({}, {}, { SEATRIAL_DEFAULTS: '{"lockwait":"1m"}' })).error).toMatch(
      /^INPUT_UNKNOWN: .*"lockwait"/,
    );
  });
});

describe('a section that nothing reads', () => {
  const sections =
    'environments:\n  production: { lock-wait: 1m }\n  prodction: { lock-wait: 2m }\n  staging: { lock-wait: 3m }\n';
  const caller = (text: string) => ({ '.github/workflows/ship.yml': text });
  const ships = 'uses: seatrial/seatrial/.github/workflows/ship.yml@v1\n';

  it('is told with its place, when no workflow names its environment', async () => {
    const { warnings } = await load({ 'seatrial.yml': sections, ...caller(`${ships}environment: staging\n`) });
    expect(warnings).toEqual([
      'seatrial.yml:3:3: no workflow names the environment "prodction", so its section is never read.',
    ]);
  });
  it('and with what was meant, when this run finds no section of its own', async () => {
    const text = 'environments:\n  prodction: { lock-wait: 2m }\n';
    const { warnings } = await load({ 'seatrial.yml': text, ...caller(ships) });
    expect(warnings).toEqual([
      expect.stringMatching(/^seatrial.yml:2:3: .*this run is about "production", did you mean that\?$/),
    ]);
  });
  it('without workflows to look into only a near miss is told', async () => {
    expect((await load({ 'seatrial.yml': sections })).warnings).toEqual([]);
    const { warnings } = await load({ 'seatrial.yml': sections }, { environment: 'stagin' });
    expect(warnings).toEqual([
      expect.stringContaining('environment "stagin", which has no section; did you mean "staging"?'),
    ]);
  });
  const picked = readFileSync('examples/workflows/rollback.yml', 'utf8');
  it.each([
    ['the rollback of getting started, which has one picked', picked],
    [
      'a name typed in',
      'on: { workflow_dispatch: { inputs: { where: { type: string } } } }\nenvironment: ${{ inputs.where }}',
    ],
    ['a name made by an expression', 'environment: "${{ vars.WHERE }}"'],
  ])('is told in softer words where a run is told its environment as it begins: %s', async (_, other) => {
    const files = {
      'seatrial.yml':
        'environments:\n  production: { lock-wait: 1m }\n  qa: { lock-wait: 2m }\n  stagin: { lock-wait: 3m }\n',
      ...caller(ships),
      '.github/workflows/other.yml': other,
    };
    expect((await load(files)).warnings).toEqual([
      'seatrial.yml:3:3: no workflow names the environment "qa", so its section is read only by a run that is told that name.',
      'seatrial.yml:4:3: no workflow names the environment "stagin", so its section is read only by a run that is told that name.',
    ]);
    // Its own run reads it, and a workflow that names it, be it in a comment, says that somebody means it.
    expect((await load(files, { environment: 'qa' })).warnings).toHaveLength(1);
    const named = { ...files, ...caller(`# environments to pick: qa, stagin\n${ships}`) };
    expect((await load(named)).warnings).toEqual([]);
  });
  it('names what was meant there too', async () => {
    const text = 'environments:\n  prodction: { lock-wait: 2m }\n';
    const { warnings } = await load({
      'seatrial.yml': text,
      ...caller(ships),
      '.github/workflows/rollback.yml': picked,
    });
    expect(warnings).toEqual([expect.stringMatching(/^seatrial.yml:2:3: .*"production", did you mean that\?$/)]);
  });
  it('is told once a job', async () => {
    const files = { 'seatrial.yml': sections, ...caller(`${ships}environment: staging\n`) };
    const env = { RUNNER_TEMP: mkdtempSync(join(workspace, 'temp-')) };
    expect((await load(files, {}, env)).warnings).toHaveLength(1);
    expect((await load(files, {}, env)).warnings).toHaveLength(0);
  });
});
