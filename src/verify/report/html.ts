import { redact } from '../../lib/redact.ts';
import { formatDuration } from '../../lib/units.ts';
import type { VerifyInputs } from '../inputs.ts';
import type { Judge } from '../judge/judge.ts';
import type { Check } from '../judge/types.ts';
import type { Result } from '../result.ts';
import { chart, escapeHtml } from './chart.ts';
import { STYLE } from './style.ts';
import { about, MODES } from './summary.ts';
import { against, called, meaning, needed, ratio } from './words.ts';

interface Row {
  cells: string[];
  /** Classes by cell, and of the row. */
  classes?: string[];
  class?: string;
}

/** A table that becomes cards on a phone, each cell with the name of its column. */
function table(head: string[], rows: Row[]): string {
  const line = ({ cells, classes = [], class: own = '' }: Row) =>
    `<tr class="${own}">${cells
      .map((cell, i) => `<td data-head="${escapeHtml(head[i]!)}" class="${classes[i] ?? ''}">${escapeHtml(cell)}</td>`)
      .join('')}</tr>`;
  return `<table class="cards"><tbody><tr class="head">${head.map((name) => `<th>${escapeHtml(name)}</th>`).join('')}</tr>${rows.map(line).join('')}</tbody></table>`;
}

const STEPS = 200;
const STATES = { pass: '✓ well', fail: '✗ FAIL', open: '? open', skipped: '– skipped' } as const;

function charts(judge: Judge): string {
  const every = Math.max(1, Math.floor(judge.history.length / STEPS));
  const points = judge.history
    .filter((_, i) => i % every === 0 || i === judge.history.length - 1)
    .map(({ t, logE }): [number, number] => [t, logE / Math.LN10]);
  const mark = Math.log10(1 / judge.options.alpha);
  const evidence = chart({
    title: 'Evidence against the new version over time (dashed: enough for FAIL)',
    lines: [{ name: 'evidence, in powers of ten', points }],
    axes: { x: 'seconds', y: 'log10 e-value', mark },
  });
  return [evidence, ...judge.pictures().map((picture) => chart({ ...picture, title: redact(picture.title) }))].join('');
}

const list = (title: string, items: string[]) =>
  items.length === 0 ? '' : `<h2>${title}</h2><ul>${items.map((item) => `<li>${escapeHtml(item)}</li>`).join('')}</ul>`;

/** Failing rows first: what the sentence is about is what is seen. */
const ordered = (checks: Check[]) =>
  [...checks].sort((a, b) => Number(b.state === 'fail') - Number(a.state === 'fail'));

function gates(checks: Check[]): string {
  if (checks.length === 0) return '';
  const plain = ordered(checks).map(
    (check): Row => ({
      cells: [called(check), STATES[check.state], check.old ?? '', check.new ?? '', meaning(check)],
      classes: ['', `state-${check.state}`],
      class: check.state === 'fail' ? 'bad' : '',
    }),
  );
  const exact = ordered(checks).map(
    (check): Row => ({
      cells: [
        check.gate,
        check.state,
        ratio(check),
        against(check.logE, check.failAt),
        against(check.passLogE, check.passAt),
        String(check.samples ?? ''),
        needed(check),
        check.note ?? '',
      ],
      classes: ['', `state-${check.state}`],
      class: check.state === 'fail' ? 'bad' : '',
    }),
  );
  const head = [
    'Gate',
    'State',
    'Ratio (at every look)',
    'Evidence / FAIL at',
    'Evidence / PASS at',
    'Samples',
    'Would need',
    'Note',
  ];
  return `<h2>What was judged</h2>${table(['What', 'State', 'Old', 'New', 'That means'], plain)}<h2>The same in figures</h2>${table(head, exact)}`;
}

/** One file, nothing loaded from elsewhere: verdict, gates, pictures, signatures, vitals, and what was not looked at. */
export function html(result: Result, inputs: VerifyInputs): string {
  const { decision, judge } = result;
  const signatures = decision.signatures
    .slice(0, 30)
    .map((one): Row => ({ cells: [one.state, one.level, String(one.count), one.signature, one.example] }));
  const release = inputs.deployment
    ? `${inputs.deployment.app}, ${inputs.deployment.environment}, release ${inputs.deployment.release}`
    : '';
  const more =
    decision.needed > 0 && decision.needed < 1_000_000 ? ` About ${decision.needed} more samples are needed.` : '';
  return [
    `<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1"><title>Verify: ${decision.verdict}</title><style>${STYLE}</style></head><body>`,
    `<h1>Verify: <span class="${decision.verdict}">${decision.verdict}</span></h1>`,
    release ? `<p>${escapeHtml(release)}</p>` : '',
    `<p class="reason">${escapeHtml(decision.reason)}</p>`,
    `<p class="soft">${decision.samples} requests of the new version, ${formatDuration(decision.timeToVerdictMs)} from its first event.${more} ${decision.verdict === 'error' ? '' : MODES[decision.mode]} ${escapeHtml(about(result))} A version that is no worse is failed in ${(100 * inputs.alpha).toPrecision(2)} % of runs at the most.</p>`,
    gates(decision.checks),
    judge ? charts(judge) : '',
    signatures.length > 0
      ? `<h2>Log signatures the old version did not write</h2>${table(['State', 'Level', 'Count', 'Signature', 'Example (redacted)'], signatures)}`
      : '',
    result.vitals.length > 0
      ? `<h2>Vitals</h2>${table(
          ['What', 'Old', 'New'],
          result.vitals.map((cells) => ({ cells })),
        )}`
      : '',
    list('What was asked of stores', result.asked ?? []),
    list('How it was measured', result.measured),
    list('Not checked', result.notChecked),
    result.evidence
      ? `<details><summary>Log of the new version (redacted, last lines)</summary><pre>${escapeHtml(result.evidence.slice(-60_000))}</pre></details>`
      : '',
    '</body></html>\n',
  ].join('\n');
}
