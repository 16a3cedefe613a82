import { createHash } from 'node:crypto';
import { contextOf } from '../lib/context.ts';
import type { Deployment } from '../lib/deployment.ts';
import { SeatrialError } from '../lib/errors.ts';
import type { Inputs } from './inputs.ts';
import { parseMentions } from './mentions.ts';
import { EVENTS, type Event, type Field, type Links, type Message, SEVERITIES, usualSeverity } from './message.ts';
import { fillTemplate } from './template.ts';
import { harmless } from './text.ts';
import { readVerdict } from './verdict.ts';

type Env = Readonly<Record<string, string | undefined>>;

const invalid = (message: string) => new SeatrialError('INPUT_INVALID', message);

function oneOf<T extends string>(name: string, value: string, known: readonly T[]): T {
  const found = known.find((one) => one === value.trim());
  if (found) return found;
  throw invalid(`${name}: "${value}" is not known; choose one of ${known.join(', ')}.`);
}

/**
 * What the caller calls the event, unless the deployment it hands over says otherwise: then that is told. A message
 * refused for its heading would reach nobody in the night.
 */
function truth(said: Event, state: string | undefined): Event {
  if (state === 'bad' && (said === 'success' || said === 'rollback')) return 'failure';
  if (state === 'rolled-back' && said === 'success') return 'rollback';
  return said;
}

/** The event named, else the one that follows from the deployment's state, the verdict and jobs' results. */
export function eventOf({
  event,
  needs,
  deployment,
  mode,
  verdict,
}: Pick<Inputs, 'event' | 'needs' | 'deployment' | 'mode' | 'verdict'>): Event {
  const state = deployment?.state;
  if (event !== undefined) return truth(oneOf('event', event, EVENTS), state);
  if (state === 'rolled-back') return 'rollback';
  if (state === 'bad') return 'failure';
  const judged = readVerdict(verdict)?.verdict;
  if (judged === 'fail' || judged === 'error') return 'failure';
  if (needs) {
    const results = Object.values(needs).map(({ result }) => result);
    return results.every((result) => result === 'success' || result === 'skipped') ? 'success' : 'failure';
  }
  if (state === 'good' || state === 'unchanged') return 'success';
  if (state === 'pending') return 'start';
  if (mode !== 'send') return 'drill';
  throw new SeatrialError('INPUT_MISSING', `event is needed: say what happened, one of ${EVENTS.join(', ')}.`);
}

/** What customers' traffic is on: told by the weights on the hosts, else by the state; undefined when neither tells. */
export function servingOf(deployment: Deployment | undefined): string | undefined {
  if (!deployment) return undefined;
  const weights = new Map<string, number>();
  for (const slot of deployment.hosts.flatMap((host) => host.slots)) {
    if (slot.weight > 0) weights.set(slot.release, (weights.get(slot.release) ?? 0) + slot.weight);
  }
  const total = [...weights.values()].reduce((sum, weight) => sum + weight, 0);
  if (weights.size === 1) return [...weights.keys()][0];
  if (weights.size > 1) {
    return [...weights].map(([release, weight]) => `${release} (${Math.round((100 * weight) / total)}%)`).join(', ');
  }
  if (deployment.state === 'good' || deployment.state === 'unchanged') return deployment.release || undefined;
  if (deployment.state === 'bad' || deployment.state === 'rolled-back') return deployment.previous || undefined;
  return undefined;
}

function linksOf(inputs: Inputs, env: Env): Links {
  const { run, commitPage } = contextOf(env);
  const page = (name: 'report-url' | 'rollback-url') => {
    const value = inputs[name];
    if (value === undefined) return undefined;
    if (URL.canParse(value) && /^https?:$/.test(new URL(value).protocol)) return new URL(value).href;
    throw invalid(`${name} is not an http(s) URL.`);
  };
  return {
    run,
    commit: commitPage,
    report: page('report-url'),
    rollback: page('rollback-url'),
  };
}

function parseFields(lines: readonly string[]): Field[] {
  return lines.map((line) => {
    const at = line.search(/[:：]/);
    if (at > 0) return { name: line.slice(0, at).trim(), value: line.slice(at + 1).trim() };
    // seatrial.yml writes a map as NAME=value.
    const equals = line.indexOf('=');
    if (equals > 0) return { name: line.slice(0, equals).trim(), value: line.slice(equals + 1).trim() };
    throw invalid(`fields: "${line}" is not \`Name: value\`.`);
  });
}

/** A tag is a version; else the commit, shortened. Only where the run is about that commit: not for alerts and rollbacks. */
function runVersion(event: Event, { needs }: Pick<Inputs, 'needs'>, env: Env): string | undefined {
  if (event === 'alert' || event === 'recovered' || event === 'drill') return undefined;
  if (needs?.rollback && needs.rollback.result !== 'skipped') return undefined;
  const { tag, sha } = contextOf(env);
  return tag ?? sha?.slice(0, 7);
}

/**
 * Everything the message says, from inputs and GitHub's context. `clean` takes out personal data and secrets.
 * @throws INPUT_INVALID, INPUT_MISSING, TEMPLATE_INVALID
 */
export async function gather(inputs: Inputs, env: Env, now: number, clean: (text: string) => string): Promise<Message> {
  const event = eventOf(inputs);
  const { deployment } = inputs;
  const verdict = readVerdict(inputs.verdict);
  const tidy = (text: string | undefined) => (text?.trim() ? harmless(clean(text.trim())) : undefined);
  const message: Message = {
    event,
    severity: inputs.severity === undefined ? usualSeverity(event) : oneOf('severity', inputs.severity, SEVERITIES),
    drill: inputs.mode === 'drill',
    environment: tidy(inputs.environment || deployment?.environment),
    service: tidy(inputs.service || deployment?.app || contextOf(env).repository?.split('/').at(-1)),
    version: tidy(inputs.version || deployment?.release || runVersion(event, inputs, env)),
    previous: tidy(deployment?.previous),
    serving: tidy(servingOf(deployment)),
    state: deployment?.state,
    verdict: verdict?.verdict,
    why: tidy(inputs.reason ?? verdict?.reason),
    customers: inputs.customers ?? verdict?.customers,
    fields: [],
    jobs: Object.entries(inputs.needs ?? {}).map(([name, { result }]) => ({
      name: harmless(clean(name)),
      result: harmless(result),
    })),
    who: tidy(contextOf(env).actor),
    links: linksOf(inputs, env),
    mentions: parseMentions(inputs.mentions),
    at: now,
  };
  // Cleaned before it is filled: a run's own number in {{links.run}} may look like a phone's.
  const fill = async (name: string, template: string | undefined) => {
    const filled = template === undefined ? '' : await fillTemplate(name, clean(template), message);
    return filled.trim() === '' ? undefined : harmless(filled.trim());
  };
  const title = await fill('title', inputs.title);
  message.text = await fill('text', inputs.text);
  // A field's name is the caller's own word for a fact (`Name: shop`), not a log's key: it hides no value by itself.
  for (const { name, value } of parseFields(inputs.fields)) {
    message.fields.push({ name: harmless(clean(name)), value: (await fill('fields', value)) ?? '' });
  }
  message.title = title?.replace(/\s+/g, ' ');
  return message;
}

/** Joins messages about one thing across runs: repository, environment and service, never the run. 16 hex digits. */
export function keyOf(given: string | undefined, message: Message, env: Env): string {
  const parts =
    given === undefined ? [contextOf(env).repository ?? '', message.environment ?? '', message.service ?? ''] : [given];
  return createHash('sha256').update(parts.join('\n')).digest('hex').slice(0, 16);
}
