/**
 * A release's id: when (UTC, by the clock of the engine) and what (commit or image), e.g. `20261123-012136-0e498bf`.
 * Lower-case, so that it may stand in container names and DNS labels; `taken` makes it unique within a second.
 */
export function releaseId(atMs: number, source: string, taken: ReadonlySet<string>): string {
  const [day, time] = new Date(atMs).toISOString().split('T') as [string, string];
  const stamp = `${day.replaceAll('-', '')}-${time.slice(0, 8).replaceAll(':', '')}`;
  const what = source
    .replace(/^sha256:/, '')
    .toLowerCase()
    .replace(/[^a-z0-9]/g, '')
    .slice(0, 7);
  const base = what ? `${stamp}-${what}` : stamp;
  if (!taken.has(base)) return base;
  for (let n = 2; ; n++) if (!taken.has(`${base}-${n}`)) return `${base}-${n}`;
}
