import type { Inputs } from './inputs.ts';
import type { Message } from './message.ts';
import type { Receipt } from './receipts.ts';

export type MessageRefs = NonNullable<Inputs['message-refs']>;

/**
 * The output `message-refs`: what was said last, and where each message stands. The runner drops an output that holds
 * any masked string whole, so a ref with one is left out and warned about.
 */
export function nextRefs(
  before: Inputs['message-refs'],
  message: Message,
  receipts: readonly Receipt[],
  { scrub, warn }: { scrub(text: string): string; warn(line: string): void },
): MessageRefs {
  const refs: MessageRefs['refs'] = { ...before?.refs };
  for (const { target, ref } of receipts) if (ref) refs[target] = { ...ref };
  for (const [target, ref] of Object.entries(refs)) {
    const text = JSON.stringify(ref);
    if (scrub(text) === text) continue;
    delete refs[target];
    warn(
      `message-refs: the place of ${target}'s message holds a masked value, so it can't be handed on and the next message will be a new one. Keep channel IDs in variables, not in secrets.`,
    );
  }
  const said = receipts.some(({ outcome }) => outcome !== 'skipped');
  // A rehearsal is no failure to recover from, and what was not said changes nothing.
  const event = message.drill || message.event === 'drill' || !said ? before?.event : message.event;
  return { ...(event ? { event } : {}), refs };
}
