type Env = Readonly<Record<string, string | undefined>>;

/** The part of @actions/cache that is used here. */
export interface CacheService {
  restoreCache(paths: string[], primaryKey: string, restoreKeys?: string[]): Promise<string | undefined>;
  saveCache(paths: string[], key: string): Promise<number>;
}

/** @actions/cache where the runner has the service behind it. */
export async function cacheService(env: Env): Promise<CacheService | undefined> {
  if (!env.ACTIONS_RESULTS_URL && !env.ACTIONS_CACHE_URL) return undefined;
  const cache = await import('@actions/cache');
  return cache.isFeatureAvailable() ? cache : undefined;
}
