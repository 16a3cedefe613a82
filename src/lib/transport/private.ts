import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { atExit } from './at-exit.ts';

/** A folder only this user may enter (0700), for keys and sockets; gone when removed, at the latest with the process. */
export interface PrivateFolder {
  readonly path: string;
  /** Writes a file of mode 0600 and answers its path. */
  write(name: string, content: string): string;
  /** Removes one file now. */
  erase(name: string): void;
  remove(): void;
}

export function privateFolder(): PrivateFolder {
  // Short on purpose: a unix socket's path has 108 bytes at most, and ssh needs 17 of them while it binds.
  const path = mkdtempSync(join(tmpdir(), 'st-'));
  const wipe = () => rmSync(path, { recursive: true, force: true });
  const forget = atExit(wipe);
  return {
    path,
    write(name, content) {
      const file = join(path, name);
      writeFileSync(file, content, { mode: 0o600, flag: 'wx' });
      return file;
    },
    erase: (name) => rmSync(join(path, name), { force: true }),
    remove() {
      forget();
      wipe();
    },
  };
}
