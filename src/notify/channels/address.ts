/**
 * An address below a base, which may have a path of its own behind a proxy. A user and password in the base go into the
 * Authorization header, since an HTTP client takes no notice of them in a URL.
 */
export function below(base: string, path: string): { url: string; headers: Record<string, string> } {
  const url = new URL(base);
  const [user, password] = [decodeURIComponent(url.username), decodeURIComponent(url.password)];
  url.username = '';
  url.password = '';
  const [pathname, query] = path.split('?') as [string, string?];
  url.pathname = url.pathname.replace(/\/+$/, '') + pathname;
  if (query) url.search = query;
  return { url: url.href, headers: user || password ? { authorization: basic(user, password) } : {} };
}

export const basic = (user: string, password: string): string =>
  `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`;

/** A base named as a bare host gets the vendor's usual prefix; one with a path is taken as it is. */
export function prefixed(base: string, prefix: string): string {
  const url = new URL(base);
  return url.pathname === '/' ? new URL(prefix, url).href : base;
}
