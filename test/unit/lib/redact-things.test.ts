import { describe, expect, it } from 'vitest';
import { redact } from '../../../src/lib/redact.ts';

describe('the name of a thing', () => {
  it.each([
    'Processed session termination for sessionid: 0x14ede63a5a70002',
    '{"@timestamp":"2026-11-30T06:42:35Z","os":{"type":"linux","name":"Linux"},"host":{"ip":["10.0.0.1"],"name":"web-1"}}',
    '{"level":"info","name":"shop.pay","msg":"order paid"}',
    '{"severity":"INFO","message":"order paid","name":"shop/pay"}',
    '{"kind":"Pod","metadata":{"labels":{"app":"shop"},"name":"shop-7d9f"}}',
    '{"event":{"name":"order.paid"},"span":{"id":"a1","name":"GET /pay"}}',
    'level=info metadata.name=shop-7d9f span.name=checkout',
    'worker started thread name=main-1 priority=5',
    'DETAIL:  Failing row contains (17, A-17, null, 18.50).',
    "Duplicate entry 'A-17' for key 'orders.uk_number'",
  ])('stays: %s', (line) => expect(redact(line)).toBe(line));

  it.each([
    ['{"user":{"os":{"name":"Linux"},"name":"Zhang San"}}', 'Zhang San'],
    ['{"host":{"name":"Zhang San"}}', 'Zhang San'],
    ['session_id=0xdeadbeefdeadbeefdeadbeef', 'deadbeef'],
    ['{"event":{"id":1},"name":"alice"}', 'alice'],
    ['{"level":"info","name":"alice","msg":"signed in"}', 'alice'],
    ["UPDATE users SET name='Zhang San' WHERE id=7", 'Zhang San'],
    ["INSERT INTO users VALUES (7, 'Zhang San', 'x'), (8, '王小明', 'y')", 'Zhang San'],
    ["INSERT INTO users VALUES (7, 'Zhang San', 'x'), (8, '王小明', 'y')", '王小明'],
    ['DETAIL:  Failing row contains (17, Zhang San, null, 18.50).', 'Zhang San'],
    ['The duplicate key value is (Zhang San).', 'Zhang San'],
    ["Duplicate entry '王小明-17' for key 'orders.uk_who'", '王小明'],
    ["Duplicate entry 'zhang_17' for key 'users.uk_mobile'", 'zhang_17'],
    ['E11000 duplicate key error collection: shop.users dup key: { who: "Zhang San" }', 'Zhang San'],
    [`AWS ${'AKIA'}IOSFODNN7EXAMPLE wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY`, 'wJalr'],
    ['sshd[81]: Failed password for root from 203.0.113.9 port 22 ssh2', '203.0.113.9'],
    ['sshd[81]: Connection closed by invalid user admin 2001:db8::9 port 50022 [preauth]', '2001:db8::9'],
  ])('%s hides %s', (line, datum) => expect(redact(line)).not.toContain(datum));
});
