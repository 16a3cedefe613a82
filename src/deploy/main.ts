import { type Actions, run } from '../lib/actions.ts';
import { loadInputs } from '../lib/inputs.ts';
import { openLinks } from './docker/links.ts';
import { schema } from './inputs.ts';
import { nothingBegun } from './rollout/outcome.ts';

/** The engine's client is heavy: it is loaded once the inputs are found good, and while the hosts are being reached. */
async function main(actions: Actions): Promise<void> {
  const inputs = await loadInputs('deploy', schema, actions).catch((error: unknown) => {
    nothingBegun(actions);
    throw error;
  });
  const links = openLinks(actions, inputs);
  links.catch(() => undefined); // heard by the command, which awaits it
  const { runCommand } = await import('./commands/index.ts');
  await runCommand(actions, inputs, links);
}

async function post(actions: Actions): Promise<void> {
  if (['', '[]'].includes(actions.state('locks'))) return;
  const inputs = await loadInputs('deploy', schema, actions);
  const { finishCutOff, heldLocks } = await import('./commands/post.ts');
  await finishCutOff(actions, inputs, heldLocks(actions));
}

await run(main, post);
