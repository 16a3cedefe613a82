import { expect, it } from 'vitest';
import type { VerifyInputs } from '../../../src/verify/inputs.ts';
import { checkAddresses, credentials, warnOfPlain } from '../../../src/verify/live/addresses.ts';

it('passwords of addresses are hidden and travel as a header; plain http beyond this machine is warned of', () => {
  const masked: string[] = [];
  const warned: string[] = [];
  const actions = { mask: (secret: string) => masked.push(secret), warning: (line: string) => warned.push(line) };
  const inputs = {
    urls: ['pay=https://user:p%40ss1@shop.example/pay'],
    'prometheus-url': 'http://u:pw-prom@prom.example:9090',
    'loki-url': 'http://127.0.0.1:3100',
    metrics: ['orders=https://u:pw-json@shop.example/stats#/orders'],
  } as unknown as VerifyInputs;
  checkAddresses(inputs, actions);
  expect(masked.sort()).toEqual(['p@ss1', 'pw-json', 'pw-prom']);
  expect(warned).toEqual([expect.stringMatching(/^prometheus-url: prom\.example:9090 /)]);
  warnOfPlain('urls', [new URL('http://shop.example/a'), new URL('http://shop.example/b')], actions);
  expect(warned[1]).toMatch(/^urls: shop\.example is/);
  const { url, headers } = credentials('https://user:p%40ss1@shop.example/pay');
  expect(url.href).toBe('https://shop.example/pay');
  expect(headers.authorization).toBe(`Basic ${Buffer.from('user:p@ss1').toString('base64')}`);
});
