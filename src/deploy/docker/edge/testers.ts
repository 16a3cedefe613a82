import type { EdgeModel } from '../model.ts';

/** Line of the map that says where testers are led: a slot, or `off`. */
export const LEAD = 'canary';

/** In the front: tells requests that `canary-match` names, after all that a stranger may have lied about was taken away. */
export function testerMarks(model: EdgeModel, map: string): string[] {
  const matches = model.options?.canaryMatch ?? [];
  if (!matches.length) return [];
  const fetches = { header: 'req.fhdr', cookie: 'req.cook' };
  return [
    ...matches.map(
      ({ kind, name, value }) =>
        `http-request set-var(txn.kind) str(canary) if { ${fetches[kind]}(${name}) -m str -- ${value} }`,
    ),
    `http-request set-var(txn.lead) str(${LEAD}),map_str(${map},off) if { var(txn.kind) -m str canary }`,
  ];
}

/**
 * In the backend: a request that is led goes to a server of that slot, each as often as any other. A rule whose server
 * is out of use is passed over, and one whose server can't be reached is given out by weight, so nobody is left without
 * an answer. https://docs.haproxy.org/2.6/configuration.html#4.2-use-server
 */
export function testerRules({ options, room }: EdgeModel): string[] {
  if (!options?.canaryMatch?.length) return [];
  return ['a', 'b'].flatMap((slot) =>
    Array.from({ length: room }, (_, i) => room - i).map(
      (n) => `use-server ${slot}${n} if { var(txn.lead) -m str ${slot} }${n > 1 ? ` { rand(${n}) eq 0 }` : ''}`,
    ),
  );
}
