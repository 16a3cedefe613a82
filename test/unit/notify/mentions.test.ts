import { describe, expect, test } from 'vitest';
import { parseMentions } from '../../../src/notify/mentions.ts';

describe('mentions', () => {
  test.each([
    ['all', { kind: 'all', id: '' }],
    ['mobile:13800000000', { kind: 'mobile', id: '13800000000' }],
    ['user:zhang.san', { kind: 'user', id: 'zhang.san' }],
    ['slack:U123', { channel: 'slack', kind: 'user', id: 'U123' }],
    ['dingtalk:13800000000', { channel: 'dingtalk', kind: 'mobile', id: '13800000000' }],
    ['telegram:123456789', { channel: 'telegram', kind: 'user', id: '123456789' }],
    ['feishu:all', { channel: 'feishu', kind: 'all', id: '' }],
    ['wecom:user:lisi', { channel: 'wecom', kind: 'user', id: 'lisi' }],
  ])('%s', (line, mention) => {
    expect(parseMentions([line])[0]).toMatchObject(mention);
  });
  test.each(['', 'everyone', 'user:<at id=all>', 'mobile:abc', 'irc:bob', 'slack:'])('"%s" names nobody', (line) => {
    expect(() => parseMentions([line])).toThrow(/mentions/);
  });
  test('an unreadable phone is not printed whole', () => {
    expect(() => parseMentions(['13800001234'])).toThrow(/\*{7}1234/);
  });
});
