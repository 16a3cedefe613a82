import { existsSync, readFileSync } from 'node:fs';
import type { Actions } from '../../lib/actions.ts';
import type { Facts } from '../facts.ts';
import { versionOf, whereOf } from './words.ts';

/** GitHub shows ten warnings a step, and lint has its own; the summary has all. */
const SHOWN = 5;

const bare = (line: string) => line.trim().replace(/\s+/g, ' ');

/**
 * Line of what brought a finding: of the ENV, LABEL or ARG it is called by, or of the instruction that made its layer.
 * What a base brought stands at the last FROM.
 */
export function lineOf(dockerfile: string, instruction: string, name = ''): number | undefined {
  const lines = dockerfile.split(/\r?\n/).map(bare);
  const [, variable] = /^(?:ENV|LABEL|ARG) (\S+)$/.exec(name) ?? [];
  const begins = instruction.slice(0, 40);
  const isOwn = (line: string) =>
    variable !== undefined
      ? line.split(' ').some((word) => word === variable || word.startsWith(`${variable}=`))
      : begins !== '' && line.length > 4 && begins.startsWith(line.slice(0, 40).replace(/ ?\\$/, ''));
  const own = lines.findLastIndex(isOwn);
  const at = own >= 0 ? own : lines.findLastIndex((line) => /^FROM /i.test(line));
  return at >= 0 ? at + 1 : undefined;
}

/** The worst findings of the gate beside the lines that brought them. */
export function annotate(actions: Actions, { scan, dockerfile }: Facts): void {
  if (!scan || !dockerfile) return;
  const text = existsSync(dockerfile.path) ? readFileSync(dockerfile.path, 'utf8') : '';
  for (const found of scan.verdict.blocking.slice(0, SHOWN)) {
    const by = found.layers.map((id) => scan.layers.get(id)?.by).find((name) => name) ?? '';
    const line = lineOf(text, by, found.package);
    const version = versionOf(found);
    const where = whereOf(found, scan.layers);
    actions.warning(
      `${found.severity} ${found.id} in ${found.package}${version ? ` ${version}` : ''}${where ? ` (${where})` : ''}`,
      { file: dockerfile.shown, ...(line ? { line } : {}), title: `${found.id} in ${found.package}` },
    );
  }
}
