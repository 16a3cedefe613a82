const CONTINUES =
  /^(?:\s+(?:at |\.\.\.|\^|File "|in |from |\d+: |~+|[|+\\] )|\s{4,}\S|\t|Caused by:|Suppressed:|\s*\[cause\]:|#\d+ |Stack trace:|goroutine \d+ \[|created by |During handling of the above|The above exception was the direct cause|Traceback \(most recent call last\)|\s+raise |\}$|\]$)/;
const TRACEBACK = /(?:^|\n)Traceback \(most recent call last\):?[^\n]*(?:\n[ \t][^\n]*)*$/;
const PANIC = /^(?:panic: |fatal error: |\[signal )/;
const FRAME_OF_GO = /^(?:[\w./*()-]+\([^)]*\)$|\[signal |exit status|$)/;
const MAX_LINES = 200;
const MAX_BYTES = 64 * 1024;

const ANSI = /\u001b\[[0-9;?]*[A-Za-z]/g;
const PREFIX = /^(?:\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z (?:stdout|stderr) [FP] |[\w.-]{1,60}\s{1,4}\| )/;

/** A log line without colours and without what compose or a node agent put before it. */
export const clean = (line: string) =>
  (line.includes('\u001b') ? line.replace(ANSI, '') : line).replace(PREFIX, '').replace(/\r$/, '');

export interface Entry {
  t: number;
  text: string;
}

/** Joins the lines of a stack trace to one entry. One joiner a container and stream; lines come in order. */
export class Joiner {
  #open: (Entry & { lines: number }) | undefined;

  #continues(line: string): boolean {
    const open = this.#open;
    if (!open || open.lines >= MAX_LINES || open.text.length + line.length > MAX_BYTES) return false;
    if (CONTINUES.test(line)) return true;
    // Python ends a traceback with the exception, at the margin.
    if (TRACEBACK.test(open.text) && /^[\w.]+(?::|$)/.test(line)) return true;
    return PANIC.test(open.text) && FRAME_OF_GO.test(line);
  }

  /** Takes a line; answers the entry it ended, if it ended one. */
  push(t: number, raw: string): Entry | undefined {
    const line = clean(raw);
    if (this.#continues(line)) {
      this.#open!.text += `\n${line}`;
      this.#open!.lines++;
      return undefined;
    }
    const done = this.#open;
    this.#open = line.trim() === '' ? undefined : { t, text: line, lines: 1 };
    return done;
  }

  /** The open entry, when nothing came behind it for half a second (or `force`). */
  flush(t: number, force = false): Entry | undefined {
    const done = this.#open;
    if (!done || (!force && t - done.t < 0.5)) return undefined;
    this.#open = undefined;
    return done;
  }
}
