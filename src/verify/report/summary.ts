import { code, escapeMarkdown, table } from '../../lib/markdown.ts';
import { formatDuration } from '../../lib/units.ts';
import type { VerifyInputs } from '../inputs.ts';
import type { Check } from '../judge/types.ts';
import type { Result } from '../result.ts';
import { against, needed, ratio } from './words.ts';

const MARKS = { pass: '✅', fail: '❌', inconclusive: '❔', error: '⚠️' } as const;
const STATES = { pass: '✅ pass', fail: '❌ fail', open: '❔ open', skipped: '– skipped' } as const;
const BARS = '▁▂▃▄▅▆▇█';

function row(check: Check): string[] {
  // The failing row is the one that is seen.
  const bold = (cell: string) => (check.state === 'fail' && cell ? `**${cell}**` : cell);
  const cells = [check.gate, check.old ?? '', check.new ?? ''].map(escapeMarkdown);
  return [
    bold(cells[0]!),
    bold(STATES[check.state]),
    bold(cells[1]!),
    bold(cells[2]!),
    ratio(check),
    against(check.logE, check.failAt),
    against(check.passLogE, check.passAt),
    String(check.samples ?? ''),
    needed(check),
    escapeMarkdown(check.note ?? ''),
  ];
}

/** Combined evidence over time, as bars from none to the threshold. */
function spark(result: Result, alpha: number): string {
  const history = result.judge?.history ?? [];
  if (history.length < 2) return '';
  const top = Math.log(1 / alpha);
  const step = Math.max(1, Math.ceil(history.length / 60));
  const bars: string[] = [];
  for (let i = 0; i < history.length; i += step) {
    const peak = Math.max(...history.slice(i, i + step).map((point) => point.logE));
    bars.push(BARS[Math.round(Math.min(1, Math.max(0, peak / top)) * (BARS.length - 1))]!);
  }
  return bars.join('');
}

/** What a comparison is with, in a sentence. */
export const MODES = {
  concurrent: 'Old and new answered at the same time.',
  separated:
    'The old version was measured before the new one, so its margins apply (25 % and 20 ms, 1.5 times the errors).',
  alone: 'There was no old version to compare with.',
  load: 'Each rate was held for its part of the time; answers are timed from when their request was due.',
} as const;

/** The baseline of a file that the comparison is with, and how old it was. */
export function about({ judge, baselineAgeMs }: Result): string {
  const baseline = judge?.options.baseline;
  if (!baseline) return '';
  const what = { captured: 'captured before the deploy', stored: 'stored by a PASS' }[baseline.from ?? 'captured'];
  return `The baseline was ${what}${baselineAgeMs === undefined ? '' : `, ${formatDuration(baselineAgeMs)} old`}${baseline.release ? `, of release ${baseline.release}` : ''}.`;
}

/** The step summary: verdict first, then what it rests on, then what was not looked at. */
export function summary(result: Result, inputs: VerifyInputs): string {
  const { decision } = result;
  const parts = [
    `## ${MARKS[decision.verdict]} Verify: ${decision.verdict}`,
    escapeMarkdown(decision.reason),
    `${decision.samples} requests of the new version judged, ${formatDuration(decision.timeToVerdictMs)} from its first event. ${decision.verdict === 'error' ? '' : MODES[decision.mode]} ${escapeMarkdown(about(result))}`.trim(),
  ];
  if (decision.verdict === 'inconclusive') {
    parts.push(
      decision.needed >= 1_000_000
        ? 'At these figures more samples would not settle it.'
        : `About ${decision.needed} more samples are needed at these figures.`,
    );
  }
  if (decision.checks.length > 0) {
    parts.push(
      table(
        [
          'Gate',
          'State',
          'Old',
          'New',
          'Ratio (at every look)',
          'Evidence / FAIL at',
          'Evidence / PASS at',
          'Samples',
          'Would need',
          'Note',
        ],
        [...decision.checks].sort((a, b) => Number(b.state === 'fail') - Number(a.state === 'fail')).map(row),
      ),
    );
  }
  const bars = spark(result, inputs.alpha);
  if (bars) parts.push(`Evidence against the new version over time (full bar: FAIL): ${code(bars)}`);
  const listed = decision.signatures.slice(0, 8);
  if (listed.length > 0) {
    const rows = listed.map((one) => [
      one.state,
      one.level,
      String(one.count),
      code(one.signature.slice(0, 160)),
      code(one.example.split('\n')[0]!.slice(0, 200)),
    ]);
    parts.push(
      '### Log signatures the old version did not write',
      table(['State', 'Level', 'Count', 'Signature', 'Example (redacted)'], rows),
    );
  }
  if (result.vitals.length > 0)
    parts.push(
      '### Vitals',
      table(
        ['', 'Old', 'New'],
        result.vitals.map((cells) => cells.map(escapeMarkdown)),
      ),
    );
  if (result.asked?.length)
    parts.push('### What was asked of stores', result.asked.map((line) => `- ${code(line)}`).join('\n'));
  if (result.measured.length > 0)
    parts.push('### How it was measured', result.measured.map((line) => `- ${escapeMarkdown(line)}`).join('\n'));
  if (result.notChecked.length > 0)
    parts.push('### Not checked', result.notChecked.map((line) => `- ${escapeMarkdown(line)}`).join('\n'));
  return parts.join('\n\n');
}
