export interface Terminal {
  out(line: string): void;
  err(line: string): void;
}

/** The terminal this process writes to. */
export const ourTerminal: Terminal = {
  out: (line) => process.stdout.write(`${line}\n`),
  err: (line) => process.stderr.write(`${line}\n`),
};
