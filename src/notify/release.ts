/** `20261123-012136-0e498bf`: when it was made (UTC), and of which commit or image. */
const ID = /^(\d{4})(\d\d)(\d\d)-(\d\d)(\d\d)(\d\d)(?:-([0-9a-z]+(?:-\d+)?))?$/;

/** When a release was made, in milliseconds since the epoch; undefined for an id of another making. */
export function madeAt(release: string | undefined): number | undefined {
  const found = ID.exec(release ?? '');
  if (!found) return undefined;
  const [year, month, day, hour, minute, second] = found.slice(1, 7).map(Number) as [
    number,
    number,
    number,
    number,
    number,
    number,
  ];
  return Date.UTC(year, month - 1, day, hour, minute, second);
}

/** The abbreviated commit in a release's id; undefined where it holds none. */
export function commitOf(release: string | undefined): string | undefined {
  const what = ID.exec(release ?? '')?.[7]?.replace(/-\d+$/, '');
  return what && /^[0-9a-f]{7}$/.test(what) ? what : undefined;
}

/** `one` was made before `other`; false where either's time is not known. */
export function isOlder(one: string | undefined, other: string | undefined): boolean {
  const [a, b] = [madeAt(one), madeAt(other)];
  return a !== undefined && b !== undefined && a < b;
}

/**
 * How releases are called in a text: by their commit, which is what people look for and what `to:` takes. Where two of
 * them would be called the same, day and time go before it.
 */
export function shortNames(releases: readonly (string | undefined)[]): (release: string) => string {
  const ids = [...new Set(releases.filter((release) => release !== undefined))];
  const tail = (release: string) => ID.exec(release)?.[7] ?? release;
  return (release) => {
    const twins = ids.filter(
      (id) => id !== release && tail(id).replace(/-\d+$/, '') === tail(release).replace(/-\d+$/, ''),
    );
    if (!twins.length || tail(release) === release) return tail(release);
    return `${release.slice(4, 13)}-${tail(release)}`;
  };
}
