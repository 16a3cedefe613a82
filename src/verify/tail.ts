import { redact } from '../lib/redact.ts';

const LINES = 400;

/** The last lines of each container's log, kept as they came and redacted as one text: a key may span lines. */
export class Tail {
  readonly #byName = new Map<string, string[]>();

  push(name: string, line: string): void {
    const lines = this.#byName.get(name) ?? [];
    this.#byName.set(name, lines);
    lines.push(line.length > 8192 ? `${line.slice(0, 8192)} …` : line);
    // Cutting in steps keeps a busy log from copying its tail for each line.
    if (lines.length >= 2 * LINES) lines.splice(0, lines.length - LINES);
  }

  /** Undefined when nothing was written. */
  text(): string | undefined {
    const parts = [...this.#byName].map(
      ([name, lines]) => `${name ? `== ${name}\n` : ''}${redact(lines.slice(-LINES).join('\n'))}\n`,
    );
    return parts.length > 0 ? parts.join('\n') : undefined;
  }
}
