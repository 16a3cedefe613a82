import { redactKeyed } from './redact/keyed.ts';
import { redactPatterns, redactPem } from './redact/patterns.ts';
import { redactSql } from './redact/sql.ts';

/**
 * Removes personal data and secrets from text that will be stored, printed or sent: by key in JSON (nested, escaped
 * inside strings, cut off), logfmt and headers, and by shape anywhere. Deterministic and idempotent; linear in the
 * text's length. Give it whole blocks where there are any: a PEM key spans lines. IP addresses are left readable save where
 * a key or an access log says that they are a client's.
 */
export function redact(text: string): string {
  if (!WIDE.test(text)) return clean(text);
  // Numbers, mail and keys typed in full width are the same data. What holds none of them stays as it was typed.
  const narrow = text.replace(EACH_WIDE, (wide) => String.fromCharCode(wide.charCodeAt(0) - 0xfee0));
  const hidden = clean(narrow);
  return hidden === narrow ? text : hidden;
}

/** Full-width letters, digits and the marks of mail and phone numbers: no quotes or colons, which the text is cut by. */
const WIDE = /[０-９Ａ-Ｚａ-ｚ＠．＋－＿]/;
const EACH_WIDE = new RegExp(WIDE, 'g');

// Keys go first: a value is then hidden whole, where a shape would hide only the part it knows.
const clean = (text: string) => redactPatterns(redactSql(redactKeyed(redactPem(text))));
