import * as z from 'zod';
import { deploymentSchema } from '../lib/deployment.ts';
import { choice, durationOr, json, lines, text } from '../lib/fields.ts';
import { channelInputs } from './channel-inputs.ts';
import { EVENTS, SEVERITIES } from './events.ts';
import { LOCALES } from './message.ts';

const figure = z.coerce.number().nonnegative().optional();
const customersSchema = z.object({ requests: figure, lost: figure, seconds: figure, gap: figure });

/** As much of action-deploy's history as a message tells of. */
const historySchema = z.object({
  releases: z
    .array(
      z.object({
        release: z.string(),
        at: z.string().default(''),
        commit: z.string().optional(),
        subject: z.string().optional(),
      }),
    )
    .default([]),
});

const needsSchema = z.record(
  z.string(),
  z.object({ result: z.string(), outputs: z.record(z.string(), z.unknown()).default({}) }),
);

/** What was written by an earlier notify; a key is a target's name. */
export const refsSchema = z.object({
  event: z.enum(EVENTS).optional(),
  refs: z.record(z.string(), z.record(z.string(), z.string())).default({}),
});

export const schema = z.object({
  event: text(
    `What happened: ${EVENTS.join(', ')}. It counts only where deployment, verdict and needs don't tell; an alert, a recovery and a drill are always the caller's word.`,
  ),
  severity: text(
    `How much it matters: ${SEVERITIES.join(', ')}. Left out it follows from what happened: critical for an alert and where customers may be on a release nobody vouches for; warning for other failures and rollbacks; info for the rest.`,
  ),
  title: text('Title instead of "result · environment/service · version"; a mustache template.'),
  text: text('More to say; a mustache template. It is redacted and never rings anybody.'),
  fields: lines('Facts to add, `Name: value` one a line; mustache templates.'),
  deployment: json(deploymentSchema, 'The output `deployment` of action-deploy.'),
  verdict: text(
    'The output `verdict` of action-verify (`pass`, `fail`, `inconclusive`, `error`), or all its outputs as JSON: toJSON(steps.ID.outputs).',
  ),
  customers: json(
    customersSchema,
    'What customers saw, as JSON: `{"requests":1200,"lost":0,"seconds":14}`, as the output `customers` of action-deploy and action-verify; `gap`: seconds in which no version could answer; leave out what was not measured.',
  ),
  history: json(
    historySchema,
    'The output `history` of action-deploy: tells of releases that the deployment does not name when they were made, and of which commit.',
  ),
  commit: text(
    'Commit of the release and behind it its subject, `4f1c2d3 fix: retry the payment`; else told by the id of the release, and by the push or the checkout.',
  ),
  environment: text("Environment; default: the deployment's. Also chooses seatrial.yml's section."),
  service: text("Service; default: the deployment's app, else the repository's name."),
  version: text("Version; default: the deployment's release, else the tag or commit of the run."),
  reason: text('Why, in a sentence; the reason in verdict when left out.'),
  'report-url': text('Link to a report.'),
  'rollback-url': text(
    'Link to the page where one presses rollback; on GitHub else the workflow of the checkout that calls rollback.yml by hand, where there is exactly one.',
  ),
  locale: choice(LOCALES, 'zh-CN', 'Language of the messages.'),
  'time-zone': text('IANA time zone of the times in messages; Asia/Shanghai for zh-CN, UTC for en.'),
  mentions: lines(
    'Whom to ring, one a line: `all`, `mobile:13800000000`, `user:ID`, or with a channel before it (`slack:U123`, `dingtalk:13800000000`).',
  ),
  ...channelInputs,
  targets: text(
    'More targets, as YAML: a list of `name`, `channel` and its settings by short name (`webhook: ENV_NAME`); secrets by the name of an environment variable.',
    { yaml: true },
  ),
  routes: lines(
    'Who gets what, one a line: a severity or event, then targets: `critical: dingtalk, pagerduty`, `start: none`. What no line names goes to all.',
  ),
  fallback: lines(
    'Target names in order: the first is asked, the next when the one before was refused, throttled or unknown; the rest are skipped. One name alone stands behind all others.',
  ),
  'quiet-hours': lines(
    'When targets are not rung, one a line: `22:00-08:00 Asia/Shanghai`, or for some: `dingtalk, wecom: 22:00-08:00 Asia/Shanghai`. Critical messages always go.',
  ),
  require: choice(
    ['any', 'all', 'none'],
    'any',
    'Who must have been told (delivered or accepted) for the step to succeed; skipped on purpose does not count as failed.',
  ),
  'message-refs': json(refsSchema, 'The output `message-refs` of an earlier notify: edits or answers its messages.'),
  needs: json(
    needsSchema,
    'toJSON(needs): how each job ended, by which the heading is chosen, and a digest of them all.',
  ),
  mode: choice(
    ['send', 'drill', 'check'],
    'send',
    'send; drill: really send, marked as a rehearsal; check: prove credentials where that is possible without telling anybody, and fail for one that is refused.',
  ),
  timeout: durationOr('10s', 'For one target, its retries included.'),
  'dedup-key': text('Key that joins messages about one thing; else made of repository, environment and service.'),
});

export type Inputs = z.output<typeof schema>;

export const outputs = {
  receipts:
    "JSON array, one object a target: target, channel, outcome (`delivered`, `accepted`, `throttled`, `refused`, `unknown`, `skipped`), code (text: the vendor's, else the HTTP status), reason (what to do), attempts, ms.",
  delivered: 'Number of targets with outcome delivered.',
  accepted: 'Number of targets with outcome accepted: queued by the vendor, arrival not known.',
  failed: 'Number of targets with outcome throttled, refused or unknown.',
  'message-refs':
    'JSON to hand to a later notify about the same thing: the event last told, and where its messages stand.',
  'error-code': 'Empty when all is well, else the stable code of docs/errors.md.',
};
