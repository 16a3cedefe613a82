import { inspectContainer } from '../../lib/docker/inspect.ts';
import { SeatrialError } from '../../lib/errors.ts';
import type { CpuUse } from '../target.ts';
import type { Host } from './host.ts';

/** As much of the engine's answer as is read: https://docs.docker.com/reference/api/engine/version/v1.41/#tag/Container/operation/ContainerStats */
interface Stats {
  cpu_stats: { cpu_usage: { total_usage: number }; online_cpus?: number };
}

/** CPU time the containers of a release have used, and what they may use: their limit, else all the host has. */
export async function cpuOf(host: Host, release: string, signal?: AbortSignal): Promise<CpuUse> {
  const { engine } = host;
  const parts = await Promise.all(
    host.of(release).map(async ({ id, name }) => {
      const info = await inspectContainer(engine, id, `look at ${name}`, { signal });
      if (!info?.State.Running) {
        throw new SeatrialError('DEPLOY_UNHEALTHY', `${host.label}: ${name} does not run, so its load is not known.`);
      }
      const stats = (await engine.call(
        `read the load of ${name}`,
        (docker) =>
          docker.getContainer(id).stats({ stream: false, 'one-shot': true } as never) as unknown as Promise<unknown>,
        { timeoutMs: 8000, signal },
      )) as Stats;
      const { NanoCpus, CpuQuota, CpuPeriod } = info.HostConfig;
      const quota = CpuQuota && CpuQuota > 0 ? CpuQuota / (CpuPeriod || 100_000) : undefined;
      return {
        cpuMs: stats.cpu_stats.cpu_usage.total_usage / 1e6,
        cpus: NanoCpus ? NanoCpus / 1e9 : (quota ?? stats.cpu_stats.online_cpus ?? 1),
        of: `${id} ${info.State.StartedAt}`,
      };
    }),
  );
  return {
    cpuMs: parts.reduce((sum, { cpuMs }) => sum + cpuMs, 0),
    cpus: parts.reduce((sum, { cpus }) => sum + cpus, 0),
    of: parts.map((part) => part.of).join('\n'),
  };
}
