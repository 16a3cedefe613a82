import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { APP_IMAGE, buildApp, docker } from '../../support/app.ts';
import { TestApp } from '../../support/deploy.ts';
import { type Registry, startRegistry } from '../../support/registry.ts';

let app: TestApp;
let registry: Registry | undefined;
let name = '';
beforeAll(async () => {
  buildApp();
  app = await TestApp.create();
  registry = await startRegistry();
  name = `${registry.host}/${app.name}:v1`;
  docker(['tag', APP_IMAGE, name]);
  docker(['push', '--quiet', name]);
  docker(['image', 'rm', name]);
});
afterAll(async () => {
  app.remove();
  await registry?.stop();
});

const tags = () =>
  docker(['image', 'ls', '--format', '{{.Tag}}', '--filter', `reference=seatrial/${app.name}`])
    .split('\n')
    .filter(Boolean)
    .sort();

describe('images of releases', () => {
  it('are tagged while they are kept, and a rollback finds them there when registry, name and container are gone', async () => {
    const repository = name.replace(/:v1$/, '');
    const { digest } = await registry!.manifest(app.name, 'v1');
    const image = `${repository}@${digest}`;
    const releases: string[] = [];
    for (const version of ['v1', 'v2', 'v3']) {
      const done = await app.deploy(version, { image, 'keep-releases': '2', 'keep-warm': '0s' });
      expect(done.errors).toEqual([]);
      if (version === 'v1') expect(done.stdout).toMatch(/free disk is not known/);
      releases.push(done.outputs.release!);
    }
    expect(tags()).toEqual(releases.slice(1));
    docker(['rm', '-f', `${app.name}-${releases[1]}-1`]);
    docker(['image', 'rm', image]);
    await registry!.stop();
    registry = undefined;
    const back = await app.run({ command: 'rollback', 'edge-image': 'seatrial.local/edge:2.6' });
    expect(back.errors).toEqual([]);
    expect(back.outputs).toMatchObject({ release: releases[1], image });
    expect(back.stdout).toContain(`kept it as seatrial/${app.name}:${releases[1]}`);
    expect(await app.answer()).toBe('v2');
  });

  it('are not pulled when the disk has clearly too little room, and nothing is changed', async () => {
    const refused = await app.deploy('v4', { 'min-disk': '1000000g' });
    expect(refused.errors[0]).toMatch(/^DISK_FULL: .*are free where Docker keeps its images/);
    expect(refused.outputs).toMatchObject({ 'error-code': 'DISK_FULL', state: 'unchanged' });
    expect(await app.answer()).toBe('v2');
    const off = await app.deploy('v4', { 'min-disk': '0', 'dry-run': 'true' });
    expect(off.errors).toEqual([]);
  });
});
