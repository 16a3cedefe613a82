import { type Actions, run } from '../lib/actions.ts';
import { loadInputs } from '../lib/inputs.ts';
import { schema } from './inputs.ts';
import { nothingBegun } from './outcome.ts';

/** The engine's client is heavy: it is loaded once the inputs have been found good. */
async function main(actions: Actions): Promise<void> {
  const inputs = await loadInputs('deploy', schema, actions).catch((error: unknown) => {
    nothingBegun(actions);
    throw error;
  });
  const { runCommand } = await import('./command.ts');
  await runCommand(actions, inputs);
}

async function post(actions: Actions): Promise<void> {
  if (['', '[]'].includes(actions.state('locks'))) return;
  const inputs = await loadInputs('deploy', schema, actions);
  const { finishCutOff, heldLocks } = await import('./post.ts');
  await finishCutOff(actions, inputs, heldLocks(actions));
}

await run(main, post);
