import type { ActionResult } from '../../test/support/action.ts';
import type { Crowd } from './customers.ts';
import type { Voyage } from './ship.ts';

export interface Leg {
  voyage: Voyage;
  crowd: Crowd;
  /** What the receivers took during this leg. */
  messages: { channel: string; message: unknown }[];
}

interface Receipt {
  target: string;
  outcome: string;
}

export const receiptsOf = (notify: ActionResult) => JSON.parse(notify.outputs.receipts || '[]') as Receipt[];

/** How the release ended, in the words of releases.ts, told by the outputs alone. */
export function ending({ build, deploy, promote, rollback }: Voyage): string {
  if (build.exitCode !== 0) return build.outputs.blocked === 'true' ? 'blocked' : 'build failed';
  if (promote?.exitCode === 0 && promote.outputs.state === 'good') return 'good';
  if (rollback?.outputs['rolled-back'] === 'true') return 'rolled back';
  if (deploy?.outputs.state === 'bad' && deploy.outputs['rolled-back'] === 'false') return 'never served';
  return `unknown (${deploy?.outputs.state ?? 'no deploy'})`;
}

const ms = (text: string | undefined) => (text ? `${Number(text).toFixed(0)} ms` : '');

export function printTable(legs: Leg[], total: Crowd): void {
  console.table(
    legs.map(({ voyage, crowd }) => ({
      release: voyage.planned.name,
      about: voyage.planned.about,
      ended: ending(voyage),
      'requests sent': crowd.sent,
      lost: crowd.lost,
      '5xx': crowd.errors,
      verdict: voyage.verify?.outputs.verdict ?? '',
      'to verdict': voyage.verify ? `${(Number(voyage.verify.outputs['time-to-verdict-ms']) / 1000).toFixed(1)} s` : '',
      'rollback switch': ms(voyage.rollback?.outputs['switch-ms']),
      'rollback in all': voyage.rollback ? `${voyage.rollback.ms.toFixed(0)} ms` : '',
      receipts: receiptsOf(voyage.notify)
        .map((r) => `${r.target} ${r.outcome}`)
        .join(', '),
    })),
  );
  const by = Object.entries(total.served)
    .map(([version, n]) => `version ${version}: ${n}`)
    .join(', ');
  console.log(
    `Customers sent ${total.sent} requests: ${total.lost} lost, ${total.errors} answered 5xx. Served by ${by}.`,
  );
}
