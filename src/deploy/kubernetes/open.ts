import type { Actions } from '../../lib/actions.ts';
import { systemClock } from '../../lib/clock.ts';
import { parseHostLine } from '../hosts.ts';
import type { Inputs } from '../inputs.ts';
import type { Context, Target } from '../target.ts';

/** Namespaces of clusters. What is not in the file, or can't be had of a plugin, is told before anything is begun. */
export async function openKubernetes(actions: Actions, inputs: Inputs) {
  const { Api, Wire, accessTo, KubernetesTarget } = await import('./load.ts');
  const { env } = actions;
  const apis = await Promise.all(
    inputs.hosts.map(async (line) => {
      const { address, region } = parseHostLine(line);
      const access = await accessTo(address, inputs.kubeconfig, env);
      const { token, key } = access;
      for (const secret of [token, key]) if (secret) actions.mask(secret);
      const wire = await Wire.open(access, { env, clock: systemClock, mask: (secret) => actions.mask(secret) });
      return { api: new Api(wire), region };
    }),
  );
  return {
    targets: (context: Context): Target[] => apis.map(({ api, region }) => new KubernetesTarget(api, context, region)),
    close: async () => {
      await Promise.all(apis.map(({ api }) => api.close()));
    },
  };
}
