import type { Locale } from '../message.ts';
import { en } from './en.ts';
import type { Words } from './words.ts';
import { zhCN } from './zh-CN.ts';

export type { Words } from './words.ts';

const all: Record<Locale, Words> = { 'zh-CN': zhCN, en };

export const wordsOf = (locale: Locale): Words => all[locale];
