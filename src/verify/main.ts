import { run } from '../lib/actions.ts';
import { loadInputs } from '../lib/inputs.ts';
import { failFor, unjudged } from './exit.ts';
import { schema } from './inputs.ts';
import { publish } from './report.ts';
import { judgeRun } from './run.ts';

await run(async (actions) => {
  try {
    const inputs = await loadInputs('verify', schema, actions);
    const result = await judgeRun(inputs, actions);
    await publish(result, inputs, actions);
    return failFor(result.decision, inputs, actions);
  } catch (error) {
    unjudged(error, actions);
    throw error;
  }
});
