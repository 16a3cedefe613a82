import { redactKeyed } from './redact/keyed.ts';
import { redactPatterns, redactPem } from './redact/patterns.ts';

/**
 * Removes personal data and secrets from text that will be stored, printed or sent: by key in JSON (nested, escaped
 * inside strings, cut off), logfmt and headers, and by shape anywhere. Deterministic and idempotent; linear in the
 * text's length. Give it whole blocks where there are any: a PEM key spans lines. IP addresses are left readable.
 */
export function redact(text: string): string {
  // Keys go first: a value is then hidden whole, where a shape would hide only the part it knows.
  return redactPatterns(redactKeyed(redactPem(text)));
}
