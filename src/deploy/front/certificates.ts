import { isIP } from 'node:net';
import type { Way } from '../seen.ts';
import { hostsOf } from './domains.ts';

/** A certificate as HAProxy has it in use. */
export interface Certificate {
  /** Empty for the placeholder that HAProxy makes until an order is done. */
  serial: string;
  endsMs: number;
  names: string[];
  issuer: string;
}

/**
 * What `show ssl cert FILE` says (management guide, section 9.3); undefined when there is no such certificate. Until an
 * order is done HAProxy serves a placeholder without a serial number, which ended yesterday. Pure.
 */
export function parseCertificate(text: string): Certificate | undefined {
  const field = (name: string) => new RegExp(`^${name}: *(.*)$`, 'mi').exec(text)?.[1]?.trim();
  const ends = field('notAfter');
  if (ends === undefined) return undefined;
  return {
    serial: field('Serial') ?? '',
    endsMs: Date.parse(ends),
    names: (field('Subject Alternative Name') ?? '')
      .split(/,\s*/)
      .flatMap((name) => name.match(/^DNS:(.+)$/)?.[1] ?? []),
    issuer: field('Issuer') ?? '',
  };
}

/** Whether clients that ask for `host` are served a certificate of that name that has not ended. Pure. */
export function serves(certificate: Certificate | undefined, host: string, nowMs: number): boolean {
  if (!certificate || certificate.serial === '' || certificate.endsMs <= nowMs) return false;
  const [, ...parent] = host.split('.');
  return certificate.names.some((name) => name === host || name === `*.${parent.join('.')}`);
}

/** A host without a certificate that serves, and why. */
export interface Missing {
  domain: string;
  why: string;
}

export type OrderState = 'Running' | 'Scheduled' | 'Stopped';

/** `acme status`: the state of each certificate's order, by file. Pure. */
export function parseOrders(text: string): Map<string, OrderState> {
  const rows = text
    .split('\n')
    .filter((line) => line.startsWith('/'))
    .map((line) => line.split('\t'));
  return new Map(rows.map(([file = '', , state = '']) => [file, state as OrderState]));
}

/**
 * Why the newest order of a certificate failed, in the authority's own words, from HAProxy's log; `over` when HAProxy
 * gave it up until its next round. Undefined while nothing went wrong. Pure.
 */
export function orderFault(log: readonly string[], file: string): { why: string; over: boolean } | undefined {
  const mine = log.flatMap((line) => line.split(`acme: ${file}: `)[1] ?? []);
  const begun = mine.findLastIndex((line) => line.startsWith('Starting'));
  const last = mine.slice(begun + 1).findLast((line) => line.length > 0);
  if (last === undefined || last.startsWith('Successful')) return undefined;
  const over = !/retrying in/.test(last);
  const why = last.replace(/,? retrying in .*$/, '').replace(/ Aborting\.$/, '');
  return { why, over };
}

/** HAProxy calls a connection that did not come about, or was not trusted, a 503: what may be meant is said beside. Pure. */
export function explained(why: string, server = ''): string {
  if (!/503 when getting directory/.test(why)) return why;
  const { hostname } = new URL(server || 'https://-');
  const cause = isIP(hostname.replace(/^\[|\]$/g, ''))
    ? 'it does not answer, acme-ca is not its authority, or its certificate does not have this address as its common name'
    : 'it does not answer, or its certificate is not trusted: see acme-ca';
  return `${server} can't be asked: ${cause}`;
}

const DAY_MS = 86_400_000;

/** Whole days until a moment; negative when it is over. */
export const daysLeft = (endsMs: number, nowMs: number) => Math.floor((endsMs - nowMs) / DAY_MS);

/** What a front says of one name of an app. */
export interface WaySeen {
  domain: string;
  tls: Way['tls'];
  /** The front has the name. */
  known: boolean;
  /** The front reaches the app's edge. */
  reaches: boolean;
  certificate: Certificate | undefined;
  /** What went wrong with its order. */
  order?: string;
}

/** How a way in is. Pure. */
export function wayOf({ domain, tls, known, reaches, certificate, order = '' }: WaySeen, nowMs: number): Way {
  const blocked = known
    ? reaches
      ? ''
      : "the front door does not reach the app's edge"
    : 'the front door does not know it';
  const way = { domain, tls, open: known && reaches };
  if (tls === 'off') return { ...way, ...(blocked ? { fault: blocked } : {}) };
  const good = serves(certificate, hostsOf([domain])[0]!, nowMs);
  const fault = [blocked, good ? '' : 'no certificate serves', order].filter(Boolean).join(': ');
  // One for strangers bears no name, and its end is nobody's.
  const ends =
    certificate?.serial && certificate.names.length
      ? { ends: new Date(certificate.endsMs).toISOString(), daysLeft: daysLeft(certificate.endsMs, nowMs) }
      : {};
  return { ...way, ...ends, ...(fault ? { fault } : {}) };
}
