import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { schema } from '../../../src/deploy/inputs.ts';
import type { Actions } from '../../../src/lib/actions.ts';
import { readConfig } from '../../../src/lib/config.ts';
import { SeatrialError } from '../../../src/lib/errors.ts';
import { loadInputs } from '../../../src/lib/inputs.ts';

let workspace: string;
beforeEach(() => {
  workspace = mkdtempSync(join(tmpdir(), 'seatrial-inputs-'));
});
afterEach(() => rmSync(workspace, { recursive: true, force: true }));

/** Reads action-deploy's inputs as its process would, and answers what was masked too. */
async function load(inputs: Record<string, string>, config?: string) {
  if (config !== undefined) writeFileSync(join(workspace, 'seatrial.yml'), config);
  const masked: string[] = [];
  const env: Record<string, string> = { GITHUB_WORKSPACE: workspace };
  for (const [name, value] of Object.entries(inputs)) env[`INPUT_${name.toUpperCase()}`] = value;
  const actions = { env, mask: (secret: string) => masked.push(secret) } as unknown as Actions;
  return { values: await loadInputs('deploy', schema, actions), masked };
}
const refusal = async (inputs: Record<string, string>, config?: string) => {
  const error = await load(inputs, config).then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  expect(error).toBeInstanceOf(SeatrialError);
  return error as SeatrialError;
};
const minimal = { app: 'shop', command: 'status' };

describe('inputs', () => {
  it('are typed, with defaults', async () => {
    const { values } = await load({ ...minimal, 'lock-wait': '2m' });
    expect(values.app).toBe('shop');
    expect(values['lock-wait']).toBe(120_000);
    expect(values.environment).toBe('production');
  });
  it('take underscores too, where a shell knows no hyphens', async () => {
    expect((await load({ ...minimal, lock_wait: '2m' })).values['lock-wait']).toBe(120_000);
  });
  it('refuse a name they do not know, offering the nearest', async () => {
    const error = await refusal({ ...minimal, 'heath-path': '/healthz' });
    expect(error.code).toBe('INPUT_UNKNOWN');
    expect(error.message).toContain('"health-path"');
  });
  it('refuse a wrong unit by name', async () => {
    const error = await refusal({ ...minimal, 'lock-wait': '5 minutes' });
    expect(error.code).toBe('INPUT_INVALID');
    expect(error.message).toMatch(/^lock-wait: .*5 minutes/);
  });
  it('name what is missing', async () => {
    const error = await refusal({ command: 'status' });
    expect(error.code).toBe('INPUT_MISSING');
    expect(error.message).toMatch(/^app /);
  });
  it('mask every secret before anything can fail, each value of a list by itself', async () => {
    const { masked } = await load({
      ...minimal,
      username: 'captain',
      password: 'hunter2x',
      secrets: 'DB=s3cr3t-db\nKEY=s3cr3t-key',
    });
    expect(masked).toEqual(expect.arrayContaining(['hunter2x', 's3cr3t-db', 's3cr3t-key']));
    const kubeconfig = JSON.stringify({ contexts: [{ name: 'prod' }], users: [{ user: { token: 'json-token' } }] });
    expect((await load({ app: 'shop', command: 'status', kubeconfig })).masked).toEqual(['json-token']);
    const path = await load({ app: 'shop', command: 'status', kubeconfig: '/home/me/.kube/config' });
    expect(path.masked).toEqual(['/home/me/.kube/config']);
  });
});

describe('seatrial.yml', () => {
  it('fills what no input gave; the environment wins over the top, an input over both', async () => {
    const config = `
app: shop
lock-wait: 1m
deploy: { keep-releases: 3 }
environments:
  production: { lock-wait: 2m, deploy: { keep-releases: 4 } }
  staging: { lock-wait: 3m }
`;
    const { values } = await load({ command: 'status' }, config);
    expect([values.app, values['lock-wait'], values['keep-releases']]).toEqual(['shop', 120_000, 4]);
    const staging = (await load({ command: 'status', environment: 'staging' }, config)).values;
    expect([staging['lock-wait'], staging['keep-releases']]).toEqual([180_000, 3]);
    expect((await load({ command: 'status', 'lock-wait': '9s' }, config)).values['lock-wait']).toBe(9000);
  });
  it('takes lists and maps for inputs of several lines', async () => {
    const config = 'app: shop\nhosts: [unix:///a.sock, unix:///b.sock]\nenv: { A: 1, B: two }\n';
    const { values } = await load({ command: 'status' }, config);
    expect(values.hosts).toEqual(['unix:///a.sock', 'unix:///b.sock']);
    expect(values.env).toEqual(['A=1', 'B=two']);
  });
  it('takes a list in a map, and a list of maps where an input is YAML itself', async () => {
    const config = 'notify:\n  routes: { critical: [dingtalk, wecom] }\n  targets: [{ name: ops, channel: wecom }]\n';
    writeFileSync(join(workspace, 'seatrial.yml'), config);
    const env = { GITHUB_WORKSPACE: workspace };
    const request = { action: 'notify', mine: ['routes', 'targets'], secrets: [], given: new Map(), env } as const;
    const { routes, targets } = (await readConfig(request)).values;
    expect(routes).toBe('critical=dingtalk, wecom');
    expect(JSON.parse(targets!)).toEqual([{ name: 'ops', channel: 'wecom' }]);
  });
  it.each([
    ['a key no action has', 'app: shop\nheath-path: /x\n', 'CONFIG_INVALID'],
    ['a key of the wrong action in a section', 'app: shop\nbuild: { replicas: 2 }\n', 'CONFIG_INVALID'],
    ['broken YAML', 'app: [shop\n', 'CONFIG_INVALID'],
    ['a secret', 'app: shop\npassword: hunter2\n', 'CONFIG_SECRET'],
  ])('is refused with %s', async (_, config, code) => {
    const error = await refusal({ command: 'status' }, config);
    expect(error.code).toBe(code);
    expect(error.message).not.toContain('hunter2');
  });
});
