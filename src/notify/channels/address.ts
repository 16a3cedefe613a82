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
  // The base may have a query as well, such as a gateway's key.
  for (const [name, value] of new URLSearchParams(query)) url.searchParams.set(name, value);
  return { url: url.href, headers: user || password ? { authorization: basic(user, password) } : {} };
}

export const basic = (user: string, password: string): string =>
  `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`;

/** A base named without the vendor's usual path gets it. */
export function prefixed(base: string, prefix: string): string {
  const path = new URL(base).pathname.replace(/\/+$/, '');
  const known = path.endsWith(prefix);
  const url = new URL(base);
  url.pathname = known ? path : path + prefix;
  return url.href;
}
