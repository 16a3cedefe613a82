import { type Fault, HTML } from './server.ts';
import { ways } from './ways.ts';

export interface Row {
  way: string;
  what: string;
  faults: Fault[];
  outcome: string;
  code: string;
  attempts?: number;
  says?: RegExp;
}

export const answer = (body: string | object, status = 200, headers?: Record<string, string>): Fault => ({
  do: 'answer',
  status,
  body: typeof body === 'string' ? body : JSON.stringify(body),
  ...(headers ? { headers } : {}),
});

/** What every vendor's answers mean alike. */
export function common(way: string): Row[] {
  const { good, outcome, code, bodiless, idempotent } = ways[way]!;
  const yes = answer(good.body, good.status);
  const lost = idempotent ? 2 : 1;
  // A 2xx is the whole rule of a generic webhook, whatever stands in it.
  const any2xx = way === 'webhook';
  const odd = (what: string, body: string): Row =>
    any2xx
      ? { way, what, faults: [answer(body)], outcome: 'delivered', code: '200' }
      : { way, what, faults: [answer(body)], outcome: 'unknown', code: '200' };
  return [
    { way, what: 'its yes', faults: [yes], outcome, code, attempts: 1 },
    ...(way === 'alertmanager' ? [] : [odd('an empty 200', '')]),
    odd('a page in 200', HTML),
    odd('another JSON in 200', '{"hello":"world"}'),
    odd('cut JSON', '{"ok":true,"code":0,"Code":"O'),
    { way, what: 'a 403 page', faults: [answer(HTML, 403)], outcome: 'refused', code: '403', attempts: 1 },
    { way, what: 'a 404 page', faults: [answer(HTML, 404)], outcome: 'refused', code: '404', attempts: 1 },
    { way, what: '500 thrice', faults: [answer(HTML, 500)], outcome: 'unknown', code: '500', attempts: 3 },
    { way, what: '503 once', faults: [answer('', 503), yes], outcome, code, attempts: 2 },
    ...(good.body
      ? [
          {
            way,
            what: 'its yes cut off',
            faults: [{ do: 'truncate', status: good.status, body: good.body } as Fault],
            outcome: 'unknown',
            code: String(good.status),
          },
        ]
      : []),
    ...(bodiless
      ? []
      : [
          {
            way,
            what: 'its yes in HTTP 500',
            faults: [answer(good.body, 500)],
            outcome: 'refused|unknown',
            code: '500',
          },
        ]),
    { way, what: 'a hang', faults: [{ do: 'hang' }], outcome: 'unknown', code: 'timeout', attempts: lost },
    {
      way,
      what: 'a reset',
      faults: [{ do: 'reset' }],
      outcome: 'unknown',
      code: 'UND_ERR_SOCKET|ECONNRESET',
      ...(idempotent ? {} : { attempts: 1 }),
    },
    {
      way,
      what: '302',
      faults: [answer('', 302, { location: '/' }), yes],
      outcome: 'refused',
      code: '302',
      attempts: 1,
    },
    {
      way,
      what: '308',
      faults: [answer(good.body, 308, { location: '/' })],
      outcome: 'refused',
      code: '308',
      attempts: 1,
    },
    {
      way,
      what: '429 with a wait within reach',
      faults: [answer('', 429, { 'retry-after': '1' }), yes],
      outcome,
      code,
      attempts: 2,
    },
    {
      way,
      what: '429 with a wait too far',
      faults: [answer('', 429, { 'retry-after': '60' })],
      outcome: 'throttled',
      code: '429',
      attempts: 1,
      says: /after 60 s/,
    },
  ];
}

export const row = (
  way: string,
  what: string,
  fault: Fault | Fault[],
  outcome: string,
  code: string,
  says?: RegExp,
  attempts?: number,
): Row => ({
  way,
  what,
  faults: Array.isArray(fault) ? fault : [fault],
  outcome,
  code,
  ...(says ? { says } : {}),
  ...(attempts ? { attempts } : {}),
});
