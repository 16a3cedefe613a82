import type * as z from 'zod';
import { schema as build, outputs as buildOutputs } from '../src/build/inputs.ts';
import { schema as deploy, outputs as deployOutputs } from '../src/deploy/inputs.ts';
import type { ActionName } from '../src/lib/config.ts';
import type { FieldMeta } from '../src/lib/fields.ts';
import { metaOf } from '../src/lib/inputs.ts';
import { schema as notify, outputs as notifyOutputs } from '../src/notify/inputs.ts';
import { schema as verify, outputs as verifyOutputs } from '../src/verify/inputs.ts';

export interface About {
  title: string;
  description: string;
  icon: string;
  color: string;
  post: boolean;
  schema: z.ZodObject;
  outputs: Record<string, string>;
}

/** What generated files are made of. */
export const actions: Record<ActionName, About> = {
  build: {
    title: 'Seatrial build',
    description: 'Build an image, scan it with Trivy, push only what passed.',
    icon: 'package',
    color: 'blue',
    post: false,
    schema: build,
    outputs: buildOutputs,
  },
  deploy: {
    title: 'Seatrial deploy',
    description:
      'Put an image on Docker hosts behind a health gate, switch traffic without losing a request, roll back.',
    icon: 'anchor',
    color: 'blue',
    post: true,
    schema: deploy,
    outputs: deployOutputs,
  },
  verify: {
    title: 'Seatrial verify',
    description: 'Judge the new version against the old from logs, latency, errors and vitals.',
    icon: 'activity',
    color: 'blue',
    post: false,
    schema: verify,
    outputs: verifyOutputs,
  },
  notify: {
    title: 'Seatrial notify',
    description: 'Tell the chat channels, and know whether they were told.',
    icon: 'bell',
    color: 'blue',
    post: false,
    schema: notify,
    outputs: notifyOutputs,
  },
};

export const fieldsOf = ({ schema }: Pick<About, 'schema'>): [string, FieldMeta][] =>
  Object.entries(schema.shape).map(([name, field]) => [name, metaOf(field as z.ZodType)]);
