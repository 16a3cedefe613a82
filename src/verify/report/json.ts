import type { VerifyInputs } from '../inputs.ts';
import type { Result } from '../result.ts';

/** The report for programs: the decision whole, the evidence over time, and what was and was not looked at. */
export function json(result: Result, inputs: VerifyInputs): string {
  const { decision, judge, notChecked, measured, vitals, asked } = result;
  const { deployment, alpha, beta, mode } = inputs;
  return `${JSON.stringify({
    seatrial: 1,
    app: deployment?.app,
    environment: deployment?.environment,
    release: deployment?.release,
    previous: deployment?.previous,
    alpha,
    beta,
    ...decision,
    mode,
    compared: decision.mode,
    history: judge?.history.map(({ t, logE }) => [Number(t.toFixed(1)), Number(logE.toPrecision(5))]),
    pictures: judge?.pictures(),
    vitals,
    asked,
    customers: result.customers,
    measured,
    notChecked,
  })}\n`;
}
