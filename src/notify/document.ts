import { inOrder } from './links.ts';
import { type Words, wordsOf } from './locale/index.ts';
import { namesOf } from './locale/words.ts';
import type { Field, Locale, Mention, Message } from './message.ts';
import { fitBytes, longest } from './text.ts';

export interface Fact extends Field {
  /** The label in at most five characters, where there is one. */
  short?: string;
}

type Label = 'environment' | 'service' | 'version' | 'before' | 'serving' | 'who';

export interface Link {
  label: string;
  url: string;
}

/** A message in one language, still without markup: what a channel renders. Plain text everywhere, harmless already. */
export interface Document {
  message: Message;
  locale: Locale;
  words: Words;
  /** One line: result · environment/service · version, or the user's own title. Push previews show its beginning. */
  subject: string;
  /** `result · environment/service · version` when the user's title took the subject's place. */
  headline?: string;
  /** The result with its sign, and where it happened: for cards that have a line for each. */
  title: string;
  place: string;
  /** What serves now, what happened, what customers met, why, what to do; a sentence or two each. */
  story: string[];
  /** The user's own text; the first to be cut when room is short. */
  text: string;
  /** Labelled facts in order of weight: the last falls away first. */
  facts: Fact[];
  links: Link[];
}

/** Longest texts a document starts with; every channel's own limit comes on top. */
const SUBJECT_BYTES = 240;
const FACT_BYTES = 600;

export function compose(message: Message, locale: Locale): Document {
  const words = wordsOf(locale);
  const name = namesOf(message);
  const { environment, service, version, previous, ending, commit } = message;
  const result = words.result(message);
  const sign = words.icon(message);
  const prefix = message.drill || message.event === 'drill' ? words.drill : '';
  const short = version && name(version);
  const from = ending.kind === 'rolled-back' && previous ? name(previous) : undefined;
  const where = [environment, service].filter(Boolean).join('/');
  const place = [where, from && short ? `${from} → ${short}` : short].filter(Boolean).join(' · ');
  const headline = [result, place].filter(Boolean).join(' · ');
  const facts: Fact[] = [];
  const fact = (label: Label, value: string | undefined) =>
    value && facts.push({ name: words[label], value, short: words.short[label] });
  fact('environment', environment);
  fact('service', service);
  fact('version', version);
  fact('before', previous === version ? undefined : previous);
  fact('serving', words.live(message));
  for (const field of message.fields) facts.push(field);
  for (const job of message.jobs) facts.push({ name: job.name, value: words.jobResult(job.result) });
  if (commit?.subject) facts.push({ name: words.commit, value: `${commit.sha.slice(0, 7)} ${commit.subject}` });
  fact('who', message.who);
  const labels = {
    run: words.runLink,
    report: words.reportLink,
    rollback: words.rollbackLink,
    compare: words.compareLink,
    commit: words.commitLink,
  };
  const cut = ({ name, value, short }: Fact): Fact => ({
    name: fitBytes(name, 120),
    value: fitBytes(value, FACT_BYTES),
    ...(short ? { short } : {}),
  });
  return {
    message,
    locale,
    words,
    subject: fitBytes(prefix + (message.title ?? `${sign} ${headline}`), SUBJECT_BYTES),
    headline: message.title === undefined ? undefined : fitBytes(`${sign} ${headline}`, SUBJECT_BYTES),
    title: fitBytes(prefix + (message.title ?? `${sign} ${result}`), SUBJECT_BYTES),
    place: fitBytes(place, SUBJECT_BYTES),
    story: words.story(message),
    text: message.text ?? '',
    facts: facts.map(cut),
    links: inOrder(message).map(([page, url]) => ({ label: labels[page], url })),
  };
}

/** Mentions that hold for a channel, of the kinds it can ring. */
export function mentionsFor(document: Document, channel: string, kinds: readonly Mention['kind'][]): Mention[] {
  return document.message.mentions.filter(
    (mention) => (mention.channel ?? channel) === channel && kinds.includes(mention.kind),
  );
}

/**
 * The fullest version of a document that `fits` a channel: the text is cut first, then facts fall from the last, then
 * the story, then links from the last, at the end the subject. Subject, mentions and the link to the run stay longest.
 */
export function shrink(document: Document, fits: (document: Document) => boolean): Document {
  if (fits(document)) return document;
  const text = longest(document.text, (part) => fits({ ...document, text: part }));
  let small: Document = { ...document, text };
  if (!fits(small)) {
    // Halving: a thousand facts must not be drawn a thousand times.
    let [low, high] = [0, document.facts.length];
    while (low < high) {
      const middle = Math.ceil((low + high) / 2);
      if (fits({ ...small, facts: document.facts.slice(0, middle) })) low = middle;
      else high = middle - 1;
    }
    small = { ...small, facts: document.facts.slice(0, low) };
  }
  while (!fits(small)) {
    if (small.story.length) small = { ...small, story: small.story.slice(0, -1) };
    else if (small.headline) small = { ...small, headline: undefined };
    else if (small.links.length > 1) small = { ...small, links: small.links.slice(0, -1) };
    // An address longer than the whole message can't be cut, and must not cost the subject.
    else if (small.links.length && !fits({ ...small, subject: '' })) small = { ...small, links: [] };
    else return { ...small, subject: longest(small.subject, (subject) => fits({ ...small, subject })) };
  }
  return small;
}
