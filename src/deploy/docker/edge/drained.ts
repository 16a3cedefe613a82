import type { Host } from '../host.ts';

/** Waits until no request is left on servers that are given none any more, at most `ms`. */
export async function drained(host: Host, servers: readonly string[], ms: number): Promise<void> {
  const end = host.clock.mono() + ms;
  while (servers.length && host.clock.mono() < end) {
    const stat = await host.edge().stat();
    if (stat.every(({ name, busy }) => busy === 0 || !servers.includes(name))) return;
    await host.clock.sleep(100);
  }
}
