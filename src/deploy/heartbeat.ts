const HEARTBEAT_MS = 15_000;

/**
 * Renews a lock in the background while something long runs. A link that is cut for a moment is met again by the next
 * guard; only a lock that is lost is told, and stops the run. Ends with `clearInterval`.
 */
export function beat(
  renew: () => Promise<void>,
  lost: () => boolean,
  onLost: (error: unknown) => void,
): NodeJS.Timeout {
  const timer = setInterval(() => {
    renew().catch((error) => {
      if (lost()) onLost(error);
    });
  }, HEARTBEAT_MS);
  return timer.unref();
}
