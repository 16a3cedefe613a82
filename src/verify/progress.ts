import { formatDuration } from '../lib/units.ts';
import type { Judge } from './judge/judge.ts';
import { eValue } from './report/words.ts';
import type { Running } from './start-sources.ts';

/** One line for the log every few seconds, so that a waiting step says what it waits for. */
export function progress(judge: Judge, sources: Running | undefined, elapsedMs: number): string {
  const { k, n, k0, m } = judge.stream.requests;
  const last = judge.history.at(-1)?.logE;
  const warming = n === 0 && judge.options.warmUpMs > elapsedMs ? 'warming up, ' : '';
  const parts = [
    `${formatDuration(elapsedMs)}: ${warming}new ${n} requests (${k} failed)`,
    `old ${m} (${k0} failed)`,
    `log errors ${judge.stream.logs.errors.new} new, ${judge.stream.logs.errors.old} old`,
    last === undefined ? '' : `evidence ${eValue(last)} of ${eValue(Math.log(1 / judge.options.alpha))}`,
    sources && sources.containers > 0 ? `${sources.containers} containers` : '',
  ];
  return parts.filter(Boolean).join('; ');
}
