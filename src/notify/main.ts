import { run } from '../lib/actions.ts';
import { loadInputs } from '../lib/inputs.ts';
import { schema } from './inputs.ts';
import { notify } from './notify.ts';
import { report } from './report.ts';

await run(async (actions) => {
  const inputs = await loadInputs('notify', schema, actions);
  report(await notify(inputs, actions), inputs, actions);
});
