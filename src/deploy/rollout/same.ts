import { isDeepStrictEqual } from 'node:util';
import { getFile } from '../../lib/docker/archive.ts';
import type { Host } from '../docker/host.ts';
import { find } from '../release/history.ts';
import { type Spec, specSchema } from '../release/spec.ts';
import { lookAt } from './gate-run.ts';
import type { Run } from './run.ts';

/** Whether two releases would be made alike; under which tag the same image was asked for is no difference. Pure. */
export function sameSpec(one: Spec, other: Spec): boolean {
  const plain = (spec: Spec) => JSON.parse(JSON.stringify({ ...specSchema.parse(spec), asked: undefined }));
  return isDeepStrictEqual(plain(one), plain(other));
}

/** The secrets its containers hold are those handed over now: a new value is a new release. */
async function sameSecrets(run: Run, host: Host, release: string, spec: Spec): Promise<boolean> {
  for (const { id } of host.of(release)) {
    for (const key of spec.secrets) {
      const held = await getFile(host.engine, id, `/run/secrets/${key}`, { signal: run.signal });
      if (held?.toString('utf8') !== run.secrets.get(key)) return false;
    }
  }
  return true;
}

/** Whether this host has nothing to gain from a deploy of `spec`: it serves just that, whole and well. */
async function servesOn(run: Run, host: Host, spec: Spec): Promise<boolean> {
  const record = find(host.history, host.history.current);
  if (record?.status !== 'good' || !sameSpec(record.spec, spec)) return false;
  // Why it had stopped is not known; it was asked for again, and is made anew.
  if (host.woken.has(record.release)) return false;
  const containers = host.of(record.release);
  if (containers.length !== spec.replicas) return false;
  // A worker without port or edge serves as long as it runs.
  if (spec.publish && ((await host.shares()).get(record.release) ?? 0) < 0.999) return false;
  const looks = await Promise.all(containers.map((c) => lookAt(host, c, spec, 0, run.signal)));
  if (looks.some((look) => !look.running || look.health === 'unhealthy' || look.probe?.ok === false)) return false;
  return sameSecrets(run, host, record.release, spec);
}

/**
 * The release that a deploy of `spec` would only repeat, the same on every host; undefined when there is work to do.
 * A compose file always has: `docker compose` itself looks at its other services.
 */
export async function servesAlready(run: Run, spec: Spec): Promise<string | undefined> {
  const { inputs, hosts } = run;
  if (inputs.force || inputs['pre-deploy'] || inputs['post-deploy'] || spec.compose) return undefined;
  const release = hosts[0]!.history.current;
  if (hosts.some((host) => host.history.current !== release)) return undefined;
  const same = await Promise.all(hosts.map((host) => servesOn(run, host, spec)));
  return same.every(Boolean) ? release : undefined;
}
