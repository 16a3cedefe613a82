import type { ChildProcess } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { eventually } from './daemon.ts';
import { copyImages, dockerOn, doorsOf, plantImages, sh, socketOf, spawnEngine } from './namespace-engine.ts';
import { ownName } from './run/id.ts';
import { started } from './run/scope.ts';

/** One engine of the Swarm, in a network namespace of its own. */
export interface SwarmNode {
  /** The Swarm's id of it: all bear this machine's name. */
  id: string;
  /** Its network namespace. */
  space: string;
  socket: string;
  docker(args: string[]): string;
  /** A unix socket that leads to `port` of this node's loopback, for traffic to what it publishes. */
  door(port: number): Promise<string>;
  /** Its power goes: nothing of it answers any more, and nobody is told. */
  kill(): void;
}

export interface TestSwarm {
  /** The manager is the first. */
  nodes: SwarmNode[];
  stop(): Promise<void>;
}

interface Started extends SwarmNode {
  child: ChildProcess;
  doors: ReturnType<typeof doorsOf>;
  dead: boolean;
}

/**
 * A Docker Swarm of engines of their own on this machine: one manager, the others workers, joined by a bridge in a
 * namespace that is none of theirs (in the machine's own, the main engine's firewall drops what passes). `images` are
 * copied to each from the main engine. Needs root. About 10 s for three on two cores.
 */
export async function startSwarm(images: string[], count: number): Promise<TestSwarm> {
  const lan = ownName('lan');
  const tag = randomBytes(3).toString('hex');
  const folder = mkdtempSync(join(tmpdir(), 'seatrial-swarm-'));
  const nodes: Started[] = [];
  const spaces: string[] = [];
  const stopped = started('a Swarm', () => stop());

  const start = async (n: number): Promise<Started> => {
    const [name, link, at] = [ownName(`node${n}`), `s${n}${tag}`, join(folder, String(n))];
    mkdirSync(at);
    spaces.push(name);
    sh(
      `ip netns add ${name} && ip -n ${lan} link add ${link} type veth peer name e0 netns ${name} && ip -n ${lan} link set ${link} master sbr0 up && ` +
        `ip -n ${name} addr add 10.99.0.1${n}/24 dev e0 && ip -n ${name} link set e0 up && ip -n ${name} link set lo up`,
    );
    const planted = plantImages(images, at);
    const { child, log } = spawnEngine(name, at);
    const [socket, docker, doors] = [socketOf(at), dockerOn(at), doorsOf(name, at)];
    const node: Started = {
      id: '',
      space: name,
      socket,
      docker,
      child,
      doors,
      dead: false,
      door: doors.open,
      kill() {
        node.dead = true;
        const ids = docker(['ps', '-q']).split('\n').filter(Boolean);
        const pids = ids.length ? docker(['inspect', '--format', '{{.State.Pid}}', ...ids]).split('\n') : [];
        // The cable first: what dies must not be able to say so.
        sh(`ip -n ${lan} link set ${link} down`);
        for (const pid of [...sh(`ip netns pids ${name}`).split('\n'), ...pids].filter(Boolean)) {
          try {
            process.kill(Number(pid), 'SIGKILL');
          } catch {
            // it went with another
          }
        }
      },
    };
    nodes.push(node);
    await eventually('dockerd answers', async () => {
      if (child.exitCode !== null) throw new Error(`dockerd ended: ${log()}`);
      return existsSync(socket) ? docker(['version', '--format', 'up']) : undefined;
    });
    if (!planted) copyImages(images, at);
    return node;
  };

  const stop = async () => {
    stopped();
    for (const { doors } of nodes) doors.close();
    for (const { docker, dead } of [...nodes].reverse()) {
      if (dead) continue;
      try {
        docker(['swarm', 'leave', '--force']);
      } catch {
        // it was in none
      }
    }
    await Promise.all(
      nodes.map(async ({ child }) => {
        if (child.exitCode !== null || child.signalCode !== null) return;
        child.kill('SIGTERM');
        await once(child, 'exit');
      }),
    );
    for (const name of spaces) sh(`ip netns del ${name}`);
    sh(`mount | grep -o ' ${folder}[^ ]*' | sort -ru | xargs -r -n1 umount -l || true`);
    rmSync(folder, { recursive: true, force: true });
  };

  try {
    spaces.push(lan);
    sh(`ip netns add ${lan} && ip -n ${lan} link add name sbr0 type bridge && ip -n ${lan} link set sbr0 up`);
    // The others begin with what the first has made of the images.
    const manager = await start(1);
    const workers = await Promise.all(Array.from({ length: count - 1 }, (_, i) => start(i + 2)));
    const all = [manager, ...workers];
    manager.docker(['swarm', 'init', '--advertise-addr', '10.99.0.11']);
    const token = manager.docker(['swarm', 'join-token', '-q', 'worker']);
    for (const [i, { docker }] of workers.entries()) {
      docker(['swarm', 'join', '--token', token, '--advertise-addr', `10.99.0.1${i + 2}`, '10.99.0.11:2377']);
    }
    for (const node of all) node.id = node.docker(['info', '--format', '{{.Swarm.NodeID}}']);
    return { nodes: all, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}
