import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { docker } from '../../support/app.ts';
import { command } from '../../support/command.ts';
import { Lab } from '../../support/deploy-lab.ts';
import { EDGE_IMAGE, ensureImages, NODE_IMAGE } from '../../support/images.ts';
import { type SecondEngine, startSecondEngine } from '../../support/second-engine.ts';
import { settle } from '../../support/trials.ts';

/*
 * An engine of the test's own that is restarted, crashes, or fails to remove a container while a deploy is under way:
 * a code, an honest last line, and a state that the next run puts in order.
 */

const EMPTY = 'seatrial/empty:1';

// One app serves all: each test finds it served and leaves it so.
let second: SecondEngine;
let lab: Lab;
beforeAll(async () => {
  ensureImages('node', 'edge');
  second = await startSecondEngine([NODE_IMAGE, EDGE_IMAGE]);
  lab = await Lab.on(second);
  expect((await lab.deploy('v1')).errors).toEqual([]);
});
beforeEach(() => lab.proxy.reset());
afterAll(async () => {
  await lab?.close();
  await second?.stop();
});
/** The very next deploy works, of a version that was not there before. */
let turn = 1;
const settled = () => {
  turn += 2;
  return settle(lab, turn);
};

const MOMENTS: [string, RegExp, 'SIGTERM' | 'SIGKILL'][] = [
  ['is restarted while the new release starts', /POST .*\/containers\/[0-9a-f]{64}\/start/, 'SIGTERM'],
  ['crashes in the middle of the switch', /WRITE set server app\/\w1 weight [1-9]/, 'SIGKILL'],
  ['crashes while the history is written', /PUT .*\/archive\?path=%2Fseatrial/, 'SIGKILL'],
  ['is restarted while the new release is watched', /GET .*\/containers\/[0-9a-f]{64}\/json/, 'SIGTERM'],
];
const some = process.env.SEATRIAL_KILL === 'all' ? MOMENTS : MOMENTS.slice(0, 2);

describe('an engine that', () => {
  it.each(some)('%s', async (_, moment, signal) => {
    let down: Promise<void> | undefined;
    lab.proxy.fault = ({ what }) => {
      if (!down && moment.test(what)) down = second.restart(signal);
      return undefined;
    };
    const hurt = await lab.deploy('v2', { watch: '3s' });
    expect(down, 'the moment came').toBeDefined();
    await down;
    lab.proxy.reset();
    expect(hurt.errors).toHaveLength(1);
    // What it says of the traffic was asked of an edge that is gone by now; mostly it could not be asked any more.
    expect(hurt.errors[0]).toMatch(/^(ENGINE_|EDGE_)\w+: .* (is not known|nothing serves|traffic is on \S+)\.$/);
    expect(await settled()).toEqual([]);
  });
});

/** From here on this engine can't remove the container `id`, until `mend` is called. */
function unremovable(id: string): { mend: () => void } {
  const file = `${second.data}/containers/${id}/hostconfig.json`;
  expect(command('chattr', ['+i', file]).status).toBe(0);
  return { mend: () => command('chattr', ['-i', file]) };
}

describe('a lock that the engine fails to remove', () => {
  it('is nobody’s: it is set aside, blocks no deploy, and goes when the engine can', async () => {
    const [H, name] = [second.host, `${lab.app}-lock`];
    const id = docker(['-H', H, 'create', '--name', name, '--label', `io.seatrial.app=${lab.app}`, EMPTY, 'x']);
    const { mend } = unremovable(id);
    try {
      expect(() => docker(['-H', H, 'rm', '-f', id])).toThrow();
      expect(docker(['-H', H, 'inspect', '-f', '{{.State.Status}}', id])).toBe('dead');
      const status = await lab.run('status');
      expect(status.errors).toEqual([]);
      expect(status.stdout).toMatch(/lock: free/);
      const two = await lab.deploy('v2');
      expect(two.errors).toEqual([]);
      expect(two.stdout).toMatch(/::warning::.*dead.*set aside/);
      expect(new Set(await lab.front())).toEqual(new Set(['v2']));
      const back = await lab.run('rollback');
      expect(back.errors).toEqual([]);
      expect(back.stdout).toMatch(/::warning::.*fails to remove .*-lock-dead-/);
    } finally {
      mend();
    }
    expect((await lab.deploy('v3')).errors).toEqual([]);
    expect(lab.containers().filter((c) => c.id === id)).toEqual([]);
  });

  it('is lost to the run that held it, which changes nothing more', async () => {
    const before = await lab.front(1);
    let mend = () => {};
    lab.proxy.fault = ({ what }) => {
      if (!/POST .*\/containers\/[0-9a-f]{64}\/start/.test(what)) return undefined;
      lab.proxy.fault = () => undefined;
      const id = docker(['-H', second.host, 'ps', '-aq', '--no-trunc', '--filter', `name=^/${lab.app}-lock$`]);
      ({ mend } = unremovable(id));
      expect(() => docker(['-H', second.host, 'rm', '-f', id])).toThrow();
      return undefined;
    };
    try {
      const lost = await lab.deploy('v4');
      expect(lost.errors[0]).toMatch(/^LOCK_LOST: .*traffic is on/);
      expect(new Set(await lab.front())).toEqual(new Set(before));
    } finally {
      mend();
    }
    expect(await settled()).toEqual([]);
  });
});
