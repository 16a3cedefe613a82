/** A value of a JSON document by RFC 6901 pointer. */
export function pointer(document: unknown, path: string): unknown {
  if (path === '' || path === '/') return document;
  let at = document;
  for (const step of path.replace(/^\//, '').split('/')) {
    const key = step.replaceAll('~1', '/').replaceAll('~0', '~');
    if (typeof at !== 'object' || at === null) return undefined;
    at = (at as Record<string, unknown>)[key];
  }
  return at;
}
