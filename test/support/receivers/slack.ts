import { type Incoming, parse, type Receiver, type Reply } from './receiver.ts';

interface Text {
  type?: string;
  text?: string;
}
interface Block {
  type?: string;
  text?: Text;
  fields?: Text[];
}
interface Message {
  text?: string;
  blocks?: Block[];
  attachments?: { blocks?: Block[]; fallback?: string; text?: string }[];
}

const no = (status: number, body: string): Reply => ({ status, body, taken: false });

function blockFault(block: Block): boolean {
  const limit = block.type === 'header' ? 150 : 3000;
  if (block.text && (!block.text.text || block.text.text.length > limit)) return true;
  if ((block.fields ?? []).length > 10 || block.fields?.some((field) => !field.text || field.text.length > 2000))
    return true;
  return !block.text && !block.fields;
}

/** Whom Slack rings for a message: its own markup only, never a plain `@name`. */
export function slackRings(message: Message): string[] {
  const blocks = [...(message.blocks ?? []), ...(message.attachments ?? []).flatMap((a) => a.blocks ?? [])];
  const texts = [
    message.text ?? '',
    ...blocks
      .flatMap((b) => [b.text, ...(b.fields ?? [])])
      .filter((t) => t?.type === 'mrkdwn')
      .map((t) => t!.text ?? ''),
  ];
  return texts.flatMap((text) =>
    [...text.matchAll(/<(?:@|!subteam\^|!)([A-Za-z0-9]+)[^>]*>/g)].map((found) => found[1]!),
  );
}

/** A fault of a message by Block Kit's limits; undefined when it is well formed. */
export function slackFault(message: Message | undefined): string | undefined {
  if (!message) return 'invalid_payload';
  const blocks = [...(message.blocks ?? []), ...(message.attachments ?? []).flatMap((a) => a.blocks ?? [])];
  if (!message.text && !blocks.length) return 'no_text';
  if (blocks.length > 50 || blocks.some(blockFault)) return 'invalid_blocks';
  return undefined;
}

/** A Slack incoming webhook: plain text answers, success is the body `ok`. */
export function slack({ path = '/services/T0001/B0001/slackhooktoken0123456789' } = {}): Receiver {
  return {
    channel: 'slack',
    owns: (url) => url.pathname.startsWith('/services/'),
    inputs: (base) => ({ 'slack-webhook': `${base}${path}` }),
    answer({ url, method, body }: Incoming) {
      if (url.pathname !== path) return no(404, 'no_service');
      if (method !== 'POST') return no(400, 'invalid_payload');
      const message = parse(body) as Message | undefined;
      const fault = slackFault(message);
      if (fault) return no(400, fault);
      return { status: 200, body: 'ok', rings: slackRings(message!), taken: true };
    },
  };
}
