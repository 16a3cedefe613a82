import type { Answer, Channel, Delivery } from '../channel.ts';
import { ok, quote, refused, unreadable } from '../classify.ts';
import { slackMessage } from './slack-blocks.ts';

const CODES: Record<string, string> = {
  invalid_payload: 'the message was not taken: report this with the log',
  no_text: 'the message was empty: report this with the log',
  invalid_token: 'the webhook is not valid any more: make a new one',
  no_service: 'the webhook was removed: make a new one',
  no_team: 'the workspace does not exist: make a webhook in the right one',
  action_prohibited: 'an admin forbids it: ask for the webhook to be allowed',
  posting_to_general_channel_denied: 'this channel is for admins only: choose another',
  channel_not_found: 'the channel does not exist: make a webhook for another',
  channel_is_archived: 'the channel is archived: make a webhook for another',
  user_not_found: 'the person does not exist: make a webhook for another',
  team_disabled: 'the workspace is disabled: ask its admin',
  too_many_attachments: 'the message was not taken: report this with the log',
};

/** Success is 200 and the body `ok`, nothing else. */
function classify(answer: Answer): Delivery {
  const body = answer.body.trim();
  if (answer.status === 200 && answer.body === 'ok') return ok(200);
  if (!/^[a-z][a-z0-9_]{2,60}$/.test(body)) return unreadable(answer);
  const retry = answer.status >= 500 ? { retry: { tries: 3 } } : {};
  const advice =
    CODES[body] ?? (answer.status >= 500 ? 'Slack is in trouble: run the step again' : 'check the webhook');
  return refused(body, `Slack refused (${quote(body)}): ${advice}.`, retry);
}

export const slackWebhook: Channel = {
  name: 'slack',
  kind: 'slack-webhook',
  settings: { webhook: { input: 'slack-webhook', secret: true, required: true, url: true } },
  render: (document, { settings }) => [{ url: settings.webhook!, body: JSON.stringify(slackMessage(document)) }],
  classify,
};
