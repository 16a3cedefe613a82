import { run } from '../lib/actions.ts';
import { loadInputs } from '../lib/inputs.ts';
import { schema } from './inputs.ts';
import { eventMissing, tellsNothing } from './missing.ts';

/** The channels, the languages and the report are loaded once the inputs are found good. */
await run(async (actions) => {
  const inputs = await loadInputs('notify', schema, actions);
  if (tellsNothing(inputs)) throw eventMissing();
  const [{ notify }, { report }] = await Promise.all([import('./notify.ts'), import('./report.ts')]);
  report(await notify(inputs, actions), inputs, actions);
});
