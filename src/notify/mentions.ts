import { SeatrialError } from '../lib/errors.ts';
import { CHANNELS, type ChannelName } from './channel-names.ts';
import type { Mention } from './message.ts';

const isChannel = (name: string): name is ChannelName => (CHANNELS as readonly string[]).includes(name);

/** Without a kind, digits are a phone where the channel rings phones; anything else is the channel's own user ID. */
function bare(channel: ChannelName, id: string): Mention {
  if (id === 'all') return { channel, kind: 'all', id: '' };
  const rings = channel === 'dingtalk' || channel === 'wecom';
  return { channel, kind: rings && /^\+?[\d-]{7,20}$/.test(id) ? 'mobile' : 'user', id };
}

function parse(line: string, rest: string, channel?: ChannelName): Mention {
  if (rest === 'all') return { channel, kind: 'all', id: '' };
  const [, kind, id] = /^(mobile|user):\s*(.+)$/.exec(rest) ?? [];
  if (kind === 'mobile' && /^\+?[\d-]{5,20}$/.test(id!)) return { channel, kind, id: id! };
  // An ID ends up inside vendors' markup, so it is letters and digits and little else.
  if (kind === 'user' && /^[\p{L}\p{N}._:$@=+/-]{1,128}$/u.test(id!)) return { channel, kind, id: id! };
  if (channel && /^[\p{L}\p{N}._$@=+/-]{1,128}$/u.test(rest)) return bare(channel, rest);
  const [, name, more] = /^([a-z]+):\s*(.+)$/.exec(rest) ?? [];
  if (!channel && name && isChannel(name)) return parse(line, more!, name);
  const shown = line.replace(/\d(?=\d{4})/g, '*');
  throw new SeatrialError(
    'INPUT_INVALID',
    `mentions: "${shown}" is not \`all\`, \`mobile:NUMBER\`, \`user:ID\` or \`CHANNEL:ID\`.`,
  );
}

/** Whom to ring. @throws INPUT_INVALID for a line that names nobody. */
export const parseMentions = (lines: readonly string[]): Mention[] => lines.map((line) => parse(line, line.trim()));
