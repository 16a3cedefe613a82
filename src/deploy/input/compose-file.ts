import type { Actions } from '../../lib/actions.ts';
import { rawInputs } from '../../lib/inputs.ts';

type Env = Actions['env'];

/** The files that COMPOSE_FILE names, https://docs.docker.com/compose/how-tos/environment-variables/envvars/ */
export const filesOfEnvironment = (env: Env): string[] =>
  (env.COMPOSE_FILE ?? '').split(env.COMPOSE_PATH_SEPARATOR || ':').filter(Boolean);

/** Where neither an image nor a compose-file is given, COMPOSE_FILE says what to deploy, as it does for compose. */
export function withComposeFile(actions: Actions): Actions {
  const { env } = actions;
  const files = filesOfEnvironment(env);
  const given = rawInputs(env);
  if (!files.length || given.has('image') || given.has('compose-file')) return actions;
  const defaults = { ...(JSON.parse(env.SEATRIAL_DEFAULTS || '{}') as object), 'compose-file': files.join('\n') };
  return { ...actions, env: { ...env, SEATRIAL_DEFAULTS: JSON.stringify(defaults) } };
}
