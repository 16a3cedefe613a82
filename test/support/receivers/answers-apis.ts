import { common, type Row } from './answers-any.ts';
import { chats } from './answers-chats.ts';
import { pagers } from './answers-pagers.ts';
import { ways } from './ways.ts';

/** Vendors' answers and what a true receipt says of each: what all mean alike, then each one's own. */
export const rows: Row[] = [...Object.keys(ways).flatMap(common), ...chats, ...pagers];
