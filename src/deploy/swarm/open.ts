import type { Actions } from '../../lib/actions.ts';
import { openLinks } from '../docker/links.ts';
import type { Inputs } from '../inputs.ts';
import type { Context, Target } from '../target.ts';

/** Swarms, each by the engine of one of its managers. */
export async function openSwarm(actions: Actions, inputs: Inputs) {
  const loading = import('./load.ts');
  loading.catch(() => undefined); // heard below, unless no manager can be reached
  const links = await openLinks(actions, inputs);
  const close = async () => {
    await Promise.all(links.map((link) => link.close()));
  };
  const { Engine, SwarmTarget } = await loading;
  const targets = (context: Context): Target[] =>
    links.map(({ address, region }) => new SwarmTarget(new Engine(address), context, region));
  return { targets, close };
}
