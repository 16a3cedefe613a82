import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { APP_IMAGE, buildApp, docker } from '../../support/app.ts';
import { inLab } from '../../support/deploy-lab.ts';
import { NODE_IMAGE } from '../../support/images.ts';
import { Shop } from '../../support/shop.ts';

/*
 * Inputs that projects came with and that once went wrong, as far as no other test of a bundle has them: links, names,
 * proxies in front and crash loops are in compose-kin, slow boots and health checks in small-hosts, large headers in edge-limits.
 */

const WRAPPED = 'seatrial-test/wrapped:1';
const SHELLESS = 'seatrial-test/shell-less:1';

function build(tag: string, files: Record<string, string>): void {
  const folder = mkdtempSync(join(tmpdir(), 'seatrial-image-'));
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text, { mode: 0o755 });
  const env = { ...process.env, DOCKER_BUILDKIT: '0' };
  execFileSync('docker', ['build', '--quiet', '--tag', tag, folder], { env, stdio: 'ignore' });
  rmSync(folder, { recursive: true, force: true });
}

beforeAll(() => {
  buildApp();
  build(WRAPPED, {
    Dockerfile: `FROM ${NODE_IMAGE}\nCOPY entry.sh /entry.sh\nENTRYPOINT ["/entry.sh"]\n`,
    'entry.sh': '#!/bin/sh\nexport DATABASE_URL="postgres://app:$(cat /run/secrets/DB_PASSWORD)@db/app"\nexec "$@"\n',
  });
  build(SHELLESS, { Dockerfile: `FROM ${NODE_IMAGE}\nUSER 0\nRUN rm /bin/sh\n` });
});
afterAll(() => {
  execFileSync('docker', ['rmi', '--force', WRAPPED, SHELLESS], { stdio: 'ignore' });
});

const PEM = '-----BEGIN KEY-----\nMIIB+not=a/key\n-----END KEY-----';
const JSON_KEY = '{\n "type": "service_account"\n}';

describe('an image', () => {
  it('has secrets of several lines, a hook behind its entrypoint, and one without a shell', () =>
    inLab(async (lab) => {
      const one = await lab.deploy('v1', {
        image: WRAPPED,
        secrets: `DB_PASSWORD=correct-horse\nKEY=${PEM}\nGCP=${JSON_KEY}`,
        'pre-deploy': 'test "$DATABASE_URL" = "postgres://app:correct-horse@db/app" && echo it has its address',
      });
      expect(one.errors).toEqual([]);
      expect(one.stdout).toContain('it has its address');
      const [container] = lab.containers().filter(({ role }) => role === 'app');
      const read = (name: string) => docker(['exec', container!.id, 'cat', `/run/secrets/${name}`]);
      expect([read('KEY'), read('GCP')]).toEqual([PEM, JSON_KEY]);

      const bare = { image: SHELLESS, secrets: '' };
      const text = await lab.deploy('v2', { ...bare, 'pre-deploy': 'node -p 6*7' });
      expect([text.outputs['error-code'], text.outputs.state]).toEqual(['HOOK_FAILED', 'bad']);
      expect(text.errors[0]).toContain('JSON list');
      const words = await lab.deploy('v2', { ...bare, 'pre-deploy': '["node","-p","6*7"]' });
      expect(words.errors).toEqual([]);
      expect(words.stdout).toMatch(/^42$/m);
    }));
});

describe('a project', () => {
  it('is read as compose reads it: files, quotes, aliases, profiles, includes, values of several lines', async () => {
    const shop = await Shop.create();
    const write = (name: string, text: string) => writeFileSync(join(shop.folder, name), text);
    try {
      mkdirSync(join(shop.folder, 'part'));
      write(
        'compose.yaml',
        `
x-many: &many { A: "1" }
services:
  web: { image: ${APP_IMAGE}, ports: ["127.0.0.1:${shop.port}:3000"], stop_grace_period: 1s, logging: { driver: none }, pid: "service:db", secrets: [pem], environment: { VERSION: v1, UNHEALTHY: "\${UNHEALTHY:-}", NAME: "\${NAME}", TEXT: "\${TEXT}", PAINT: "\${PAINT}", KEY: "\${PRIVATE_KEY}", PASSED: "\${PASSED}", DB_PASSWORD: "${shop.name}", spring.redis.password: n0body-knows, auth-token: n0body-either, FOLD: "one
      two" } }
  db: { image: ${NODE_IMAGE}, command: [sh, -c, exec sleep 100000], stop_grace_period: 0s }
  extra: { image: ${NODE_IMAGE}, command: [sh, -c, exec sleep 100000], stop_grace_period: 0s, profiles: [more], environment: *many }
secrets: { pem: { environment: PEM } }
${Array.from({ length: 120 }, (_, i) => `x-${i}: *many`).join('\n')}
include: [part/inc.yaml]
`,
      );
      write(
        'part/inc.yaml',
        `services: { inner: { image: ${NODE_IMAGE}, command: [sh, -c, exec sleep 100000], stop_grace_period: 0s, scale: 2 } }`,
      );
      write('prod.yaml', 'services: { web: { mem_limit: 96m } }');
      write(
        'prod.env',
        `NAME="Lin Mei"\nTEXT='hi $USER'\nPAINT=red # the brand\nPRIVATE_KEY="-----BEGIN\nab=cd=\n-----END"\n`,
      );
      const env = {
        COMPOSE_FILE: 'compose.yaml:prod.yaml',
        COMPOSE_PROFILES: 'more',
        PEM,
        PASSED: 'two\nlines',
      };
      const deploy = (more: Record<string, string> = {}) =>
        shop.deploy('v1', { 'compose-file': '', 'env-file': 'prod.env', ...more }, { env });

      const one = await deploy();
      expect(one.errors).toEqual([]);
      const container = `${shop.name}-${one.outputs.release}-1`;
      const has: string[] = JSON.parse(shop.inspect(container, '{{json .Config.Env}}'));
      expect(has).toEqual(
        expect.arrayContaining([
          'NAME=Lin Mei',
          'TEXT=hi $USER',
          'PAINT=red',
          'KEY=-----BEGIN\nab=cd=\n-----END',
          'PASSED=two\nlines',
          'FOLD=one two',
          'spring.redis.password=n0body-knows',
          'auth-token=n0body-either',
        ]),
      );
      expect(docker(['exec', container, 'cat', '/run/secrets/pem'])).toBe(PEM);
      const host = '{{.HostConfig.Memory}} {{.HostConfig.LogConfig.Type}} {{.HostConfig.PidMode}}';
      const db = shop.inspect(shop.idOf('db'), '{{.Id}}');
      expect(shop.inspect(container, host)).toBe(`${96 * 1024 * 1024} none container:${db}`);
      expect(shop.inspect(shop.idOf('extra'), '{{json .Config.Env}}')).toContain('A=1');
      const inner = ['ps', '-q', '--filter', `name=^${shop.name}-inner-`];
      expect(docker(inner).split('\n')).toHaveLength(2);

      // A password that is the app's own name is told of, and hides no name from whoever reads the outputs.
      expect(one.stdout).toMatch(/::warning::The value of DB_PASSWORD is also part of the name/);
      const deployment = JSON.parse(one.outputs.deployment!);
      expect(deployment).toMatchObject({ app: shop.name, hosts: [{ edge: { container: `${shop.name}-edge` } }] });
      expect(one.outputs.deployment).not.toContain('***');

      // Why it failed is said, though its log can't be read.
      const sick = await deploy({ env: 'UNHEALTHY=1', 'deploy-timeout': '2s' });
      expect(sick.errors).toEqual([expect.stringMatching(/^DEPLOY_UNHEALTHY: .*\/healthz answered 500/)]);
      expect([sick.outputs.state, sick.outputs.serving]).toEqual(['bad', one.outputs.release]);
    } finally {
      shop.remove();
    }
  });
});
