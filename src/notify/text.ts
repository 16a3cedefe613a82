const graphemes = new Intl.Segmenter('und', { granularity: 'grapheme' });

export const bytes = (text: string): number => Buffer.byteLength(text);

/**
 * Text of the message itself must ring nobody: a word joiner after every `@`, and after a `<` that begins a vendor's tag
 * (`<!channel>`, `<at id=all>`, `<#C1>`), breaks each vendor's notion of a mention and stays invisible. Channels escape
 * it as well; this holds where they need not, in plain text. Control characters and bidirectional overrides go as well; line breaks stay.
 */
export function harmless(text: string): string {
  return text
    .replace(/\r\n?/g, '\n')
    .replace(/[\u0000-\u0009\u000b-\u001f\u007f\u202a-\u202e\u2066-\u2069]/g, ' ')
    .replace(/[@＠]|<(?=[!#]|\/?at\b)/gi, '$&\u2060');
}

/** The longest beginning of `text`, cut between graphemes, for which `fits` holds; `…` marks a cut. */
export function longest(text: string, fits: (text: string) => boolean): string {
  if (fits(text)) return text;
  const edges = Array.from(graphemes.segment(text), (part) => part.index);
  let [low, high] = [0, edges.length - 1];
  const cut = (n: number) => (n === 0 ? '' : `${text.slice(0, edges[n]).trimEnd()}…`);
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if (fits(cut(middle))) low = middle;
    else high = middle - 1;
  }
  return cut(Math.max(low, 0));
}

/** `text` in at most `max` UTF-8 bytes, never through a character. */
export const fitBytes = (text: string, max: number): string => longest(text, (part) => bytes(part) <= max);

/** `text` in at most `max` UTF-16 units, which is what most vendors mean by characters; never through a character. */
export const fitChars = (text: string, max: number): string => longest(text, (part) => part.length <= max);
