import type { Actions } from '../lib/actions.ts';
import { SeatrialError } from '../lib/errors.ts';
import type { VerifyInputs } from './inputs.ts';
import type { Result } from './result.ts';

export async function live(inputs: VerifyInputs, _actions: Actions): Promise<Result> {
  throw new SeatrialError('NOT_SUPPORTED', `mode ${inputs.mode} is not there yet; use replay.`);
}
