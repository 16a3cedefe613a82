import { execFileSync } from 'node:child_process';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { readHistory, writeHistory } from '../../../src/deploy/docker/state/store.ts';
import { emptyHistory } from '../../../src/deploy/release/history.ts';
import { parseHost } from '../../../src/lib/docker/address.ts';
import { Engine } from '../../../src/lib/docker/engine.ts';
import { docker, putFile } from '../../support/app.ts';
import { command } from '../../support/command.ts';
import { inLab, Lab } from '../../support/deploy-lab.ts';
import { ENGINE_HOST } from '../../support/engine.ts';
import { ensureImages } from '../../support/images.ts';
import { ownName } from '../../support/run/id.ts';

/*
 * What a run sees of another that is at work or ends at this very moment: an edge being replaced, a history being written.
 * None of it may fail a run, or be told as something it is not. What it sees of a lock: test/unit/deploy/lock.test.ts.
 */

// One app serves all but what needs a first deploy or no edge: each test finds it served and leaves it so.
let lab: Lab;
beforeAll(async () => {
  ensureImages('node', 'edge');
  lab = await Lab.open();
  expect((await lab.deploy('v0')).errors).toEqual([]);
});
afterEach(() => lab.proxy.reset());
afterAll(() => lab?.close());

/** A lock that a run of "somebody" holds. */
function holdLock(app: string): string {
  const labels = { app, environment: 'production', role: 'lock', holder: 'somebody (deploy)', run: '' };
  const args = Object.entries(labels).flatMap(([name, value]) => ['--label', `io.seatrial.${name}=${value}`]);
  const id = docker([
    ...['create', '--name', `${app}-lock`, ...args],
    ...['-v', `${app}-seatrial:/seatrial`, 'seatrial/empty:1', 'x'],
  ]);
  // Longer than a busy machine takes for what is tried meanwhile.
  putFile(id, '/', 'lease', String(Date.now() + 3_600_000));
  return id;
}

it('a history that is being written is read whole through another container', async () => {
  const name = ownName('lab');
  if (command('docker', ['image', 'inspect', 'seatrial/empty:1']).status)
    execFileSync('docker', ['import', '-', 'seatrial/empty:1'], { input: Buffer.alloc(1024), stdio: 'pipe' });
  const [writer, reader] = ['w', 'r'].map((n) =>
    docker(['create', '--name', `${name}-${n}`, '-v', `${name}:/seatrial`, 'seatrial/empty:1', 'x']),
  );
  try {
    const [one, other] = [0, 1].map(() => new Engine(parseHost(ENGINE_HOST)));
    const history = emptyHistory(name, 'production');
    const write = (rev: number) =>
      writeHistory(one!, writer!, { ...history, rev }, [{ name: 'haproxy.cfg', content: '# '.repeat(2000) }]);
    await write(0);
    const seen = new Set<string>();
    let [on, times] = [true, 0];
    const reading = (async () => {
      for (; on; times++) seen.add((await readHistory(other!, reader!, 'production')).kind);
    })();
    // One write, met by a read at any place, and the next when that has ended: nobody writes without end.
    for (let rev = 1; rev < 25; rev++) {
      const before = times;
      await write(rev);
      await Promise.race([
        reading,
        expect.poll(() => times, { timeout: 120_000, interval: 5 }).toBeGreaterThan(before),
      ]);
    }
    on = false;
    await reading;
    expect([...seen]).toEqual(['found']);
  } finally {
    docker(['rm', '-f', writer!, reader!]);
    docker(['volume', 'rm', name]);
  }
});

describe('a status beside a run that is at work', () => {
  it.each([
    ['reads the history through it', /GET .*\/archive\?path=%2Fseatrial%2Fhistory/],
    ['asks it who serves', /POST .*\/exec/],
  ])('has its edge taken away while it %s, and tells the truth', async (_, moment) => {
    const next = await lab.deploy('v3');
    expect(next.errors).toEqual([]);
    let done = false;
    lab.proxy.fault = ({ what }) => {
      if (done || !moment.test(what)) return undefined;
      done = true;
      docker(['rm', '-f', `${lab.app}-edge`]);
      return undefined;
    };
    const status = await lab.run('status');
    expect(done).toBe(true);
    expect(status.errors).toEqual([expect.stringMatching(/^EDGE_DOWN: .*no request can reach/)]);
    expect(status.outputs.serving).toBe('');
    expect(status.stdout).toMatch(/nothing serves/);
    expect(status.outputs.history).toBe(next.outputs.history);
    const back = await lab.run('rollback');
    expect(back.outputs).toMatchObject({ state: 'good', serving: next.outputs['previous-release'] });
  });

  it('is told who serves by an edge that was switched between its looks', async () => {
    let other: ReturnType<Lab['deploy']> | undefined;
    lab.proxy.fault = ({ what }) => {
      if (other || !/^WRITE show stat/.test(what)) return undefined;
      other = lab.deploy('v2');
      return { kind: 'hold', until: other };
    };
    const status = await lab.run('status');
    const two = await other!;
    expect(two.errors).toEqual([]);
    expect(status.errors).toEqual([]);
    expect(status.outputs.serving).toBe(two.outputs.release);
    expect(status.stdout).not.toMatch(/nothing serves/);
  });

  it('keeps what it reads through, though a deploy tidies up meanwhile', () =>
    inLab(async (lab) => {
      const alone = { edge: 'none', strategy: 'recreate' };
      expect((await lab.deploy('v1', alone)).errors).toEqual([]);
      lab.proxy.reset();
      let other: ReturnType<Lab['deploy']> | undefined;
      lab.proxy.fault = ({ what }) => {
        if (other || !/GET .*\/archive\?path=%2Fseatrial%2Fhistory/.test(what)) return undefined;
        other = lab.deploy('v2', alone);
        return { kind: 'hold', until: other };
      };
      const status = await lab.run('status');
      expect((await other!).errors).toEqual([]);
      expect(status.errors).toEqual([]);
      expect(lab.containers().filter((c) => c.role === 'reader' || c.role === 'hook')).toEqual([]);
    }));
});

it('two first deploys at once: the second does not take the first’s edge for a stranger on its port', () =>
  inLab(async (lab) => {
    let other: ReturnType<Lab['deploy']> | undefined;
    lab.proxy.fault = ({ what }) => {
      if (other || !/GET .*\/containers\/json(\?$|$|\?(?!.*filters))/.test(what)) return undefined;
      other = lab.deploy('v1');
      return { kind: 'hold', until: other };
    };
    const two = await lab.deploy('v2');
    const one = await other!;
    expect(one.errors).toEqual([]);
    expect(two.errors).toEqual([]);
    expect(two.outputs['previous-release']).toBe(one.outputs.release);
    expect(lab.faults(two)).toEqual([]);
  }));

it('a run that waited in vain tells the history as it is now', async () => {
  expect((await lab.deploy('v1')).errors).toEqual([]);
  let other: ReturnType<Lab['deploy']> | undefined;
  lab.proxy.fault = ({ what }) => {
    if (other || !/containers\/create\?name=\S+-lock&/.test(what)) return undefined;
    other = lab.deploy('v2').then((result) => {
      holdLock(lab.app);
      return result;
    });
    return { kind: 'hold', until: other };
  };
  const late = await lab.deploy('v3');
  const two = await other!;
  expect(late.errors[0]).toMatch(/^LOCK_HELD: /);
  expect(JSON.parse(late.outputs.history!).current).toBe(two.outputs.release);
  expect(late.outputs.serving).toBe(two.outputs.release);
});
