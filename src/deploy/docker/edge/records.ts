import { PROBE_AGENT, RECORD, RING } from '../../../lib/haproxy.ts';
import type { EdgeModel } from '../model.ts';

/** Bytes of memory for records: some ten thousand of them. The oldest make room, whether they were read or not. */
const SIZE = 1_048_576;
const LONGEST = 1024;

/** The ring, a section of its own. */
export const ringSection = (): string => `ring ${RING}
  format raw
  maxlen ${LONGEST}
  size ${SIZE}
`;

/** One JSON object a request; the client's address without its last part, and no query: both may be personal data. */
const ACCESS_LOG = [
  'log stdout format raw local1 info',
  'http-request set-var(txn.path) path',
  `log-format '{"time":"%[date,utime(%Y-%m-%dT%H:%M:%SZ)]","client":"%[src,ipmask(24,48)]","method":"%HM","path":%{+Q}[var(txn.path),json(utf8s)],"status":%ST,"ms":%Ta,"bytes":%B,"server":"%s","end":"%ts","kind":"%[var(txn.kind)]","wait":%Tw,"connect":%Tc,"answer":%Tr,"door":"%f","number":%lc}'`,
];

/**
 * In a front: what is written of each request. A front has one format, so with an access log the ring has that line,
 * with the client's address as it was asked to be logged.
 */
export function recordLines({ options }: EdgeModel): string[] {
  const own = `log-format "${RECORD.map(([, token]) => token).join('\\t')}"`;
  return [`log ring@${RING} len ${LONGEST} format raw local2 info`, ...(options?.accessLog ? ACCESS_LOG : [own])];
}

/** In a front, behind what tells testers: a probe of ours is one whatever it looks like. */
export const probeMark = (ourselves: string): string =>
  `http-request set-var(txn.kind) str(probe) if ${ourselves} || { req.fhdr(user-agent) -m str -- ${PROBE_AGENT} }`;
