import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import type { Actions } from '../lib/actions.ts';
import { SeatrialError } from '../lib/errors.ts';
import { redact } from '../lib/redact.ts';
import { ageOf } from './baseline.ts';
import type { VerifyInputs } from './inputs.ts';
import type { Check, Decision } from './judge/types.ts';
import { html } from './report/html.ts';
import { json } from './report/json.ts';
import { summary } from './report/summary.ts';
import type { Result } from './result.ts';

/** A decision as it may be shown: endpoints and notes can hold what a URL or a log held. */
function shown(decision: Decision): Decision {
  const text = (value: string | undefined) => (value === undefined ? undefined : redact(value));
  const checks = decision.checks.map((check): Check => {
    const clean: Check = { ...check, gate: redact(check.gate), note: text(check.note) };
    for (const key of ['ratio', 'logE', 'failAt', 'passLogE', 'passAt'] as const) {
      if (clean[key] !== undefined) clean[key] = Number(clean[key].toPrecision(5));
    }
    if (clean.interval) {
      const [low, high] = clean.interval;
      clean.interval = [Number(low.toPrecision(4)), high === null ? null : Number(high.toPrecision(4))];
    }
    return clean;
  });
  return { ...decision, reason: redact(decision.reason), checks };
}

const unwritable = (cause: unknown) =>
  new SeatrialError(
    'REPORT_UNWRITABLE',
    'The report could not be written; give report-dir a folder that may be written to.',
    { cause },
  );

/** Makes a folder and those above it; node's own `recursive` never returns where a file system makes none (/proc). */
async function makeFolder(folder: string): Promise<void> {
  if (existsSync(folder)) return;
  const above = dirname(folder);
  if (above !== folder) await makeFolder(above);
  await mkdir(folder).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'EEXIST') throw error;
  });
}

/** The folder given, or a new one: a step's paths must still hold its own files when a later step has written its. */
async function reportFolder(inputs: VerifyInputs, actions: Actions): Promise<string> {
  const given = inputs['report-dir'];
  try {
    if (!given) return await mkdtemp(join(actions.env.RUNNER_TEMP ?? tmpdir(), 'seatrial-verify-'));
    await makeFolder(resolve(given));
    return given;
  } catch (cause) {
    throw unwritable(cause);
  }
}

async function write(folder: string, name: string, content: string): Promise<string> {
  const file = join(folder, name);
  try {
    await writeFile(file, content);
  } catch (cause) {
    throw unwritable(cause);
  }
  return file;
}

/** Outputs first, so that they stand whatever fails after; then files, then the summary. */
export async function publish(result: Result, inputs: VerifyInputs, actions: Actions): Promise<void> {
  const decision = shown(result.decision);
  actions.output('verdict', decision.verdict);
  actions.output('reason', decision.reason);
  actions.output('checks', decision.checks);
  actions.output('samples', decision.samples);
  actions.output('needed', decision.needed);
  actions.output('time-to-verdict-ms', decision.timeToVerdictMs);
  actions.output('customers', result.customers ?? '', 'whole');
  if (result.capacity !== undefined) actions.output('capacity', result.capacity);
  const compared = result.judge?.options.baseline;
  const baselineAgeMs = compared && Math.round(ageOf(compared, Date.now(), result.judge?.firstNew));
  if (baselineAgeMs !== undefined) actions.output('baseline-age-ms', baselineAgeMs);
  const folder = await reportFolder(inputs, actions);
  if (result.evidence !== undefined) {
    actions.output('evidence', await write(folder, 'evidence.log', actions.scrub(result.evidence)));
  }
  if (result.baseline)
    actions.output('baseline-file', await write(folder, 'baseline.json', JSON.stringify(result.baseline)));
  const clean = { ...result, decision, baselineAgeMs };
  actions.output('report-json', await write(folder, 'report.json', actions.scrub(json(clean, inputs))));
  actions.output('report', await write(folder, 'report.html', actions.scrub(html(clean, inputs))));
  actions.summary(summary(clean, inputs));
  actions.info(`Verdict: ${decision.verdict}. ${decision.reason}`);
}
