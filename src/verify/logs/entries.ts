import { readHead } from './head.ts';
import { unwrap } from './unwrap.ts';
import type { Level } from './words.ts';

export { clean } from './unwrap.ts';

const MAX_LINES = 200;
const MAX_BYTES = 64 * 1024;
/** How long an entry stays open for its next line, seconds. */
const OPEN_SECONDS = 0.5;

/** At the margin and never a beginning: causes, frames and the parts of stack traces of public runtimes. */
const CONTINUES =
  /^(?:Caused by[: ]|Suppressed: |Wrapped by: |\.\.\. \d+ (?:more|common)|\[cause\]: |#\d+ |Stack trace:|\[?stacktrace\]?|Next \S+: |goroutine \d+ \[|created by |exit status \d|\[signal |During handling of the above|The above exception was the direct cause|Traceback \(most recent call last\)|--- End of |---> |note: (?:run with|Some details)|stack backtrace:|thrown in \/|\*\* \(|Last message|State: |Function: |Args: |\S+\.rb:\d+:in [`'"]|[}\])]+[;,"']{0,3}\s*$|"\} ?$|\|$|\+-)/;
/** At the margin: what was thrown, behind a line that told of it. */
const THROWN =
  /^(?:[\w$]+[.\\:]+)*[A-Z][\w$]*(?:Exception|Error|Throwable|Interrupt|Exit|Warning|Failure)(?:[:(]| \(|\s*$)/;
/** Node's plain `Error: …` follows the source line it points at. */
const BARE = /^Error: /;
/** java.util.logging: time, class and method on a line, level and message on the next. */
const JUL_HEAD = /^[^\n]*\d:\d\d[^\n]* (?:[\w$]+\.)+[\w$]+ [\w$<>]+$/;
const JUL_LEVEL = /^\p{L}{3,15}: /u;
/** Ruby's own first line of an error nobody rescued. */
const RAISED = /^\S+\.rb:\d+:in .+ \([A-Z][\w:]*\)$/;
const DOTTED = /^(?:[\w$]+\.){2,}[A-Z][\w$]*(?::|$)/;
const TRACEBACK =
  /(?:^|\n)[ |+]*(?:Exception Group )?Traceback \(most recent call last\):?[^\n]*(?:\n(?:[ \t|+-][^\n]*)?)*$/;
const PANIC =
  /(?:^|: |\s)(?:panic|fatal error|http2?: panic serving [^\n]*): |^goroutine \d+ \[|\n\[signal |panic recovered:/;
const FRAME_OF_GO = /^(?:[\w./*()%{}·[\]-]+\([^)]*\)(?: \+0x[0-9a-f]+)?$|\S+\.go:\d+|created by |exit status)/;
const RUST = /panicked at [^\n]*$/;
const ERLANG = /^=\w+ REPORT====/;
/** Indented, but an entry of its own: tracing's pretty form, right-aligned levels, a clock. */
const OWN_HEAD =
  /^ {1,12}(?:\[?(?:FATAL|ERROR|WARN(?:ING)?|INFO|DEBUG|TRACE)\]?[\s:]|\d{4}-\d\d-\d\d[T ]|\d\d:\d\d:\d\d|[⨯✖⚠ℹ✔•] )/u;
/** Behind a blank line only what surely belongs to the entry before it goes on with it. */
const AFTER_BLANK =
  /^(?:\S+\.rb:\d+:in [`'"]|goroutine \d+ \[|Caused by|The above exception|During handling|Traceback \(most|stack backtrace:|Stack trace:|\s+(?:at |\d+: |File "|from |\.\.\.)|created by |\[signal )/;

export interface Entry {
  t: number;
  text: string;
  /** Syslog's priority or the like, of the line that began it. */
  carried?: Level;
  /** Written to stderr, where a log agent's frame told so. */
  stderr?: boolean;
  /** A line of it was marked as one that may be a failure's. */
  marked: boolean;
}

interface Open extends Entry {
  lines: number;
  last: number;
  blank: boolean;
  /** Whether it is a failure's entry, found out when that is first asked. */
  informs?: boolean;
}

const newline = (text: string) => text.lastIndexOf('\n') + 1;

/**
 * Joins the lines of a stack trace, a cause or a printed object to one entry. One joiner a container and stream; lines
 * come in order.
 */
export class Joiner {
  #open: Open | undefined;

  get isOpen(): boolean {
    return this.#open?.marked === true;
  }

  /** An INFO line is no head of the exception that is printed behind it. */
  #informs(open: Open): boolean {
    open.informs ??= open.lines === 1 && readHead(open.text).level === 'info';
    return open.informs;
  }

  #continues(open: Open, line: string): boolean {
    if (open.lines >= MAX_LINES || open.text.length + line.length > MAX_BYTES) return false;
    const first = line.charCodeAt(0);
    const python = TRACEBACK.test(open.text);
    if (open.blank) {
      if (AFTER_BLANK.test(line)) return !this.#informs(open) || python;
      if (/^\s/.test(line) && /\n\s+\S/.test(open.text) && !OWN_HEAD.test(line)) return true;
      // Node writes a blank line between its source line and the error, Spring between its message and the exception.
      if (/\n\s*\^$/.test(open.text)) return BARE.test(line) || THROWN.test(line);
      return (THROWN.test(line) || DOTTED.test(line)) && open.lines === 1 && !this.#informs(open);
    }
    if (first === 0x20 || first === 0x09) return first === 0x09 || !OWN_HEAD.test(line);
    if (CONTINUES.test(line))
      return !RAISED.test(line) && (!this.#informs(open) || !/^(?:Traceback|goroutine|\*\* |\S+\.rb:)/.test(line));
    // Python ends a traceback with the exception, at the margin.
    if (python && /^[\w.]+(?::|$)/.test(line)) return true;
    if (RUST.test(open.text) || /^=\w+ REPORT====[^\n]*$/.test(open.text)) return true;
    if (ERLANG.test(open.text) && /^(?:\*\*|\s|[a-z_]+: )/.test(line)) return true;
    if (PANIC.test(open.text) && FRAME_OF_GO.test(line)) return true;
    if (open.lines === 1 && JUL_LEVEL.test(line) && JUL_HEAD.test(open.text)) return true;
    if (THROWN.test(line) || DOTTED.test(line)) {
      const tail = open.text.slice(newline(open.text));
      if (open.lines === 2 && JUL_LEVEL.test(tail)) return true;
      if (open.lines === 1) return !this.#informs(open) && !THROWN.test(open.text);
      return /^\s*(?:\^|--->|\[previous exception\])/.test(tail);
    }
    return false;
  }

  /**
   * Takes a line that may not be a failure's where none is open that may: most lines are, and are nothing but themselves.
   */
  pass(t: number, raw: string): void {
    const open = this.#open;
    if (!open) {
      this.#open = { t, text: raw, lines: 1, last: t, blank: false, marked: false };
      return;
    }
    const first = raw.charCodeAt(0);
    if ((first === 0x20 || first === 0x09 || first === 0x7d || first === 0x5d) && open.lines < MAX_LINES) {
      open.text += `\n${raw}`;
      open.lines++;
      return;
    }
    open.t = t;
    open.last = t;
    open.text = raw;
    open.lines = 1;
    open.blank = false;
    open.carried = undefined;
    open.stderr = undefined;
    open.informs = undefined;
  }

  /** Takes a line; answers the entry it ended, if it ended one. `marked` lines may be a failure's. */
  push(t: number, raw: string, marked = true): Entry | undefined {
    const open = this.#open;
    if (open && !open.marked && marked) {
      const lines = open.text.split('\n').map(unwrap);
      open.text = lines.map((one) => one.text).join('\n');
      open.carried = lines[0]!.level;
      open.stderr = lines[0]!.stderr;
    }
    const { text: line, level, stderr } = unwrap(raw);
    if (line.trim() === '') {
      if (open) open.blank = true;
      return undefined;
    }
    if (open && this.#continues(open, line)) {
      open.text += `\n${line}`;
      open.lines++;
      open.last = t;
      open.blank = false;
      open.marked ||= marked;
      return undefined;
    }
    this.#open = { t, text: line, lines: 1, last: t, blank: false, marked };
    if (level) this.#open.carried = level;
    if (stderr !== undefined) this.#open.stderr = stderr;
    return open;
  }

  /** The open entry, when nothing came behind it for half a second (or `force`). */
  flush(t: number, force = false): Entry | undefined {
    const done = this.#open;
    if (!done || (!force && t - done.last < OPEN_SECONDS)) return undefined;
    this.#open = undefined;
    return done;
  }
}
