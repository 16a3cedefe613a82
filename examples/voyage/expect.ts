import type { Crowd } from './customers.ts';
import { ending, type Leg, receiptsOf } from './table.ts';

/** A buyer's data that release 2 logs; none of it may stand in anything that is kept, printed or sent. */
const PERSONAL = ['张伟', '13812345678', '4111 1111 1111 1111', '文三路'];

interface Told {
  legs: Leg[];
  total: Crowd;
  /** Tags in the registry at the end. */
  pushed: string[];
  channels: number;
}

const tagsOf = (leg: Leg) =>
  (leg.voyage.build.outputs.tags ?? '').split('\n').map((tag) => tag.slice(tag.lastIndexOf(':') + 1));

/** Everything that isn't as the demo tells it; empty when all is. */
export function faults({ legs, total, pushed, channels }: Told): string[] {
  const wrong: string[] = [];
  const must = (holds: boolean, fault: string) => holds || wrong.push(fault);
  for (const { voyage, messages } of legs) {
    const { name, expected } = voyage.planned;
    must(ending(voyage) === expected, `${name} ended "${ending(voyage)}", not "${expected}"`);
    const receipts = receiptsOf(voyage.notify);
    const delivered = receipts.filter((r) => r.outcome === 'delivered').length;
    must(delivered === channels, `${name}: ${delivered} of ${channels} channels delivered`);
    must(
      messages.length === delivered,
      `${name}: receivers took ${messages.length} messages, receipts say ${delivered}`,
    );
    const steps = [voyage.build, voyage.deploy, voyage.verify, voyage.promote, voyage.rollback, voyage.notify];
    const seen = [
      JSON.stringify(messages),
      ...steps.flatMap((s) => (s ? [s.stdout, s.stderr, s.summary, JSON.stringify(s.outputs)] : [])),
    ];
    for (const datum of PERSONAL) must(!seen.some((text) => text.includes(datum)), `${name}: "${datum}" was seen`);
  }
  const [first, second] = legs.map((leg) => leg.voyage);
  must(second?.verify?.outputs.verdict === 'fail', 'release 2 was not judged "fail"');
  must(
    second?.rollback?.outputs.serving === first?.deploy?.outputs.release,
    'release 1 does not serve after the rollback',
  );
  // The registry is asked, not the action: as many tags as releases 1, 2 and 4 were given, and none of release 3.
  const allowed = legs.filter((leg) => leg.voyage.build.exitCode === 0).flatMap((leg) => tagsOf(leg));
  must(
    pushed.every((tag) => allowed.includes(tag)),
    `the registry holds ${pushed.join(', ')}, of which some were never to be pushed`,
  );
  must(!('3' in total.served) && !('4' in total.served), 'release 3 or 4 served a customer');
  must(total.lost === 0, `${total.lost} of ${total.sent} requests were lost`);
  return wrong;
}
