import { describe, expect, it } from 'vitest';
import { Joiner } from '../../../src/verify/logs/entries.ts';
import { levelOf } from '../../../src/verify/logs/level.ts';
import { signatureOf } from '../../../src/verify/logs/signature.ts';

describe('levelOf', () => {
  it.each([
    ['{"level":"error","msg":"x"}', 'error'],
    ['{"level":50,"msg":"x"}', 'error'],
    ['{"level":30,"msg":"0 errors"}', 'info'],
    ['{"level":3,"short_message":"x"}', 'error'],
    ['{"severity":"CRITICAL"}', 'fatal'],
    ['{"msg":"x","err":{"stack":"Error: x"}}', 'error'],
    ['level=error msg="x"', 'error'],
    ['ts=1 lvl=info msg="ERROR in text" errors=0', 'info'],
    ['2026/11/21 10:00:00 [crit] 7#7: *1 open() failed', 'fatal'],
    ['[Sat Nov 21 10:00:00.1 2026] [core:error] [pid 5] AH001', 'error'],
    ['ERROR:shop.pay:refused', 'error'],
    ['E1121 10:00:00.000001       1 server.go:5] x', 'error'],
    ['[21-Nov-2026 10:00:00] PHP Fatal error:  Uncaught x', 'fatal'],
    ['2026-11-21 10:00:00,123 ERROR [main] c.e.Pay - refused', 'error'],
    ['2026-11-21T10:00:00Z INFO finished with 0 errors', 'info'],
    ['INFO retrying after ERROR', 'info'],
    ['TypeError: x is not a function', 'error'],
    ['panic: runtime error: index out of range', 'fatal'],
    ['Traceback (most recent call last):', 'error'],
    ['1.2.3.4 - - [21/Nov/2026:10:00:00 +0000] "GET /pay HTTP/1.1" 502 12 "-"', 'error'],
    ['1.2.3.4 - - [21/Nov/2026:10:00:00 +0000] "GET /error HTTP/1.1" 200 12 "-"', 'info'],
    ['0 errors, 0 warnings', 'unknown'],
    ['errors=0', 'unknown'],
  ])('%s', (line, level) => expect(levelOf(line)).toBe(level));
});

const join = (text: string) => {
  const joiner = new Joiner();
  const entries = text.split('\n').flatMap((line, i) => joiner.push(i, line)?.text ?? []);
  return [...entries, joiner.flush(1e9)?.text].filter((one) => one !== undefined);
};

describe('Joiner', () => {
  it.each([
    ['node', 'TypeError: x\n    at pay (/app/pay.js:3:4)\n    at node:internal/x\n  [cause]: Error: y\nINFO next'],
    [
      'java',
      'java.lang.IllegalStateException: x\n\tat a.B.c(B.java:5)\n\t... 3 more\nCaused by: x.Y: z\n\tat d.E.f(E.java:1)\nINFO next',
    ],
    [
      'python',
      'Traceback (most recent call last):\n  File "/app/pay.py", line 3, in pay\n    raise ValueError(1)\nValueError: 1\nINFO next',
    ],
    ['go', 'panic: boom\n\ngoroutine 1 [running]:\nmain.pay(0x1)\n\t/app/pay.go:5 +0x1\nINFO next'],
    [
      'php',
      'PHP Fatal error:  Uncaught Exception: x in /a.php:3\nStack trace:\n#0 /a.php(5): pay()\n#1 {main}\nINFO next',
    ],
  ])('keeps a stack of %s together', (_, text) => {
    const entries = join(text);
    expect(entries.at(-1)).toBe('INFO next');
    expect(entries.length).toBeLessThanOrEqual(2);
  });

  it('strips colours and prefixes of compose', () => {
    expect(join('shop-1  | \u001b[31mERROR\u001b[0m boom')).toEqual(['ERROR boom']);
  });
});

describe('signatureOf', () => {
  it('is the same for what differs in values only', () => {
    const one = signatureOf(
      'ERROR order 4711 of 10.0.0.1 failed at 2026-11-21T10:00:00Z id 550e8400-e29b-41d4-a716-446655440000',
    );
    const two = signatureOf(
      'ERROR order 99 of 10.9.8.7 failed at 2026-11-22T11:00:01Z id 660e8400-e29b-41d4-a716-446655440111',
    );
    expect(one.key).toBe(two.key);
  });

  it('is exception and own frames where there is a stack, without line numbers', () => {
    const stack = (line: number) =>
      `TypeError: x of ${line}\n    at pay (/app/pay.js:${line}:4)\n    at next (/app/node_modules/x/i.js:1:1)\n    at cart (/app/cart.js:${line}:2)`;
    expect(signatureOf(stack(3)).key).toBe(signatureOf(stack(77)).key);
    expect(signatureOf(stack(3)).key).toMatch(/^TypeError at pay .* < cart/);
  });

  it('reads the message of JSON and logfmt', () => {
    expect(signatureOf('{"level":"error","time":1,"msg":"refused 5"}').key).toBe(
      signatureOf('{"level":"error","time":2,"msg":"refused 6"}').key,
    );
    expect(signatureOf('level=error ts=5 msg="refused 5"').key).toContain('refused');
  });
});
