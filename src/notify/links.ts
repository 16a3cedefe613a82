import { type Context, contextOf } from '../lib/context.ts';
import { SeatrialError } from '../lib/errors.ts';
import type { Inputs } from './inputs.ts';
import type { Links, Message } from './message.ts';
import { rollbackPage } from './rollback-page.ts';

type Env = Readonly<Record<string, string | undefined>>;

/** What commits and comparisons stand below on the web; undefined where nothing tells which forge it is. */
function baseOf({ ci, source }: Context): string | undefined {
  if (ci === 'gitlab') return source && `${source}/-`;
  return ci === 'github' ? source : undefined;
}

function page(inputs: Inputs, name: 'report-url' | 'rollback-url'): string | undefined {
  const value = inputs[name];
  if (value === undefined) return undefined;
  if (URL.canParse(value) && /^https?:$/.test(new URL(value).protocol)) return new URL(value).href;
  throw new SeatrialError('INPUT_INVALID', `${name} is not an http(s) URL.`);
}

/**
 * Pages about it. `commits` are those of the release this is about and of the one before, abbreviated or whole. Of a
 * rollback the comparison shows what it took away.
 * @throws INPUT_INVALID for an address that is none
 */
export function linksOf(
  inputs: Inputs,
  env: Env,
  { commit, before, back }: { commit?: string; before?: string; back: boolean },
): Links {
  const context = contextOf(env);
  const base = baseOf(context);
  const [old, now] = back ? [commit, before] : [before, commit];
  const same = old && now && (old.startsWith(now) || now.startsWith(old));
  return {
    run: context.run,
    commit: base && commit ? `${base}/commit/${commit}` : undefined,
    compare: base && old && now && !same ? `${base}/compare/${old}...${now}` : undefined,
    report: page(inputs, 'report-url'),
    rollback: page(inputs, 'rollback-url') ?? rollbackPage(env),
  };
}

/** The pages in the order in which they matter at night, by the label they bear. */
export const inOrder = ({ links }: Message): [keyof Links, string][] =>
  (['run', 'report', 'rollback', 'compare', 'commit'] as const).flatMap((name) => {
    const url = links[name];
    return url ? [[name, url] as [keyof Links, string]] : [];
  });
