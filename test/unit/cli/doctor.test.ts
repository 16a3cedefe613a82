import { describe, expect, it } from 'vitest';
import { doctor } from '../../../src/cli/doctor/doctor.ts';
import type { StepEnd } from '../../../src/cli/ship.ts';
import { readWords } from '../../../src/cli/words.ts';

/** Runs the doctor with actions that answer as told; what it asked of each, and what it said. */
async function examine(answers: { deploy?: Partial<StepEnd>; notify: Partial<StepEnd> }, words: string[] = []) {
  const said: string[] = [];
  const asked: Record<string, Record<string, string>> = {};
  const status = await doctor(
    readWords(['doctor', ...words]),
    {},
    { out: (line) => said.push(line), err: () => undefined },
    async (wing, { inputs }) => {
      asked[wing] = Object.fromEntries(inputs);
      return { status: 0, outputs: {}, ...answers[wing as 'deploy' | 'notify'] };
    },
  );
  return { status, said, asked };
}
const receipt = (target: string, outcome: string, reason = '') => ({ target, outcome, reason });
const receipts = (...all: object[]) => ({ receipts: JSON.stringify(all) });

describe('seatrial doctor', () => {
  it('asks action-notify for the channels, wherever they are named', async () => {
    const { asked, said, status } = await examine(
      { notify: { outputs: receipts(receipt('alertmanager', 'accepted'), receipt('oncall', 'skipped', 'no probe')) } },
      ['--app', 'shop', '--locale', 'en'],
    );
    expect(asked.notify).toEqual({ locale: 'en', mode: 'check' });
    expect(asked.deploy).toMatchObject({ app: 'shop', command: 'doctor' });
    expect(said).toEqual(['ok    channel alertmanager: accepted', 'ok    channel oncall: skipped (no probe)']);
    expect(status).toBe(0);
  });
  it.each([
    ['action-notify refuses to tell nobody', { status: 1, outputs: { 'error-code': 'NOTIFY_NO_TARGET' } }],
    ['it may tell nobody (require: none)', { status: 0, outputs: receipts() }],
  ])('notes that nobody will be told when %s, and is content', async (_, notify) => {
    const { said, status } = await examine({ notify });
    expect([said, status]).toEqual([[expect.stringMatching(/^note {2}channels: none is set/)], 0]);
  });
  it('is red for a channel that is refused, and names it', async () => {
    const outputs = { ...receipts(receipt('dingtalk', 'refused', 'wrong token')), 'error-code': 'NOTIFY_CHECK_FAILED' };
    const { said, status } = await examine({ notify: { status: 1, outputs } });
    expect([said, status]).toEqual([['MEND  channel dingtalk: refused (wrong token)'], 1]);
  });
  it.each([
    ['INPUT_INVALID', { 'error-code': 'INPUT_INVALID' }],
    ['the check broke', {}],
  ])('never takes channels that could not be read for none: %s', async (words, outputs) => {
    const { said, status } = await examine({ notify: { status: 1, outputs } });
    expect([said, status]).toEqual([[expect.stringMatching(`^MEND  channels: ${words}; run seatrial notify`)], 1]);
  });
  it('is red where a host is', async () => {
    const { status } = await examine({
      deploy: { status: 1 },
      notify: { outputs: receipts(receipt('a', 'accepted')) },
    });
    expect(status).toBe(1);
  });
  it('prints hosts and channels as one object with --json, and nothing else on stdout', async () => {
    const { said } = await examine(
      { deploy: { outputs: { state: 'good' } }, notify: { outputs: receipts(receipt('a', 'accepted')) } },
      ['--json'],
    );
    expect(said.map((line) => JSON.parse(line))).toEqual([{ state: 'good', receipts: [receipt('a', 'accepted')] }]);
  });
});
