import { run } from '../lib/actions.ts';
import { asSeatrialError } from '../lib/errors.ts';
import { loadInputs } from '../lib/inputs.ts';
import { asDiskFull } from './disk.ts';
import { emptyFacts, outputsOf } from './facts.ts';
import { schema } from './inputs.ts';

await run(async (actions) => {
  const inputs = await loadInputs('build', schema, actions);
  const [{ buildImage }, { publish }, { openWorkspace }] = await Promise.all([
    import('./flow.ts'),
    import('./publish.ts'),
    import('./workspace.ts'),
  ]);
  const facts = emptyFacts();
  const work = openWorkspace(actions.env, inputs.context, inputs['report-dir']);
  try {
    await buildImage(inputs, actions, work, facts);
    await publish(inputs, actions, facts, outputsOf(facts, inputs.push));
  } catch (error) {
    const told = asDiskFull(asSeatrialError(error));
    await publish(inputs, actions, facts, outputsOf(facts, inputs.push), told);
    throw told;
  } finally {
    work.remove();
  }
});
