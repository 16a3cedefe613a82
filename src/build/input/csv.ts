/**
 * Records of comma-separated fields (RFC 4180) as Docker's actions read their lists: a field in double quotes may hold
 * commas, line ends and doubled quotes; a quote inside a bare field is a character like any other. Empty lines fall
 * away, and with `comment` those that begin with `#`.
 */
export function parseCsv(text: string, { comment = false } = {}): string[][] {
  const records: string[][] = [];
  let at = 0;
  const lineEnd = () => {
    const end = text.indexOf('\n', at);
    return end < 0 ? text.length : end;
  };
  while (at < text.length) {
    if (comment && /^[ \t]*#/.test(text.slice(at, lineEnd()))) {
      at = lineEnd() + 1;
      continue;
    }
    const fields: string[] = [];
    for (let more = true; more; ) {
      const [field, next] = readField(text, at);
      fields.push(field);
      more = text[next] === ',';
      at = next + 1;
    }
    if (fields.length > 1 || fields[0]!.trim() !== '') records.push(fields);
  }
  return records;
}

/** The field that begins at `start`, and where what ends it (a comma, a line end, the end) stands. */
function readField(text: string, start: number): [string, number] {
  const blank = /[ \t]*/y;
  blank.lastIndex = start;
  blank.exec(text);
  const open = blank.lastIndex;
  if (text[open] === '"') {
    let value = '';
    for (let at = open + 1; at < text.length; at++) {
      if (text[at] !== '"') value += text[at];
      else if (text[at + 1] === '"') value += text[at++];
      else {
        const rest = /[ \t\r]*(?=[,\n]|$)/y;
        rest.lastIndex = at + 1;
        if (rest.test(text)) return [value, rest.lastIndex];
        break; // text goes on behind the quote: it was no quoted field
      }
    }
  }
  const end = /[,\n]|$/g;
  end.lastIndex = start;
  const stop = end.exec(text)!.index;
  return [text.slice(start, stop).replace(/\r$/, ''), stop];
}

/** Items of a list that is not about commas: one a record, a quoted one without its quotes. Inner commas stay. */
export const listOfLines = (text: string): string[] =>
  parseCsv(text)
    .map((fields) => fields.join(',').trim())
    .filter(Boolean);

/** Items of a list: one a line, or several on a line with commas. */
export const listOfItems = (text: string): string[] =>
  parseCsv(text)
    .flat()
    .flatMap((field) => field.split(','))
    .map((item) => item.trim())
    .filter(Boolean);
