import type { Plan, Step } from './plan.ts';
import { type Receipt, skipped, wasFailed, wasTold } from './receipts.ts';

type Send = (step: Step) => Promise<Receipt>;

const notAsked = ({ target, skip }: Step) => skipped(target.name, target.channel.name, skip!.code, skip!.reason);

/** A chain asks in order and stops at the first who was told, or who is left in peace. */
async function inOrder(steps: readonly Step[], send: Send): Promise<Receipt[]> {
  const receipts: Receipt[] = [];
  let done: string | undefined;
  for (const step of steps) {
    if (step.skip && step.skip.code !== 'quiet') receipts.push(notAsked(step));
    else if (done) receipts.push(skipped(step.target.name, step.target.channel.name, 'fallback', done));
    else {
      const receipt = step.skip ? notAsked(step) : await send(step);
      receipts.push(receipt);
      if (wasTold(receipt)) done = `Not needed: ${receipt.target} was told.`;
      else if (!wasFailed(receipt)) done = `Not needed: ${receipt.target} is in quiet hours.`;
    }
  }
  return receipts;
}

/**
 * Asks everybody at once, but a chain of fallbacks in order. One name alone in the chain stands behind all others: it is
 * asked when none of them was told and one of them failed. Receipts come in the order of the targets.
 */
export async function tell({ steps, chain }: Plan, send: Send): Promise<Receipt[]> {
  const first = steps.filter(({ target }) => !chain.includes(target.name));
  const behind = chain.flatMap((name) => steps.find(({ target }) => target.name === name) ?? []);
  const all = Promise.all(first.map((step) => (step.skip ? notAsked(step) : send(step))));
  let receipts: Receipt[];
  if (behind.length === 1 && first.length > 0) {
    receipts = await all;
    const told = receipts.find(wasTold);
    const [last] = behind as [Step];
    const needless = told
      ? `Not needed: ${told.target} was told.`
      : receipts.some(wasFailed)
        ? undefined
        : 'Not needed: the others were left in peace on purpose.';
    if (last.skip) receipts.push(notAsked(last));
    else if (needless) receipts.push(skipped(last.target.name, last.target.channel.name, 'fallback', needless));
    else receipts.push(await send(last));
  } else {
    receipts = (await Promise.all([all, inOrder(behind, send)])).flat();
  }
  return steps.map(({ target }) => receipts.find((receipt) => receipt.target === target.name)!);
}
