import type * as z from 'zod';
import { contradictions } from './input/checks.ts';
import { fields } from './input/fields.ts';

export const schema = fields.superRefine((raw, context) => {
  for (const [key, message] of contradictions(raw)) context.addIssue({ code: 'custom', path: [key], message });
});

export type Inputs = z.output<typeof schema>;

export const outputs = {
  release: 'The release this command was about.',
  'previous-release': 'What served when the lock was got; of a status, what a rollback goes to.',
  serving: "The release users' traffic is on now; empty when nothing serves.",
  image: 'Image of the release, by digest where it has one.',
  state: 'good, pending, bad, rolled-back or unchanged.',
  'rolled-back': 'true when traffic went back to another release, by us or by command.',
  deployment:
    'JSON for action-verify and action-notify: kind of target, hosts, edge, slots with release, role, weight and containers.',
  history: 'JSON: the releases known, newest first, with status, time, actor, run, reason, commit and its subject.',
  customers:
    'JSON: what the edge counted of the release while this command gave it traffic and watched it: requests, lost (answered 5xx or not at all) and seconds; `gap`, the seconds in which no release could answer, where one had to stop before the next started (`strategy: recreate`); empty when there was none of it.',
  plan: 'JSON of what the run did or, with dry-run, would do.',
  scheduled: 'true where lines of scale say how many containers there should be.',
  'duration-ms': 'Milliseconds the command took.',
  'switch-ms': 'Milliseconds from the decision until traffic was switched; empty when nothing was switched.',
  'error-code': 'Empty when all is well, else the stable code of docs/errors.md.',
};
