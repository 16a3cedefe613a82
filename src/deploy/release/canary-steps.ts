import { SeatrialError } from '../../lib/errors.ts';
import { parseDuration, parseShare } from '../../lib/units.ts';

export interface Step {
  share: number;
  holdMs: number;
}

/**
 * `5%,25%:2m,100%` to steps that rise to 100 %; `holdMs` is the hold of a step that names none. With `testers` the first
 * step may be 0 %, as they come at any weight.
 */
export function parseSteps(text: string, holdMs: number, testers = false): Step[] {
  const steps = text
    .split(/[,\n]/)
    .map((part) => part.trim())
    .filter(Boolean)
    .map((part) => {
      const [share, hold] = part.split(':');
      return { share: parseShare(share!), holdMs: hold === undefined ? holdMs : parseDuration(hold) };
    });
  const rising = steps.every((step, i) => step.share > (steps[i - 1]?.share ?? (testers ? -1 : 0)));
  if (!rising || steps.at(-1)?.share !== 1) {
    throw new SeatrialError('INPUT_INVALID', `"${text}" does not rise to 100%; write for example 5%,25%:2m,100%.`);
  }
  return steps;
}
