import type { Actions } from '../lib/actions.ts';
import type { SeatrialError } from '../lib/errors.ts';
import { writeComment } from './comment.ts';
import type { Facts } from './facts.ts';
import type { Inputs } from './inputs.ts';
import { headline, summary } from './report.ts';

/** Outputs first (a later step may run on failure), then what people read. */
export async function publish(
  inputs: Inputs,
  actions: Actions,
  facts: Facts,
  outputs: Record<string, string | number | boolean | object>,
  error?: SeatrialError,
): Promise<void> {
  for (const [name, value] of Object.entries(outputs)) actions.output(name, value);
  actions.summary(summary(facts, inputs.push, error));
  actions.info(headline(facts, inputs.push, error).replaceAll('**', ''));
  if (inputs.comment && inputs['github-token']) {
    await writeComment(actions, inputs['github-token'], facts.repository, summary(facts, inputs.push, error, 20));
  }
}
