import { run } from '../lib/actions.ts';
import { loadInputs } from '../lib/inputs.ts';
import { schema } from './inputs.ts';

await run(async (actions) => {
  const inputs = await loadInputs('verify', schema, actions);
  actions.info(String(inputs.title));
});
