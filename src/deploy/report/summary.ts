import type { SeatrialError } from '../../lib/errors.ts';
import { code, escapeMarkdown, table } from '../../lib/markdown.ts';
import { formatDuration } from '../../lib/units.ts';
import { find } from '../release/history.ts';
import type { Outcome } from '../rollout/outcome.ts';
import type { Run } from '../rollout/run.ts';
import { drawTraffic, lastWords, type Seen, served, servingOf } from './seen.ts';

/** How one host of several ended: what serves there, and what the release is called there. */
function hostRow(seen: Seen, release: string): string[] {
  const { target, shares } = seen;
  const status = find(target.ledger.history, release)?.status ?? 'unknown';
  return [code(target.label), target.region, shares ? code(servingOf(served(seen)) || 'nothing') : 'not known', status];
}

export function summary(
  run: Run,
  out: Outcome,
  error: SeatrialError | undefined,
  durationMs: number,
  seen: readonly Seen[],
): string {
  const { inputs } = run;
  const rows = [
    ['Release', code(out.release || 'none')],
    ['Before', code(out.previous || 'none')],
    ...(out.image ? [['Image', code(out.image)]] : []),
    ['State', out.state],
    ['Took', formatDuration(durationMs)],
    ...(out.switchMs === undefined ? [] : [['Switch', `${out.switchMs.toFixed(1)} ms`]]),
  ];
  const changes = out.plan?.changes ?? [];
  return [
    `### ${escapeMarkdown(inputs.command)} ${escapeMarkdown(inputs.app)} (${escapeMarkdown(inputs.environment)})`,
    error ? `**${error.code}**: ${escapeMarkdown(error.message)}` : '',
    table(['', ''], rows),
    seen.length > 1
      ? `\n${table(
          ['Host', 'Region', 'Serves', 'Release'],
          seen.map((s) => hostRow(s, out.release)),
        )}`
      : '',
    changes.length
      ? `\n${table(
          ['Changed', 'From', 'To'],
          changes.map((c) => [c.what, code(c.from), code(c.to)]),
        )}`
      : '',
    out.plan && (inputs['dry-run'] || inputs.command === 'plan')
      ? out.plan.steps.map((step, i) => `${i + 1}. ${escapeMarkdown(step)}`).join('\n')
      : '',
    out.notes.join('\n\n'),
    `\`\`\`\n${seen.flatMap((one) => drawTraffic(served(one))).join('\n') || 'no traffic'}\n\`\`\``,
    `${escapeMarkdown(lastWords(seen))}.`,
  ]
    .filter(Boolean)
    .join('\n\n');
}
