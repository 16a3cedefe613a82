import { afterAll, beforeAll, expect, it } from 'vitest';
import { buildApp } from '../../support/app.ts';
import { TestApp } from '../../support/deploy.ts';
import { type Sshd, startSshd } from '../../support/sshd.ts';
import { startTraffic } from '../../support/traffic.ts';

let sshd: Sshd;
let app: TestApp;

beforeAll(async () => {
  buildApp();
  sshd = await startSshd();
  app = await TestApp.create();
});
afterAll(async () => {
  app?.remove();
  await sshd?.stop();
});

/** Before the switch and after it. */
const MOMENTS = [/: healthy \(/, /watching/];

it('an ssh connection that breaks off in mid-deploy is told as that; users are served, the next run repairs', async () => {
  const over = { hosts: sshd.host, 'ssh-key': sshd.key, 'ssh-known-hosts': sshd.knownHosts };
  expect((await app.deploy('v0', over)).errors).toEqual([]);
  const traffic = startTraffic(app.url, { rate: 50 });
  for (const moment of MOMENTS) {
    let cut = false;
    const onLine = (line: string) => {
      if (cut || !moment.test(line)) return;
      cut = true;
      sshd.cut();
    };
    const dead = await app.deploy(`cut at ${moment.source}`, { ...over, watch: '60s' }, { onLine });
    expect(dead.errors, moment.source).toEqual([
      expect.stringMatching(/^SSH_LOST: .*what serves there is not known\.$/),
    ]);
    expect(dead.outputs).toMatchObject({ 'error-code': 'SSH_LOST', serving: '' });
    expect((await app.run({ ...over, command: 'unlock', force: 'true' })).errors).toEqual([]);
    const next = await app.deploy('after it', { ...over, force: 'true' });
    expect(next.errors, moment.source).toEqual([]);
    expect(await app.answer()).toBe('after it');
  }
  expect(await traffic.stop()).toMatchObject({ lost: 0, errors5xx: 0 });
});
