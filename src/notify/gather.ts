import { createHash } from 'node:crypto';
import type { SubjectOf } from '../lib/commit-subject.ts';
import { contextOf } from '../lib/context.ts';
import { SeatrialError } from '../lib/errors.ts';
import { releaseCommit } from './commit.ts';
import { endingOf } from './ending/decide.ts';
import type { Ending } from './ending/ending.ts';
import { factsOf } from './ending/facts.ts';
import { outputOf } from './ending/jobs.ts';
import { type Serving, servingOf } from './ending/traffic.ts';
import { EVENTS, type Event, SEVERITIES } from './events.ts';
import type { Inputs } from './inputs.ts';
import { linksOf } from './links.ts';
import { parseMentions } from './mentions.ts';
import type { Field, Message } from './message.ts';
import { eventMissing } from './missing.ts';
import { commitOf, madeAt } from './release.ts';
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

/** An error code handed over as a reason, with nothing beside it. */
const codeIn = (reason: string | undefined): string | undefined =>
  /^(?:[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+|CANCELLED|INTERNAL)$/.exec(reason?.trim() ?? '')?.[0];

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

type Telling = Pick<
  Inputs,
  'event' | 'needs' | 'deployment' | 'mode' | 'verdict' | 'version' | 'reason' | 'customers' | 'fields'
>;

function facts(inputs: Telling, said: Event | undefined) {
  const { deployment, needs, version, reason } = inputs;
  const verdict = readVerdict(inputs.verdict);
  const met = inputs.customers ?? verdict?.customers;
  return factsOf({
    said,
    rehearsal: inputs.mode !== 'send',
    deployment,
    version: version || undefined,
    verdict: verdict?.verdict,
    metCustomers: (met?.requests ?? 0) > 0 || (met?.seconds ?? 0) > 0,
    gap: (met?.gap ?? 0) > 0,
    code: codeIn(reason),
    jobs: Object.entries(needs ?? {}).map(([name, { result, outputs }]) => ({ name, result, outputs })),
    fields: parseFields(inputs.fields ?? []),
  });
}

/**
 * How it ended, by all that was handed over.
 * @throws INPUT_INVALID for an event that is none, INPUT_MISSING when nothing tells
 */
export function endingFrom(inputs: Telling): Ending {
  const said = inputs.event === undefined ? undefined : oneOf('event', inputs.event, EVENTS);
  const ending = endingOf(facts(inputs, said));
  if (ending) return ending;
  throw eventMissing();
}

/** A tag is a version; else the commit, shortened. Only where the run is about that commit: not for alerts and rollbacks. */
function runVersion({ event, kind }: Ending, env: Env): string | undefined {
  if (event === 'alert' || event === 'recovered' || event === 'drill' || kind.startsWith('rollback')) return undefined;
  if (kind === 'rolled-back') return undefined;
  const { tag, sha } = contextOf(env);
  return tag ?? sha?.slice(0, 7);
}

/** What serves: told by the deployment, else by what the deploy job handed on. */
function live(inputs: Telling, ending: Ending): Serving | undefined {
  const told = servingOf(inputs.deployment);
  // A state that calls a release good says nothing of where its traffic is once a deploy was tried after it.
  if (told) return told;
  if (ending.kind === 'unchanged' && ending.about) return { releases: [{ release: ending.about, share: 1 }] };
  const { deploy, rollback } = facts(inputs, undefined);
  const serving = outputOf(rollback, 'serving') ?? outputOf(deploy, 'serving');
  if (serving) return { releases: [{ release: serving, share: 1 }] };
  const back = ending.traffic === 'back' || ending.traffic === 'never' || ending.traffic === 'untouched';
  return back && ending.before && ending.about !== ending.before && ending.kind !== 'rolled-back'
    ? { releases: [{ release: ending.before, share: 1 }] }
    : undefined;
}

const inWhole = ({ releases }: Serving): string =>
  releases.length === 1
    ? releases[0]!.release
    : releases.map(({ release, share }) => `${release} (${Math.round(100 * share)}%)`).join(', ');

/** The same with every name fit to be shown. */
function tidied(serving: Serving | undefined, tidy: (text: string) => string | undefined): Serving | undefined {
  const shown = (releases: Serving['releases']) =>
    releases.map(({ release, share }) => ({ release: tidy(release) ?? '', share }));
  return (
    serving && {
      releases: shown(serving.releases),
      ...(serving.hosts
        ? { hosts: serving.hosts.map(({ host, releases }) => ({ host: tidy(host) ?? '', releases: shown(releases) })) }
        : {}),
    }
  );
}

/** The zone times are told in: the one named, else the one most readers of the language live in. */
function zoneOf(named: string | undefined, locale: Inputs['locale']): string {
  const zone = named?.trim() || (locale === 'zh-CN' ? 'Asia/Shanghai' : 'UTC');
  try {
    new Intl.DateTimeFormat('en', { timeZone: zone });
    return zone;
  } catch {
    throw invalid(`time-zone: "${zone}" is no IANA time zone; write e.g. Asia/Shanghai or UTC.`);
  }
}

/** `4f1c2d3 fix: retry the payment` as commit and subject. */
function namedCommit(text: string | undefined): { sha: string; subject?: string } | undefined {
  if (!text?.trim()) return undefined;
  const [, sha, subject] = /^([0-9a-f]{7,40})(?:\s+(\S.*))?$/i.exec(text.trim().split('\n')[0]!) ?? [];
  if (!sha) throw invalid('commit: write the commit, and behind it its subject: `4f1c2d3 fix: retry the payment`.');
  return { sha: sha.toLowerCase(), subject };
}

/**
 * Everything the message says, from inputs and the run's context. `clean` takes out personal data and secrets.
 * @throws INPUT_INVALID, INPUT_MISSING, TEMPLATE_INVALID
 */
export async function gather(
  inputs: Inputs,
  env: Env,
  now: number,
  clean: (text: string) => string,
  subjectOf: SubjectOf = async () => undefined,
): Promise<Message> {
  const found = endingFrom(inputs);
  const { deployment, history } = inputs;
  const verdict = readVerdict(inputs.verdict);
  const tidy = (text: string | undefined) => (text?.trim() ? harmless(clean(text.trim())) : undefined);
  // Ids and names of jobs and hosts come from outside as much as any text.
  const ending: Ending = {
    ...found,
    about: tidy(found.about),
    before: tidy(found.before),
    ...(found.trouble ? { trouble: { ...found.trouble, job: tidy(found.trouble.job) } } : {}),
  };
  const { event } = ending;
  // A history handed over knows more releases than a deployment, which tells of those it names.
  const records = new Map(
    [...(deployment?.releases ?? []), ...(history?.releases ?? [])].map((record) => [record.release, record]),
  );
  const commits = new Map(
    [...records].flatMap(([id, { commit }]) => (/^[0-9a-f]{7,40}$/.test(commit ?? '') ? [[id, commit!] as const] : [])),
  );
  const named = namedCommit(inputs.commit);
  const sha = named?.sha ?? releaseCommit(ending, env, commits);
  const before = ending.before && (commits.get(ending.before) ?? commitOf(ending.before));
  const serving = tidied(live(inputs, found), tidy);
  const one = serving?.releases.length === 1 ? serving.releases[0]!.release : undefined;
  const since = one === undefined ? undefined : (timeOf(records.get(one)?.at) ?? madeAt(one));
  const recorded = ending.about ? records.get(ending.about)?.subject : undefined;
  const subject = named?.subject ?? recorded ?? (sha && (await subjectOf(sha)));
  const about = inputs.version || ending.about || runVersion(ending, env);
  const message: Message = {
    ending,
    event,
    severity: inputs.severity === undefined ? ending.severity : oneOf('severity', inputs.severity, SEVERITIES),
    drill: inputs.mode === 'drill',
    environment: tidy(inputs.environment || deployment?.environment),
    service: tidy(inputs.service || deployment?.app || contextOf(env).repository?.split('/').at(-1)),
    version: tidy(about),
    previous: tidy(ending.before),
    serving: tidy(serving && inWhole(serving)),
    live: serving,
    since,
    zone: zoneOf(inputs['time-zone'], inputs.locale),
    commit: sha ? { sha, ...(subject ? { subject: tidy(subject) } : {}) } : undefined,
    state: deployment?.state,
    verdict: verdict?.verdict,
    why: tidy(inputs.reason ?? verdict?.reason),
    code: codeIn(inputs.reason ?? verdict?.reason),
    customers: inputs.customers ?? verdict?.customers,
    fields: [],
    jobs: Object.entries(inputs.needs ?? {}).map(([name, { result }]) => ({
      name: harmless(clean(name)),
      result: harmless(result),
    })),
    who: tidy(contextOf(env).actor),
    links: linksOf(inputs, env, { commit: sha, before, back: ending.kind === 'rolled-back' }),
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

/** A time as history writes it; undefined for one that can't be read. */
function timeOf(at: string | undefined): number | undefined {
  const time = at ? Date.parse(at) : Number.NaN;
  return Number.isNaN(time) ? undefined : time;
}

/** Joins messages about one thing across runs: repository, environment and service, never the run. 16 hex digits. */
export function keyOf(given: string | undefined, message: Message, env: Env): string {
  const parts =
    given === undefined ? [contextOf(env).repository ?? '', message.environment ?? '', message.service ?? ''] : [given];
  return createHash('sha256').update(parts.join('\n')).digest('hex').slice(0, 16);
}
