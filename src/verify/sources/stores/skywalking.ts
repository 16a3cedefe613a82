import * as z from 'zod';
import { SeatrialError } from '../../../lib/errors.ts';
import { credentials } from '../../live/addresses.ts';
import { pointer } from '../../pointer.ts';
import { askStore } from './ask.ts';
import { common, defineStore } from './store-kind.ts';

const MINUTE_MS = 60_000;
/** `service_sla` is in hundredths of a percent. */
const WHOLE = 10_000;

const schema = z.strictObject({
  ...common,
  /** Names of services; $version is the release. */
  new: z.string(),
  old: z.string(),
  /** A service that reports itself, and not one that others were seen to call. */
  normal: z.boolean().default(true),
});

const QUERY = `query($expression: String!, $entity: Entity!, $duration: Duration!) {
  execExpression(expression: $expression, entity: $entity, duration: $duration) {
    error
    results { values { id value } }
  }
}`;

/** `2026-11-30 1251`, in UTC: the zone the server is asked with. */
const minute = (ms: number) => new Date(ms).toISOString().slice(0, 16).replace('T', ' ').replace(':', '');

/**
 * Apache SkyWalking: failed calls of a service by its traces, from calls a minute and their success, by GraphQL
 * (skywalking.apache.org, "Query Protocol", `execExpression`). Its figures are by whole minutes.
 */
export const skywalking = defineStore({
  name: 'skywalking',
  schema,
  speaks: { counts: true },
  open(spec, context) {
    const { url, headers } = credentials(spec.url);
    const address = url.pathname === '/' ? `${url.origin}/graphql` : url.href;
    const values = async (expression: string, serviceName: string, fromMs: number, untilMs: number) => {
      const duration = { start: minute(fromMs), end: minute(untilMs - MINUTE_MS), step: 'MINUTE' };
      const variables = { expression, entity: { serviceName, normal: spec.normal }, duration };
      const { body } = await askStore(context, 'SkyWalking', {
        url: address,
        method: 'POST',
        headers: { ...headers, 'content-type': 'application/json' },
        body: JSON.stringify({ query: QUERY, variables }),
      });
      const failed = pointer(body, '/errors/0/message') ?? pointer(body, '/data/execExpression/error');
      if (typeof failed === 'string')
        throw new SeatrialError(
          'SOURCE_DOWN',
          `SkyWalking refused ${expression}: ${failed.slice(0, 200)}; check its entry in stores.`,
        );
      const found = pointer(body, '/data/execExpression/results/0/values');
      return new Map(
        ((Array.isArray(found) ? found : []) as { id: string | null; value: string | null }[])
          // A minute without a value had no call.
          .filter(({ value }) => value !== null)
          .map(({ id, value }) => [id, Number(value)]),
      );
    };
    return {
      stepMs: MINUTE_MS,
      async count(service, fromMs, untilMs) {
        const [calls, success] = await Promise.all([
          values('service_cpm', service, fromMs, untilMs),
          values('service_sla', service, fromMs, untilMs),
        ]);
        let failures = 0;
        let of = 0;
        for (const [id, each] of calls) {
          failures += Math.round(each * (1 - (success.get(id) ?? WHOLE) / WHOLE));
          of += each;
        }
        return { failures, of };
      },
    };
  },
});
