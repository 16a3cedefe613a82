import type { Actions } from '../../lib/actions.ts';
import { bareEnv } from '../../lib/process.ts';
import type { Inputs } from '../inputs.ts';
import type { Context, Target } from '../target.ts';
import { openLinks } from './links.ts';

/** Docker hosts: a login over ssh takes longer than loading the engine's client, so both go on at once. */
export async function openDocker(actions: Actions, inputs: Inputs) {
  const loading = import('./load.ts');
  loading.catch(() => undefined); // heard below, unless no host can be reached
  const links = await openLinks(actions, inputs);
  const close = async () => {
    await Promise.all(links.map((link) => link.close()));
  };
  const { Engine, DockerTarget } = await loading;
  const { DOCKER_CONTEXT: _context, ...bare } = bareEnv(actions.env);
  const targets = (context: Context): Target[] =>
    links.map(
      ({ address, dockerHost, env, region }) =>
        new DockerTarget(new Engine(address), context, { ...bare, DOCKER_HOST: dockerHost, ...env }, region),
    );
  return { targets, close };
}
