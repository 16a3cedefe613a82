import { run } from '../lib/actions.ts';
import { loadInputs } from '../lib/inputs.ts';
import { failFor, unjudged } from './exit.ts';
import { schema } from './inputs.ts';

/** The judge and the report are loaded once the inputs are found good. */
await run(async (actions) => {
  try {
    const inputs = await loadInputs('verify', schema, actions);
    const [{ judgeRun }, { publish }] = await Promise.all([import('./run.ts'), import('./report.ts')]);
    const result = await judgeRun(inputs, actions);
    await publish(result, inputs, actions);
    return failFor(result.decision, inputs, actions);
  } catch (error) {
    unjudged(error, actions);
    throw error;
  }
});
