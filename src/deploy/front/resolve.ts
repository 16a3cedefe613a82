import { hostsOf } from './domains.ts';

/** How a name is looked up; rejects where it is not known. */
export type Lookup = (host: string) => Promise<unknown>;

const PATIENCE_MS = 3000;

/** Hosts among the names that can't be looked up from here, in their order: an authority would hardly find them either. */
export async function unresolved(names: readonly string[], lookup: Lookup): Promise<string[]> {
  const found = await Promise.all(
    hostsOf(names).map(async (host) => {
      const late = new Promise<never>((_, reject) => setTimeout(reject, PATIENCE_MS, new Error('late')).unref());
      return Promise.race([lookup(host), late]).then(
        () => [],
        () => [host],
      );
    }),
  );
  return found.flat();
}
