import type { Actions } from '../../lib/actions.ts';
import { systemClock } from '../../lib/clock.ts';
import { SeatrialError } from '../../lib/errors.ts';
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
      const wire = await Wire.open(access, {
        env,
        clock: systemClock,
        mask: (secret) => actions.mask(secret),
        tell: (line) => actions.info(line),
      });
      return { api: new Api(wire), region };
    }),
  );
  const names = apis.map(({ api }) => api.label);
  const twice = names.find((name, i) => names.indexOf(name) !== i);
  if (twice) {
    await Promise.all(apis.map(({ api }) => api.close()));
    throw new SeatrialError('INPUT_INVALID', `hosts: "${twice}" is named twice.`);
  }
  return {
    targets: (context: Context): Target[] => apis.map(({ api, region }) => new KubernetesTarget(api, context, region)),
    close: async () => {
      await Promise.all(apis.map(({ api }) => api.close()));
    },
  };
}
