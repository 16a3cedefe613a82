import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Packed, pack, seatrial } from '../../support/cli.ts';
import { inLab } from '../../support/deploy-lab.ts';
import { ensureImages } from '../../support/images.ts';

let packed: Packed;
beforeAll(() => {
  ensureImages('node', 'edge');
  packed = pack();
});
afterAll(() => packed.remove());

const flags = (inputs: Record<string, string>) => Object.entries(inputs).flatMap(([name, text]) => [`--${name}`, text]);

describe('the packed command', () => {
  it('brings bundles and nothing else: no source, no test, nothing to install or to run at install', () => {
    const strangers = packed.files.filter(
      (path) => !/^dist\/(cli|action-(build|deploy|verify|notify))\/[^/]+\.(js|json|txt)$/.test(path),
    );
    expect(strangers).toEqual(
      ['LICENSE', 'README.md', 'README.zh-CN.md', 'package.json', 'seatrial.schema.json'].sort(),
    );
    const manifest = JSON.parse(readFileSync(join(packed.folder, 'package.json'), 'utf8')) as Record<string, object>;
    expect(manifest.dependencies ?? {}).toEqual({});
    expect(manifest.optionalDependencies ?? {}).toEqual({});
    expect(manifest.peerDependencies ?? {}).toEqual({});
    expect(Object.keys(manifest.scripts ?? {}).filter((name) => /install|prepare|prepack/.test(name))).toEqual([]);
    expect(manifest.bin).toEqual({ seatrial: 'dist/cli/index.js' });
    expect(readFileSync(join(packed.folder, 'dist/cli/index.js'), 'utf8')).toMatch(/^#!\/usr\/bin\/env node\n/);
  });

  it('refuses a mistyped word with a code, in words and as JSON', async () => {
    const { status, stdout, stderr } = await seatrial(packed.folder, ['rolback', '--json']);
    expect([status, stdout]).toEqual([1, '{"error-code":"INPUT_UNKNOWN"}\n']);
    expect(stderr).toContain('did you mean "rollback"?');
  });

  it('examines the channels that only seatrial.yml names, and changes nothing', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'seatrial-cli-'));
    const doctor = () =>
      seatrial(packed.folder, ['doctor', '--app', 'shop', '--hosts', `unix://${folder}/none.sock`], { cwd: folder });
    try {
      const none = await doctor();
      expect(none.stdout).toContain('note  channels: none is set');
      const targets = '    - { name: chat, channel: webhook, url: env:CHAT_HOOK }';
      writeFileSync(
        join(folder, 'seatrial.yml'),
        `notify:\n  alertmanager-url: http://127.0.0.1:1\n  targets:\n${targets}\n`,
      );
      const { status, stdout, stderr } = await doctor();
      expect(stdout).toContain('MEND  channel alertmanager: refused');
      expect(stdout).toContain('MEND  channel chat: refused');
      expect(stdout).not.toContain('none is set');
      expect([status, stderr]).toEqual([1, expect.stringMatching(/^error: ENGINE_UNREACHABLE: /)]);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });

  it("deploys, and prints the action's outputs as one JSON object with progress on stderr", () =>
    inLab(async (lab) => {
      const secret = 'hunter2-is-a-secret';
      const folder = mkdtempSync(join(tmpdir(), 'seatrial-cli-'));
      try {
        const app = ['--app', lab.app, ...lab.hosts.flatMap((host) => ['--hosts', host])];
        writeFileSync(join(folder, 'secrets'), `DB_PASSWORD=${secret}\n`);
        const { env = '', ...inputs } = lab.inputs('v1');
        const words = [
          'deploy',
          ...app,
          ...flags({ ...inputs, env: env.trim() }),
          '--secrets-file',
          'secrets',
          '--json',
        ];
        const first = await seatrial(packed.folder, words, {
          cwd: folder,
          env: {
            GITLAB_CI: 'true',
            GITLAB_USER_LOGIN: 'wang',
            CI_PIPELINE_URL: 'https://gitlab.com/acme/shop/-/pipelines/9',
          },
        });
        expect(first.status, first.stderr).toBe(0);
        const outputs = JSON.parse(first.stdout) as Record<string, unknown>;
        expect(first.stdout.trim().split('\n')).toHaveLength(1);
        expect(outputs).toMatchObject({ state: 'good', 'error-code': '', 'rolled-back': 'false' });
        expect(outputs.deployment).toMatchObject({ app: lab.app, release: outputs.release });
        expect((outputs.history as { releases: object[] }).releases[0]).toMatchObject({
          by: 'wang',
          run: 'https://gitlab.com/acme/shop/-/pipelines/9',
        });
        expect(first.stderr).toContain('has 100% of the traffic');
        expect(first.stdout + first.stderr).not.toContain(secret);
        expect(first.stdout + first.stderr).not.toMatch(/^::/m);

        // The same history, lock and edge as the action's: a team can move between them.
        expect((await lab.deploy('v2', { secrets: `DB_PASSWORD=${secret}` })).errors).toEqual([]);
        const back = await seatrial(packed.folder, [
          'rollback',
          ...app,
          '--reason',
          'pressed',
          '--watch',
          '0s',
          '--json',
        ]);
        expect(back.status, back.stderr).toBe(0);
        expect(JSON.parse(back.stdout)).toMatchObject({ 'rolled-back': 'true', serving: outputs.release });

        // Without --json progress is on stdout, and a failure is one line on stderr.
        const shown = await seatrial(packed.folder, ['status', ...app]);
        expect([shown.status, shown.stdout.includes(String(outputs.release))]).toEqual([0, true]);
        const none = await seatrial(packed.folder, ['promote', ...app]);
        expect([none.status, none.stderr]).toEqual([1, expect.stringMatching(/^error: NOTHING_PENDING: .*\n$/)]);
      } finally {
        rmSync(folder, { recursive: true, force: true });
      }
    }));
});
