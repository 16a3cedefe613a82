import { HOLE } from './mask.ts';

/** Templates kept; past it a new shape is its own group and remembered no more. */
const MAX_TEMPLATES = 5000;
const MAX_FAMILIES = 60_000;
/** So many words in one place, all else being equal, make it the place of a value; words that look like data need fewer. */
const VALUES = { plain: 5, data: 2 };
/** Least share of equal words for messages to be one with values in it. */
const LEAST_ALIKE = 0.5;

export interface Template {
  key: string;
  words: string[];
  /** Where other words were met: the place of a value. */
  open: boolean[];
  /** The template it went into when both turned out to be one. */
  into?: Template;
}

const isHole = (word: string) => word.includes(HOLE);
/** A word that no sentence has: with digits, a path, a name of parts, capitals inside. */
const isData = (word: string) => /[\d/\\@#$<]|[a-z][A-Z]|[a-z\d][._-]\w|[a-z]:\w/.test(word);

/** A message's template as it stands now. */
export function settle(template: Template): Template {
  let at = template;
  while (at.into) at = at.into;
  return at;
}

function literals(words: readonly string[], open?: readonly boolean[]): number {
  let n = 0;
  for (let i = 0; i < words.length; i++) if (!isHole(words[i]!) && !open?.[i]) n++;
  return n;
}

/** Whether a message is one of a template's: it differs only in the places of values. */
function fits(template: Template, words: readonly string[]): boolean {
  for (let i = 0; i < words.length; i++) if (!template.open[i] && template.words[i] !== words[i]) return false;
  return true;
}

/**
 * Groups masked messages that differ only where values stand. As in Drain (He et al., ICWS 2017) messages of one length
 * and enough equal words may be one; but two words in one place prove no value yet: `session opened` and `session closed`
 * are two messages. A place is a value's once several words were met in it with all else equal, fewer where the words
 * look like data. Templates found later to be one are joined, so a group is read with `settle`.
 */
export class Templates {
  readonly #byShape = new Map<string, Template[]>();
  readonly #groupOf = new Map<string, Template>();
  /** Templates that differ in one place only, by the words of all the others. */
  readonly #families = new Map<string, Template[]>();
  readonly #joined: (into: string, from: string) => void;
  #made = 0;

  /** `joined` is told when two groups turned out to be one. */
  constructor(joined: (into: string, from: string) => void = () => undefined) {
    this.#joined = joined;
  }

  /** The group of a message within a scope (level, logger), if there is one. */
  find(scope: string, key: string, words: readonly string[]): Template | undefined {
    const full = `${scope}\n${key}`;
    const known = this.#groupOf.get(full);
    if (known) return settle(known);
    const fitting = this.#byShape.get(`${scope}\n${words.length}`)?.find((one) => !one.into && fits(one, words));
    if (fitting && this.#groupOf.size < 4 * MAX_TEMPLATES) this.#groupOf.set(full, fitting);
    return fitting;
  }

  /** The group of a message, made and joined with others where it shows that they are one. */
  learn(scope: string, key: string, words: readonly string[]): Template {
    const found = this.find(scope, key, words);
    if (found) return found;
    const full = `${scope}\n${key}`;
    const shape = `${scope}\n${words.length}`;
    const made: Template = { key, words: [...words], open: words.map((word) => word === HOLE) };
    if (this.#made >= MAX_TEMPLATES) return made;
    this.#made++;
    this.#groupOf.set(full, made);
    const list = this.#byShape.get(shape);
    if (list) list.push(made);
    else this.#byShape.set(shape, [made]);
    this.#join(shape, made);
    return settle(made);
  }

  /** Whether a message would be one with values in it if it were learnt: its odd word and those met there look like data. */
  near(scope: string, words: readonly string[]): boolean {
    const shape = `${scope}\n${words.length}`;
    for (const [i, family] of this.#familiesOf(shape, words)) {
      const members = this.#families.get(family);
      if (members && isData(words[i]!) && members.some((one) => isData(one.words[i]!))) return true;
    }
    return false;
  }

  /** The places of a message that may be values, with the key of all that differ from it there only. */
  *#familiesOf(shape: string, words: readonly string[]): Generator<[place: number, key: string]> {
    const least = literals(words);
    // What stays when a place is a value's must still say something.
    if (least - 1 < 2 || (least - 1) / least < LEAST_ALIKE) return;
    for (let i = 0; i < words.length; i++)
      if (words[i] !== HOLE) yield [i, `${shape}\n${i}\n${words.map((word, j) => (j === i ? HOLE : word)).join(' ')}`];
  }

  /** Joins the templates that a new one shows to be one. */
  #join(shape: string, made: Template): void {
    for (const [i, family] of this.#familiesOf(shape, made.words)) {
      const members = this.#families.get(family);
      if (!members) {
        if (this.#families.size < MAX_FAMILIES) this.#families.set(family, [made]);
        continue;
      }
      members.push(made);
      const distinct = [...new Set(members.map(settle))];
      const data = members.filter((one) => isData(one.words[i]!)).length;
      if (distinct.length < 2 || (members.length < VALUES.plain && data < VALUES.data)) continue;
      const [first, ...others] = distinct;
      first!.open[i] = true;
      for (const other of others) {
        other.into = first;
        this.#joined(first!.key, other.key);
      }
    }
  }
}
