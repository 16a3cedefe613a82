import { randomInt } from 'node:crypto';
import { once } from 'node:events';
import { closeSync, existsSync, mkdirSync, openSync, readFileSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

/** Ports that the kernel gives to nobody by itself: neither to who connects nor to who listens on port 0. */
function ownRange(): [number, number] {
  const told = existsSync(RANGE) ? readFileSync(RANGE, 'utf8').trim().split(/\s+/).map(Number) : [32_768];
  const end = Math.min(told[0]!, 30_000);
  return end > 12_000 ? [10_000, end] : [10_000, 30_000];
}
const RANGE = '/proc/sys/net/ipv4/ip_local_port_range';

/** Whether this run of the tests has given the port to nobody yet; it is given now. */
function isNew(port: number): boolean {
  const folder = process.env.SEATRIAL_TEST_FOLDER;
  if (!folder) return true;
  mkdirSync(join(folder, 'ports'), { recursive: true });
  try {
    closeSync(openSync(join(folder, 'ports', String(port)), 'wx'));
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    return false;
  }
}

/**
 * A loopback port nobody listens on right now, and nobody comes upon by chance before who asked for it listens there: one of
 * the kernel's own choice could be the source of somebody's connection a moment later.
 */
export async function freePort(): Promise<number> {
  const [from, to] = ownRange();
  for (;;) {
    const port = randomInt(from, to);
    if (!isNew(port)) continue;
    const server = createServer().listen(port, '0.0.0.0');
    const taken = await once(server, 'listening').then(
      () => false,
      (error: NodeJS.ErrnoException) => {
        if (error.code !== 'EADDRINUSE' && error.code !== 'EACCES') throw error;
        return true;
      },
    );
    if (taken) continue;
    server.close();
    await once(server, 'close');
    return port;
  }
}

/** Resolves when something accepts connections on the port; throws when `alive` says its process is gone. */
export async function accepting(port: number, alive: () => boolean, withinMs = 120_000): Promise<void> {
  const end = performance.now() + withinMs;
  for (;;) {
    const open = await new Promise<boolean>((resolve) => {
      const socket = connect(port, '127.0.0.1');
      socket.once('connect', () => resolve(true)).once('error', () => resolve(false));
      socket.once('connect', () => socket.destroy());
    });
    if (open) return;
    if (!alive() || performance.now() > end) throw new Error(`nothing listens on port ${port}`);
    await sleep(20);
  }
}
