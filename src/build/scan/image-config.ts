import type { TrivyReport } from './findings.ts';

type Path = (string | number)[];

/**
 * Lines of a JSON value as Go's `MarshalIndent` and `JSON.stringify` write it, each with the path it stands at. Trivy
 * looks for secrets in the image's configuration by these very lines, and tells a finding's by its number.
 */
function linesOf(value: unknown): { path: Path; text: string }[] {
  const lines: { path: Path; text: string }[] = [];
  const walk = (node: unknown, path: Path, lead: string, tail: string) => {
    const isList = Array.isArray(node);
    const entries: [string | number, unknown][] = isList
      ? node.map((item, i) => [i, item])
      : typeof node === 'object' && node !== null
        ? Object.entries(node).filter(([, item]) => item !== undefined)
        : [];
    if (entries.length === 0) {
      lines.push({ path, text: `${lead}${JSON.stringify(node)}${tail}` });
      return;
    }
    lines.push({ path, text: `${lead}${isList ? '[' : '{'}` });
    for (const [i, [key, item]] of entries.entries()) {
      walk(item, [...path, key], isList ? '' : `${JSON.stringify(key)}: `, i < entries.length - 1 ? ',' : '');
    }
    lines.push({ path, text: `${isList ? ']' : '}'}${tail}` });
  };
  walk(value, [], '', '');
  return lines;
}

/** The instruction of a history entry, as a Dockerfile has it: without the builder's own words around. */
export function instructionOf(createdBy: string): string {
  const text = createdBy
    .replace(/^\/bin\/sh -c #\(nop\)\s*/, '')
    .replace(/\s*# buildkit$/, '')
    .replace(/^(?:RUN )?(?:\|\d+ .*?)?\/bin\/(?:ba)?sh -c /s, 'RUN ')
    .replace(/\s+/g, ' ')
    .trim();
  return /^[A-Z]+ /.test(text) ? text : `RUN ${text}`;
}

const nameOf = (text: string) => /^["']?([\w.-]+)/.exec(text)?.[1] ?? '';

export interface ConfigPlace {
  /** `ENV AWS_ACCESS_KEY_ID`, `LABEL token`, `history line 3 (RUN)`. */
  place: string;
  /** The secret itself, for hiding it: where the report's mask lets it be told. */
  secret?: string;
}

/** The secret behind a masked match: what stands in the whole line where the mask has its stars. */
function unmasked(line: string, match: string): string | undefined {
  const [, before = '', stars = '', after = ''] = /^([\s\S]*?)(\*{4,})([\s\S]*)$/.exec(match.trimStart()) ?? [];
  if (!stars) return undefined;
  const near = before.slice(-20);
  for (let at = line.indexOf(near); at >= 0; at = line.indexOf(near, at + 1)) {
    const start = at + near.length;
    const secret = line.slice(start, start + stars.length);
    if (secret.length === stars.length && line.startsWith(after.slice(0, 5), start + stars.length)) return secret;
    if (near === '') return undefined;
  }
  return undefined;
}

/** Names the place in the image's configuration that Trivy means by a line number. */
export function configPlace(report: TrivyReport, line: number, match: string): ConfigPlace {
  const found = linesOf(report.Metadata.ImageConfig)[line - 1];
  if (!found) return { place: 'image configuration' };
  const { path, text } = found;
  const secret = unmasked(text, match);
  const withSecret = (place: string): ConfigPlace => ({ place, ...(secret ? { secret } : {}) });
  const value = path.reduce<unknown>(
    (node, key) => (node as Record<string | number, unknown>)[key],
    report.Metadata.ImageConfig,
  );
  const said = typeof value === 'string' ? value : '';
  if (path[0] === 'history') {
    const instruction = instructionOf(said);
    const [keyword = ''] = instruction.split(' ');
    if (/^(CMD|ENTRYPOINT)$/.test(keyword)) return withSecret(keyword);
    // The history says once more what an ENV or a LABEL of the configuration holds: the same finding.
    const pairs = /^(ENV|LABEL|ARG)$/.test(keyword) ? [...instruction.matchAll(/([\w.-]+)=/g)] : [];
    const at = secret ? instruction.indexOf(secret) : -1;
    const own = pairs.filter(({ index }) => at < 0 || index < at).at(-1)?.[1];
    return withSecret(own ? `${keyword} ${own}` : `history line ${Number(path[1]) + 1} (${keyword})`);
  }
  const [, section = '', key = ''] = path.map(String);
  if (section === 'Env') return withSecret(`ENV ${nameOf(said)}`);
  if (section === 'Labels') return withSecret(`LABEL ${key}`);
  if (section === 'Cmd' || section === 'Entrypoint') return withSecret(section === 'Cmd' ? 'CMD' : 'ENTRYPOINT');
  return withSecret(section ? `image configuration, ${section}` : 'image configuration');
}
