/**
 * Does `work` for every host at once and waits for all of them, also when one has failed: what comes after a failure
 * must not meet work that is still under way. Then the first failure is thrown.
 */
export async function together<H, T>(hosts: readonly H[], work: (host: H, i: number) => Promise<T>): Promise<T[]> {
  const results = await Promise.allSettled(hosts.map(work));
  const failed = results.find((result) => result.status === 'rejected');
  if (failed) throw failed.reason;
  return results.map((result) => (result as PromiseFulfilledResult<T>).value);
}
