import type { Host } from '../host.ts';

/** Waits until no request is left on servers (`app/a1`) that are given none any more, at most `ms`. */
export async function drained(
  host: Host,
  backends: readonly string[],
  servers: readonly string[],
  ms: number,
): Promise<void> {
  const end = host.clock.mono() + ms;
  while (servers.length && host.clock.mono() < end) {
    const { servers: all } = await host.edge().stats(backends);
    if (all.every(({ backend, name, busy }) => busy === 0 || !servers.includes(`${backend}/${name}`))) return;
    await host.clock.sleep(100);
  }
}
