import { beforeAll, describe, expect, it } from 'vitest';
import { buildApp, docker, putFile } from '../../support/app.ts';
import { inLab, type Lab } from '../../support/deploy-lab.ts';
import { bundlesOf, FIELD } from '../../support/field.ts';
import { comes, SHIFTED } from '../../support/moments.ts';
import { Shop } from '../../support/shop.ts';
import { startTraffic } from '../../support/traffic.ts';
import { settle } from '../../support/trials.ts';

/*
 * Hosts in the field go on: what earlier bundles wrote on a host (labels, history volume, lock, edge file) is taken over
 * by the present ones, and a workflow that is still pinned to the earlier ones works on the newer host, or refuses with a
 * code before it touches anything. Whoever changes what is kept on a host keeps these tests as they are.
 */

let field: { dist: string };
beforeAll(() => {
  buildApp();
  field = { dist: bundlesOf(FIELD) };
});

interface Listed {
  current: string;
  releases: { release: string; status: string }[];
}
const historyOf = (outputs: Record<string, string>) => JSON.parse(outputs.history!) as Listed;

describe('a host in the field', () => {
  it('is promoted, rolled back, deployed to and pruned by the present bundle, under traffic', () =>
    inLab(async (lab) => {
      const one = await lab.deploy('v1', {}, field);
      expect(one.errors).toEqual([]);
      const traffic = lab.traffic();
      const canary = { promote: 'manual', strategy: 'canary', 'canary-weight': '50%' };
      const two = await lab.deploy('v2', canary, field);
      expect(two.outputs).toMatchObject({ state: 'pending', 'error-code': '' });

      const status = await lab.run('status');
      expect(status.errors).toEqual([]);
      expect(status.outputs).toMatchObject({ state: 'pending', release: two.outputs.release });
      expect(historyOf(status.outputs)).toMatchObject(historyOf(two.outputs) as object);
      expect(status.stdout).not.toMatch(/::warning::|rebuilt/);

      const promoted = await lab.run('promote', { watch: '0s' });
      expect(promoted.errors).toEqual([]);
      expect(promoted.outputs).toMatchObject({ state: 'good', serving: two.outputs.release });
      expect(new Set(await lab.front())).toEqual(new Set(['v2']));
      const back = await lab.run('rollback');
      expect(back.errors).toEqual([]);
      expect(back.outputs).toMatchObject({ state: 'good', release: one.outputs.release });
      expect(new Set(await lab.front())).toEqual(new Set(['v1']));
      const three = await lab.deploy('v3');
      expect(three.errors).toEqual([]);
      expect(three.outputs).toMatchObject({ state: 'good', 'previous-release': one.outputs.release });
      expect(new Set(await lab.front())).toEqual(new Set(['v3']));
      const pruned = await lab.run('prune', { 'keep-releases': '2' });
      expect(pruned.errors).toEqual([]);
      expect(lab.faults(pruned)).toEqual([]);
      expect(historyOf(pruned.outputs).releases.map((r) => r.status)).toEqual(['good', 'rolled-back', 'good']);
      expect(await traffic.stop()).toEqual([]);
    }));

  // Of a deploy there is one release yet, so that the next run is a deploy; of a rollback, two.
  it.each(['deploy', 'rollback'])(
    'with a %s that was killed in the switch is put in order by the present bundle',
    (run) =>
      inLab(async (lab) => {
        expect((await lab.deploy('v1', {}, field)).errors).toEqual([]);
        if (run === 'rollback') expect((await lab.deploy('v2', {}, field)).errors).toEqual([]);
        const traffic = lab.traffic();
        lab.proxy.reset();
        const due = comes(SHIFTED);
        lab.proxy.fault = (call) => (due(call) ? { kind: 'kill', when: 'after' } : undefined);
        const killed = run === 'deploy' ? lab.deploy('v3', {}, field) : lab.run('rollback', {}, field);
        expect((await killed).signal).toBe('SIGKILL');
        lab.proxy.reset();
        const lease = (untilMs: number) =>
          putFile(docker(['ps', '-aq', '--filter', `name=^/${lab.app}-lock$`]), '/', 'lease', String(untilMs));
        lease(Date.now() + 3_600_000);
        const held = await lab.deploy('v4');
        expect(held.outputs['error-code']).toBe('LOCK_HELD');
        // When it has run out, nobody has to free it.
        lease(1000);
        expect(await settle(lab, 1, { unlock: false })).toEqual([]);
        expect(await traffic.stop()).toEqual([]);
      }),
  );

  it('with a compose file goes on, its services left alone', async () => {
    const shop = await Shop.create();
    shop.write();
    const one = await shop.deploy('v1', {}, field);
    expect(one.errors).toEqual([]);
    const cache = shop.idOf('cache');
    const traffic = startTraffic(shop.url, { rate: 40 });
    const two = await shop.deploy('v2');
    expect(two.errors).toEqual([]);
    expect(two.outputs).toMatchObject({ state: 'good', 'previous-release': one.outputs.release });
    expect(await shop.answer()).toBe('v2');
    const back = await shop.run({ command: 'rollback' });
    expect(back.errors).toEqual([]);
    expect(back.outputs).toMatchObject({ state: 'good', serving: one.outputs.release });
    expect(await shop.answer()).toBe('v1');
    expect(shop.idOf('cache')).toBe(cache);
    expect(await traffic.stop()).toMatchObject({ lost: 0, errors5xx: 0 });
    shop.remove();
  });

  it('without an edge goes on', () =>
    inLab(async (lab) => {
      const alone = { edge: 'none', strategy: 'recreate' };
      const one = await lab.deploy('v1', alone, field);
      expect(one.errors).toEqual([]);
      const two = await lab.deploy('v2', alone);
      expect(two.errors).toEqual([]);
      expect(two.outputs).toMatchObject({ state: 'good', 'previous-release': one.outputs.release });
      const back = await lab.run('rollback');
      expect(back.errors).toEqual([]);
      expect(back.outputs).toMatchObject({ state: 'good', serving: one.outputs.release });
      expect(new Set(await lab.front())).toEqual(new Set(['v1']));
    }));
});

/** What is there, as the present bundle tells it: a run that refuses must not have changed it. */
async function picture(lab: Lab) {
  const status = await lab.run('status');
  expect(status.errors).toEqual([]);
  const { history, serving, state } = status.outputs;
  const containers = lab.containers().toSorted((a, b) => (a.id < b.id ? -1 : 1));
  return { status, seen: { history, serving, state, containers } };
}

describe('a workflow pinned to the earlier bundle, on a newer host', () => {
  it('works, or refuses with a code before it touches anything', () =>
    inLab(async (lab) => {
      expect((await lab.deploy('v1')).errors).toEqual([]);
      expect((await lab.deploy('v2')).errors).toEqual([]);
      const traffic = lab.traffic();
      const runs: [string, () => ReturnType<Lab['deploy']>][] = [
        ['status', () => lab.run('status', {}, field)],
        ['deploy', () => lab.deploy('v3', {}, field)],
        ['rollback', () => lab.run('rollback', {}, field)],
      ];
      let { seen } = await picture(lab);
      for (const [name, run] of runs) {
        const result = await run();
        const { status: after, seen: now } = await picture(lab);
        if (result.exitCode !== 0) {
          expect(result.outputs['error-code'], name).toMatch(/^(?!INTERNAL$)[A-Z]+(_[A-Z]+)+$/);
          expect(now, name).toEqual(seen);
          continue;
        }
        seen = now;
        const serves = lab.versionOf(result.outputs.serving!);
        expect(new Set(await lab.front()), name).toEqual(new Set([serves]));
        expect(after.outputs, name).toMatchObject({ state: 'good', serving: result.outputs.serving });
        expect(lab.faults(after), name).toEqual([]);
      }
      const next = await lab.deploy('v4');
      expect(next.errors).toEqual([]);
      expect(new Set(await lab.front())).toEqual(new Set(['v4']));
      expect(await traffic.stop()).toEqual([]);
    }));
});
