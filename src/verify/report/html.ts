import type { VerifyInputs } from '../inputs.ts';
import type { Result } from '../result.ts';

const safe = (text: string) =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');

export function html(result: Result, _inputs: VerifyInputs): string {
  return `<!doctype html><meta charset="utf-8"><title>Verify</title><h1>${safe(result.decision.verdict)}</h1><p>${safe(result.decision.reason)}</p>`;
}
