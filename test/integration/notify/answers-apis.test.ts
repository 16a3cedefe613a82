import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { runAction } from '../../support/action.ts';
import { rows } from '../../support/receivers/answers-apis.ts';
import { type ReceiverServer, startReceivers } from '../../support/receivers/server.ts';
import { targetOf } from '../../support/receivers/targets.ts';
import { ways } from '../../support/receivers/ways.ts';

interface Receipt {
  target: string;
  outcome: string;
  code: string;
  reason: string;
  attempts: number;
}

let server: ReceiverServer;
let receipts: Receipt[];
let printed = '';
const idOf = (index: number) => `case-${String(index).padStart(3, '0')}`;

// Many targets a process: what one vendor answers must not reach another's receipt.
beforeAll(async () => {
  server = await startReceivers([]);
  const env: Record<string, string> = {};
  const targets = rows.map((row, index) => {
    const way = ways[row.way]!;
    const part = `/${idOf(index)}/`;
    server.script(part, ...row.faults);
    if (way.before) server.script(`${part}open-apis${way.before.part}`, way.before.fault);
    const target = targetOf(`t${index}`, way.channel, way.settings(`${server.url}/${idOf(index)}`), way.secrets);
    Object.assign(env, target.env);
    return target.yaml;
  });
  const result = await runAction(
    'notify',
    { event: 'failure', targets: targets.join('\n'), require: 'none', timeout: '6s', text: 'x' },
    { env: { ...env, ACTIONS_STEP_DEBUG: 'true', RUNNER_DEBUG: '1' } },
  );
  expect(result.exitCode, result.stdout).toBe(0);
  printed =
    result.stdout.replace(/^::add-mask::.*$/gm, '') + result.stderr + result.summary + JSON.stringify(result.outputs);
  receipts = JSON.parse(result.outputs.receipts!) as Receipt[];
});
afterAll(() => server.close());

describe('what a vendor answers and what the receipt says', () => {
  test.each(rows.map((row, index) => ({ ...row, index })))('$way: $what is $outcome', (row) => {
    const receipt = receipts[row.index]!;
    expect(receipt.outcome, JSON.stringify(receipt)).toMatch(new RegExp(`^(${row.outcome})$`));
    expect(receipt.code, JSON.stringify(receipt)).toMatch(new RegExp(`^(${row.code.replaceAll('.', '\\.')})$`));
    const before = ways[row.way]!.before ? 1 : 0;
    if (row.attempts && !before) expect(receipt.attempts, JSON.stringify(receipt)).toBe(row.attempts);
    if (row.says) expect(receipt.reason).toMatch(row.says);
    if (row.outcome !== 'delivered') expect(receipt.reason.length).toBeGreaterThan(20);
  });

  test('each attempt said is a request that came', () => {
    for (const [index, row] of rows.entries()) {
      const came = server.received.filter(({ path }) => path.includes(`/${idOf(index)}/`)).length;
      expect(came, `${row.way}: ${row.what}`).toBe(receipts[index]!.attempts);
    }
  });

  test('no token, phone number or path is seen anywhere', () => {
    expect(printed).not.toMatch(/secrettoken0123456789|MfKQ9r8GKYqr|LTAI0123456789|13800001111/);
  });
});
