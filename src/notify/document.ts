import { type Words, wordsOf } from './locale/index.ts';
import type { Field, Locale, Mention, Message } from './message.ts';
import { fitBytes, longest } from './text.ts';

export interface Link {
  label: string;
  url: string;
}

/** A message in one language, still without markup: what a channel renders. Plain text everywhere, harmless already. */
export interface Document {
  message: Message;
  locale: Locale;
  words: Words;
  /** One line: environment · service · version · result, or the user's own title. Push previews show its beginning. */
  subject: string;
  /** `environment · service · version · result` when the user's title took the subject's place. */
  headline?: string;
  /** What happened, what customers saw, what serves now, what to do; a sentence or two each. */
  story: string[];
  /** The user's own text; the first to be cut when room is short. */
  text: string;
  /** Labelled facts in order of weight: the last falls away first. */
  facts: Field[];
  links: Link[];
}

/** Longest texts a document starts with; every channel's own limit comes on top. */
const SUBJECT_BYTES = 240;
const FACT_BYTES = 600;

export function compose(message: Message, locale: Locale): Document {
  const words = wordsOf(locale);
  const known = [message.environment, message.service, message.version].filter((part) => part !== undefined);
  const result = words.result(message);
  const prefix = message.drill || message.event === 'drill' ? words.drill : '';
  const headline = [...known, result].join(' · ');
  const facts: Field[] = [];
  const fact = (name: string, value: string | undefined) => value && facts.push({ name, value });
  fact(words.environment, message.environment);
  fact(words.service, message.service);
  fact(words.version, message.version);
  fact(words.resultLabel, result);
  fact(words.serving, message.serving);
  for (const field of message.fields) facts.push(field);
  for (const job of message.jobs) facts.push({ name: job.name, value: words.jobResult(job.result) });
  fact(words.who, message.who);
  const { run, report, rollback, commit } = message.links;
  const links: [string, string | undefined][] = [
    [words.runLink, run],
    [words.reportLink, report],
    [words.rollbackLink, rollback],
    [words.commitLink, commit],
  ];
  return {
    message,
    locale,
    words,
    subject: fitBytes(prefix + (message.title ?? `${words.icon(message)} ${headline}`), SUBJECT_BYTES),
    headline: message.title === undefined ? undefined : fitBytes(headline, SUBJECT_BYTES),
    story: words.story(message),
    text: message.text ?? '',
    facts: facts.map(({ name, value }) => ({ name: fitBytes(name, 120), value: fitBytes(value, FACT_BYTES) })),
    links: links.flatMap(([label, url]) => (url ? [{ label, url }] : [])),
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
