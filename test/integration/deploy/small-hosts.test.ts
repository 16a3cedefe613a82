import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { docker } from '../../support/app.ts';
import { inLab, Lab } from '../../support/deploy-lab.ts';
import { ensureImages, NODE_IMAGE } from '../../support/images.ts';
import { comes, STARTED } from '../../support/moments.ts';

/** The node image with a HEALTHCHECK of its own, which calls it unhealthy after three seconds. */
const CHECKED = 'seatrial-test/checked:1';

function build(tag: string, dockerfile: string): void {
  const folder = mkdtempSync(join(tmpdir(), 'seatrial-image-'));
  writeFileSync(join(folder, 'Dockerfile'), dockerfile);
  execFileSync('docker', ['build', '--quiet', '--tag', tag, folder], {
    env: { ...process.env, DOCKER_BUILDKIT: '0' },
    stdio: 'ignore',
  });
  rmSync(folder, { recursive: true, force: true });
}

// One app serves all that don't need a first deploy.
let lab: Lab;
beforeAll(async () => {
  ensureImages('node', 'edge');
  build(
    CHECKED,
    `FROM ${NODE_IMAGE}\nHEALTHCHECK --interval=1s CMD wget -q -O /dev/null http://127.0.0.1:8080/healthz\n`,
  );
  lab = await Lab.open();
});
afterAll(async () => {
  await lab?.close();
  execFileSync('docker', ['rmi', '--force', CHECKED], { stdio: 'ignore' });
});

const running = (lab: Lab) =>
  new Set(
    lab
      .containers()
      .filter(({ role, state }) => role === 'app' && state === 'running')
      .map((c) => c.release),
  );
const named = (lab: Lab, role: string) => lab.containers().filter((container) => container.role === role);

/** An app that answers its own name only, and sends everybody else away. */
const PICKY = `node\n-e\nconst http=require('node:http');http.createServer((q,r)=>{const h=q.headers.host;if(h!=='shop.example'){r.statusCode=400;return r.end('Bad Host')}if(q.url==='/healthz'){r.writeHead(302,{location:'/install?error=db'});return r.end()}r.end('v')}).listen(8080)`;

it("the gate's request bears the name an app insists on, and takes the redirect that is said to be well", async () => {
  const { errors } = await lab.deploy('v1', {
    args: PICKY,
    'health-host': 'shop.example',
    'health-status': '302',
  });
  expect(errors).toEqual([]);
});

describe('a boot that takes longer than the check likes', () => {
  it("has until the deadline, in the image's own rhythm, while a cron job prunes what never ran", async () => {
    let pruned = 0;
    const prune = (line: string) => {
      if (!/waiting until it is healthy/.test(line)) return;
      docker(['container', 'prune', '--force', '--filter', `label=io.seatrial.app=${lab.app}`]);
      pruned++;
    };
    const slow = { image: CHECKED, env: 'BOOT=5000', 'health-path': '', 'health-interval': '500ms' };
    const { errors, outputs, stdout } = await lab.deploy('v1', slow, { onLine: prune });
    expect(errors, stdout).toEqual([]);
    expect(pruned).toBe(1);
    expect(stdout).toContain('somebody had removed the lock');
    const app = named(lab, 'app').find(({ release }) => release === outputs.release);
    const check = JSON.parse(docker(['inspect', '--format', '{{json .Config.Healthcheck}}', app!.id])) as object;
    expect(check).toMatchObject({ Interval: 1e9 });
    expect(outputs.state).toBe('good');
    expect(named(lab, 'lock')).toEqual([]);
  });

  it('does not come back to a lock that was taken away by hand', async () => {
    const started = comes(STARTED);
    let [runs, unlocked] = [false, undefined as Promise<unknown> | undefined];
    // The gate's first question waits until somebody has taken the lock away.
    lab.proxy.fault = (call) => {
      runs ||= started(call);
      if (!runs || unlocked || !/^POST .*\/exec$/.test(call.what)) return undefined;
      unlocked = lab.run('unlock', { force: 'true' });
      return { kind: 'hold', until: unlocked };
    };
    const { outputs } = await lab.deploy('v1');
    lab.proxy.reset();
    expect(await unlocked).toMatchObject({ errors: [] });
    expect(outputs['error-code']).toBe('LOCK_LOST');
  });
});

describe('a small host', () => {
  it('never runs three releases, and loses nobody while it scales', async () => {
    expect((await lab.deploy('v2')).errors).toEqual([]);
    expect(running(lab).size).toBe(2);
    const seen: number[] = [];
    const count = (line: string) => {
      if (/waiting until it is healthy/.test(line)) seen.push(running(lab).size);
    };
    const traffic = lab.traffic();
    const third = await lab.deploy('v3', { env: 'BOOT=500' }, { onLine: count });
    expect(third.errors).toEqual([]);
    expect(seen).toEqual([2]);

    const mine = () => named(lab, 'app').filter((c) => c.release === third.outputs.release && c.state === 'running');
    const up = await lab.run('scale', { replicas: '3' });
    expect([up.errors, mine().length]).toEqual([[], 3]);
    const told = JSON.parse(up.outputs.deployment!) as {
      hosts: { slots: { role: string; containers: object[] }[] }[];
    };
    expect(told.hosts[0]!.slots.find(({ role }) => role === 'current')!.containers).toHaveLength(3);
    const down = await lab.run('scale', { replicas: '2' });
    expect([down.errors, mine().length]).toEqual([[], 2]);
    expect(await traffic.stop()).toEqual([]);

    // The next deploy keeps the number; one that names another has that.
    const next = await lab.deploy('v4');
    expect(named(lab, 'app').filter((c) => c.release === next.outputs.release)).toHaveLength(2);
    expect(lab.faults(next)).toEqual([]);
  });

  it('is told of as down, or as without its history, by a status that is red; a deploy mends both', async () => {
    const [edge] = named(lab, 'edge');
    docker(['exec', edge!.id, 'sh', '-c', 'rm /seatrial/history-*']);
    const lost = await lab.run('status');
    expect([lost.exitCode, lost.outputs['error-code']]).toEqual([1, 'HISTORY_LOST']);
    expect(lost.outputs.serving).not.toBe('');
    docker(['stop', '--time', '1', edge!.id]);
    const down = await lab.run('status');
    expect([down.exitCode, down.outputs['error-code'], down.outputs.state]).toEqual([1, 'EDGE_DOWN', 'unchanged']);
    expect((await lab.deploy('v2')).errors).toEqual([]);
    const well = await lab.run('status');
    expect([well.errors, well.outputs.state]).toEqual([[], 'good']);
  });

  it('gives the port of a release without an edge to the edge, and takes it back on the way back', () =>
    inLab(async (lab) => {
      const alone = await lab.deploy('v1', { edge: 'none', strategy: 'recreate' });
      expect(alone.errors).toEqual([]);
      const edged = await lab.deploy('v2');
      expect(edged.errors).toEqual([]);
      expect(new Set(await lab.front())).toEqual(new Set(['v2']));
      const back = await lab.run('rollback', { watch: '0s' });
      expect(back.errors).toEqual([]);
      expect(new Set(await lab.front())).toEqual(new Set(['v1']));
    }));
});
