import * as z from 'zod';
import { SeatrialError } from '../../../lib/errors.ts';
import { pointer } from '../../pointer.ts';
import { askStore } from './ask.ts';
import { common, defineStore } from './store-kind.ts';

const schema = z.strictObject({
  ...common,
  url: common.url.default('https://sentry.io'),
  organization: z.string(),
  project: z.union([z.string(), z.number()]).optional(),
  environment: z.string().optional(),
  'token-env': z.string().default('SENTRY_AUTH_TOKEN'),
});

/** Sentry: how many error events a release has, by its events endpoint (docs.sentry.io, "Query Explore Events in Table Format"). */
export const sentry = defineStore({
  name: 'sentry',
  schema,
  speaks: { counts: true },
  open(spec, context) {
    const headers = { authorization: `Bearer ${context.secret(spec['token-env'])}` };
    return {
      async count(query, fromMs, untilMs) {
        const asked = new URLSearchParams({
          field: 'count()',
          dataset: 'errors',
          query,
          start: new Date(fromMs).toISOString().replace('Z', ''),
          end: new Date(untilMs).toISOString().replace('Z', ''),
        });
        if (spec.project !== undefined) asked.set('project', String(spec.project));
        if (spec.environment) asked.set('environment', spec.environment);
        const base = spec.url.replace(/\/$/, '');
        const url = `${base}/api/0/organizations/${encodeURIComponent(spec.organization)}/events/?${asked}`;
        const { body } = await askStore(context, 'Sentry', { url, headers });
        const count = pointer(body, '/data/0/count()');
        if (typeof count !== 'number')
          throw new SeatrialError('SOURCE_DOWN', 'Sentry answered without a count; check its entry in stores.');
        return count;
      },
    };
  },
});
