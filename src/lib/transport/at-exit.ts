const pending = new Set<() => void>();
let listening = false;

/**
 * Runs `work` (synchronous) when the process exits, unless the answered function took it back. One listener for all:
 * Node warns aloud from the eleventh on, and a deploy may have twenty hosts.
 */
export function atExit(work: () => void): () => void {
  pending.add(work);
  if (!listening) {
    listening = true;
    process.once('exit', () => {
      for (const last of pending) last();
    });
  }
  return () => pending.delete(work);
}
