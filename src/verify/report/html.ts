import { redact } from '../../lib/redact.ts';
import { formatDuration } from '../../lib/units.ts';
import type { VerifyInputs } from '../inputs.ts';
import type { Judge } from '../judge/judge.ts';
import type { Result } from '../result.ts';
import { chart, escapeHtml, type Line } from './chart.ts';
import { eValue, needed } from './summary.ts';

const STYLE = `:root{color-scheme:light dark}body{font:15px/1.5 system-ui,"PingFang SC","Microsoft YaHei",sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem}
h1 span{padding:.1em .5em;border-radius:.3em;color:#fff}.pass{background:#1a7f37}.fail{background:#cf222e}.inconclusive{background:#9a6700}.error{background:#57606a}
table{border-collapse:collapse;width:100%;font-size:13px}th,td{border:1px solid #8c959f66;padding:.25em .5em;text-align:left;vertical-align:top}
pre{white-space:pre-wrap;word-break:break-word;background:#8c959f22;padding:.6em;font-size:12px}figure{margin:1rem 0}figcaption{font-weight:600}svg{width:100%;max-width:640px;font-size:10px}svg text{fill:currentColor}`;

function table(head: string[], rows: string[][]): string {
  const cells = (tag: string, row: string[]) =>
    `<tr>${row.map((cell) => `<${tag}>${escapeHtml(cell)}</${tag}>`).join('')}</tr>`;
  return `<table>${cells('th', head)}${rows.map((row) => cells('td', row)).join('')}</table>`;
}

const STEPS = 200;

function charts(judge: Judge): string {
  const every = Math.max(1, Math.floor(judge.history.length / STEPS));
  const evidence: Line = {
    name: 'evidence',
    points: judge.history
      .filter((_, i) => i % every === 0 || i === judge.history.length - 1)
      .map(({ t, logE }) => [t, logE / Math.LN10]),
  };
  const title = 'Evidence against the new version over time (dashed: FAIL)';
  const mark = Math.log10(1 / judge.options.alpha);
  return [
    chart(title, [evidence], { x: 'seconds', y: 'log10 e-value', mark }),
    ...judge.pictures().map(({ title: name, lines, axes }) => chart(redact(name), lines, axes)),
  ].join('');
}

const list = (title: string, items: string[]) =>
  items.length === 0 ? '' : `<h2>${title}</h2><ul>${items.map((item) => `<li>${escapeHtml(item)}</li>`).join('')}</ul>`;

/** One file, nothing loaded from elsewhere: verdict, gates, pictures, signatures, vitals, and what was not looked at. */
export function html(result: Result, inputs: VerifyInputs): string {
  const { decision, judge } = result;
  const rows = decision.checks.map((check) => [
    check.gate,
    check.state,
    check.old ?? '',
    check.new ?? '',
    check.ratio === undefined ? '' : check.ratio.toPrecision(3),
    check.failAt === undefined ? '' : `${eValue(check.logE)} / ${eValue(check.failAt)}`,
    check.passAt === undefined ? '' : `${eValue(check.passLogE)} / ${eValue(check.passAt)}`,
    String(check.samples ?? ''),
    needed(check),
    check.note ?? '',
  ]);
  const signatures = decision.signatures
    .slice(0, 30)
    .map((one) => [one.state, one.level, String(one.count), one.signature, one.example]);
  const about = inputs.deployment
    ? `${inputs.deployment.app}, ${inputs.deployment.environment}, release ${inputs.deployment.release}`
    : '';
  return [
    `<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>Verify: ${decision.verdict}</title><style>${STYLE}</style></head><body>`,
    `<h1>Verify: <span class="${decision.verdict}">${decision.verdict}</span></h1>`,
    about ? `<p>${escapeHtml(about)}</p>` : '',
    `<p><strong>${escapeHtml(decision.reason)}</strong></p>`,
    `<p>${decision.samples} requests of the new version, ${formatDuration(decision.timeToVerdictMs)} from its first event; alpha ${inputs.alpha}, beta ${inputs.beta}.${decision.needed > 0 ? ` About ${decision.needed} more samples are needed.` : ''}</p>`,
    rows.length > 0
      ? `<h2>Gates</h2>${table(['Gate', 'State', 'Old', 'New', 'Ratio', 'Evidence / FAIL at', 'Evidence / PASS at', 'Samples', 'Would need', 'Note'], rows)}`
      : '',
    judge ? charts(judge) : '',
    signatures.length > 0
      ? `<h2>Log signatures the old version did not write</h2>${table(['State', 'Level', 'Count', 'Signature', 'Example (redacted)'], signatures)}`
      : '',
    result.vitals.length > 0 ? `<h2>Vitals</h2>${table(['', 'Old', 'New'], result.vitals)}` : '',
    list('How it was measured', result.measured),
    list('Not checked', result.notChecked),
    result.evidence
      ? `<details><summary>Log of the new version (redacted, last lines)</summary><pre>${escapeHtml(result.evidence.slice(-60_000))}</pre></details>`
      : '',
    '</body></html>\n',
  ].join('\n');
}
