import type { VerifyInputs } from '../inputs.ts';
import type { Result } from '../result.ts';

const escape = (text: string) =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');

export function html(result: Result, _inputs: VerifyInputs): string {
  return `<!doctype html><meta charset="utf-8"><title>Verify</title><h1>${escape(result.decision.verdict)}</h1><p>${escape(result.decision.reason)}</p>`;
}
