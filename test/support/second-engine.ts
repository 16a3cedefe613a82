import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { get } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { copyImages, dockerOn, doorsOf, plantImages, sh, socketOf, spawnEngine } from './namespace-engine.ts';
import { ownName } from './run/id.ts';
import { started } from './run/scope.ts';

export interface SecondEngine {
  host: string;
  docker(args: string[]): string;
  /** A unix socket that leads to `port` of this engine's own loopback, for traffic to what it publishes. */
  door(port: number): Promise<string>;
  /** Ends the engine (SIGTERM as its service does it, SIGKILL as a crash) and starts it again on the same data. */
  restart(signal: 'SIGTERM' | 'SIGKILL'): Promise<void>;
  /** Where it keeps its data. */
  data: string;
  stop(): Promise<void>;
}

/** Whether an engine answers; after a kill its socket is there and nobody listens. */
const answers = (socketPath: string) =>
  new Promise<boolean>((done) => {
    const asked = get({ socketPath, path: '/_ping', timeout: 2000 }, (answer) => {
      answer.resume();
      done(answer.statusCode === 200);
    });
    asked.on('error', () => done(false)).on('timeout', () => asked.destroy());
  });

/**
 * A second whole Docker engine on this machine: in a network namespace of its own, where it may have bridges and
 * ports that the first one has too. `images` are copied from the first. Needs root.
 */
export async function startSecondEngine(images: string[]): Promise<SecondEngine> {
  const name = ownName('engine');
  const stopped = started('a second engine', () => stop());
  const folder = mkdtempSync(join(tmpdir(), 'seatrial-second-'));
  const socket = socketOf(folder);
  sh(`ip netns add ${name} && ip -n ${name} link set lo up`);
  let child: ChildProcess;
  const start = async () => {
    const engine = spawnEngine(name, folder);
    child = engine.child;
    const end = performance.now() + 120_000;
    while (!(await answers(socket))) {
      if (child.exitCode !== null || performance.now() > end) throw new Error(`dockerd did not start: ${engine.log()}`);
      await sleep(50);
    }
  };
  const restart = async (signal: 'SIGTERM' | 'SIGKILL') => {
    const gone = once(child, 'exit');
    child.kill(signal);
    await gone;
    // A killed one leaves these, and a number in them may be another's by now.
    for (const pid of ['pid', 'exec/containerd/containerd.pid']) rmSync(join(folder, pid), { force: true });
    await start();
  };
  const docker = dockerOn(folder);
  const doors = doorsOf(name, folder);
  const stop = async () => {
    stopped();
    doors.close();
    if (child.exitCode === null && child.signalCode === null) {
      if (existsSync(socket)) {
        const left = docker(['ps', '-aq']).split('\n').filter(Boolean);
        if (left.length) docker(['rm', '-f', ...left]);
      }
      child.kill('SIGTERM');
      await once(child, 'exit');
    }
    // What a crash left mounted may be listed twice.
    sh(`ip netns del ${name}; mount | grep -o ' ${folder}[^ ]*' | sort -u | xargs -r -n1 umount -l || true`);
    rmSync(folder, { recursive: true, force: true });
  };
  try {
    const planted = plantImages(images, folder);
    await start();
    if (!planted) copyImages(images, folder);
  } catch (error) {
    await stop();
    throw error;
  }
  return { host: `unix://${socket}`, docker, door: doors.open, restart, data: join(folder, 'data'), stop };
}
