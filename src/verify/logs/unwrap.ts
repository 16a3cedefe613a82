import { type Level, levelOfNumber, levelOfWord } from './words.ts';

const ANSI = /\u001b(?:\[[0-9;?]*[A-Za-z]|\][^\u0007\u001b]*(?:\u0007|\u001b\\))/g;
/** What a node agent (CRI), compose or kubetail put before a line. */
const PREFIX =
  /^(?:\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d) (?:stdout|stderr) [FP] |[\w.-]{1,60}\s{1,4}\| )/;

/** A log line without colours and without what compose or a node agent put before it. */
export function clean(line: string): string {
  const plain = line.includes('\u001b') ? line.replace(ANSI, '') : line;
  const prefix = PREFIX.exec(plain);
  // `ERROR | …` has a level there, no container's name.
  const text = prefix && !levelOfWord(prefix[0].replace(/\s*\| $/, '')) ? plain.slice(prefix[0].length) : plain;
  return text.endsWith('\r') ? text.slice(0, -1) : text;
}

export interface Carried {
  text: string;
  /** What the carrier says of it; the line's own word is better. */
  level?: Level;
  /** Written to stderr, where the carrier tells. */
  stderr?: boolean;
}

/** RFC 5424 (`<11>1 time host app pid id data`) and RFC 3164 (`<34>Oct 11 22:14:15 host tag: `), and systemd's bare `<3>`. */
const PRI = /^<(\d{1,3})>/;
const RFC5424 = /^1 \S+ \S+ \S+ \S+ \S+ (?:-|(?:\[(?:[^\]"\\]|\\.|"(?:[^"\\]|\\.)*")*\])+) ?(?:\ufeff|BOM)?/;
const RFC3164 =
  /^(?:[A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d (?:([\w.:@-]+) )?|\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\S* ([\w.@-]+) (?=\S+\[\d+\]: ))([\w./()@-]{1,64})(?:\[\d+\])?: /;

/** Length of a syslog header; a level where host or program stand is no header's part. */
function syslogHeader(text: string): number {
  const found = RFC5424.exec(text);
  if (found) return found[0].length;
  const [header, host, other, tag] = RFC3164.exec(text) ?? [];
  if (header === undefined || levelOfWord(host ?? other ?? '')) return 0;
  return levelOfWord(tag!) ? header.lastIndexOf(tag!) : header.length;
}

/** Docker's json-file frame, as log agents hand it on: `{"log":"…\n","stream":"stderr","time":"…"}`. */
function ofFrame(text: string): Carried | undefined {
  if (!text.includes('"log":"') || text.length > 256 * 1024) return undefined;
  let frame: Record<string, unknown>;
  try {
    frame = JSON.parse(text);
  } catch {
    return undefined; // a frame cut off by a limit is judged as text
  }
  if (typeof frame.log !== 'string' || 'level' in frame || 'severity' in frame) return undefined;
  const stream = frame.stream ?? frame.source;
  return { text: frame.log.replace(/\r?\n$/, ''), stderr: stream === undefined ? undefined : stream === 'stderr' };
}

/** Takes off what carried a line here: colours, agents' prefixes, Docker's own frame, the syslog header. */
export function unwrap(line: string): Carried {
  let text = clean(line);
  let stderr: boolean | undefined;
  for (let depth = 0; depth < 3 && text.startsWith('{'); depth++) {
    const frame = ofFrame(text);
    if (!frame) break;
    text = clean(frame.text);
    stderr = frame.stderr ?? stderr;
  }
  let level: Level | undefined;
  if (text.startsWith('<')) {
    const pri = PRI.exec(text);
    if (pri && Number(pri[1]) < 192) {
      level = levelOfNumber(Number(pri[1]) & 7, 'syslog');
      text = text.slice(pri[0].length);
      text = text.slice(syslogHeader(text));
    }
  } else {
    text = text.slice(syslogHeader(text));
  }
  return { text, level, stderr };
}
