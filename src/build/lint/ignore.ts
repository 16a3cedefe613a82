/** `.dockerignore` patterns, as Docker reads them: `*`, `**`, `?`, `!` takes back, the last match wins. */
export function ignores(patterns: string): (path: string) => boolean {
  const rules = patterns
    .split(/\r?\n/)
    .map((line) => line.trim())
    .filter((line) => line !== '' && !line.startsWith('#'))
    .map((line) => {
      const back = line.startsWith('!');
      const glob = line
        .slice(back ? 1 : 0)
        .trim()
        .replace(/^\.?\/+/, '')
        .replace(/\/+$/, '');
      const source = glob.replace(/\*\*\/?|\*|\?|\[\^?[^\]]+\]|[[\].+^${}()|\\]/g, (mark) => {
        if (mark.length > 2) return mark === '**/' ? '(?:.*/)?' : mark; // a class such as [a-z] is one here too
        if (mark === '**') return '.*';
        if (mark === '*') return '[^/]*';
        if (mark === '?') return '[^/]';
        return `\\${mark}`;
      });
      return { back, test: glob === '.' ? /^/ : new RegExp(`^${source}(?:/|$)`) };
    });
  return (path) => rules.reduce((ignored, { back, test }) => (test.test(path) ? !back : ignored), false);
}
