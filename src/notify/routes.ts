import { SeatrialError } from '../lib/errors.ts';
import type { Target } from './channel.ts';
import { CHANNELS } from './channel-names.ts';
import { EVENTS, SEVERITIES } from './events.ts';
import type { Message } from './message.ts';

const invalid = (message: string) => new SeatrialError('INPUT_INVALID', message);

/**
 * The targets a name means: the one so called, else all of that channel. A channel that has no target in this run means
 * nobody, so that one configuration serves runs with and without its secrets.
 * @throws INPUT_INVALID for a name nobody bears
 */
export function named(input: string, name: string, targets: readonly Target[]): Target[] {
  const own = targets.filter((target) => target.name === name);
  if (own.length) return own;
  const known: readonly string[] = CHANNELS;
  if (known.includes(name)) return targets.filter((target) => target.channel.name === name);
  const names = targets.map((target) => target.name).join(', ');
  throw invalid(`${input}: no target is called "${name}"; there are ${names || 'none'}.`);
}

/** `a, b` or `a b`. */
export const names = (list: string): string[] => list.split(/[\s,，、]+/).filter(Boolean);

const ROUTE = /^([^:：=>-]+?)\s*(?:[-=]>|[:：=])\s*\[?(.+?)\]?$/;

/** A line speaks of this very event, and not only of its severity. */
export const namesEvent = (lines: readonly string[], event: Message['event']): boolean =>
  lines.some((line) => names(ROUTE.exec(line)?.[1] ?? '').includes(event));

/**
 * Who gets this message by `routes`: lines for its event win over lines for its severity; without either, everybody.
 * @throws INPUT_INVALID for a line that is no route, checked for every line, matching or not
 */
export function routed(
  lines: readonly string[],
  message: Pick<Message, 'event' | 'severity'>,
  targets: readonly Target[],
): Set<Target> {
  const bySeverity: Target[][] = [];
  const byEvent: Target[][] = [];
  for (const line of lines) {
    const [, keys, list] = ROUTE.exec(line) ?? [];
    if (keys === undefined || list === undefined) {
      throw invalid(`routes: "${line}" is not \`severity: targets\`; write e.g. \`critical: dingtalk, pagerduty\`.`);
    }
    const who = names(list).flatMap((name) => {
      if (name === 'all') return [...targets];
      return name === 'none' ? [] : named('routes', name, targets);
    });
    for (const key of names(keys)) {
      if ((SEVERITIES as readonly string[]).includes(key)) {
        if (key === message.severity) bySeverity.push(who);
      } else if ((EVENTS as readonly string[]).includes(key)) {
        if (key === message.event) byEvent.push(who);
      } else {
        throw invalid(`routes: "${key}" is neither a severity (${SEVERITIES.join(', ')}) nor an event.`);
      }
    }
  }
  const chosen = byEvent.length ? byEvent : bySeverity;
  return new Set(chosen.length ? chosen.flat() : targets);
}
