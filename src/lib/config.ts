import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type * as Yaml from 'yaml';
import { neverRead } from './config-sections.ts';
import { SeatrialError } from './errors.ts';
import known from './known-keys.json' with { type: 'json' };
import { nearest } from './nearest.ts';

export type ActionName = 'build' | 'deploy' | 'verify' | 'notify';

const ACTIONS: readonly string[] = ['build', 'deploy', 'verify', 'notify'];
const KEYS = known as Record<string, readonly string[]>;

export interface ConfigRequest {
  action: ActionName;
  /** The action's inputs, and those of them that hold a secret. */
  mine: readonly string[];
  secrets: readonly string[];
  given: ReadonlyMap<string, string>;
  env: Readonly<Record<string, string | undefined>>;
  /** Told of sections that nothing reads; once a job where a runner's temporary folder remembers it. */
  warn?: (line: string) => void;
}

export interface Config {
  /** As input texts. */
  values: Record<string, string>;
  /** `seatrial.yml:4:3` of each of them. */
  places: Record<string, string>;
}

interface Setting {
  node: unknown;
  place: string;
  /** The key with its sections before it. */
  path: string;
}
type Level = Map<string, Setting>;

function isSection(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

const invalid = (message: string, cause?: unknown) => new SeatrialError('CONFIG_INVALID', message, { cause });

/**
 * A YAML value as the text the same input would hold: lists one item a line, maps one `KEY=value` a line, a list there
 * with commas. A list of maps is what an input holds as YAML, and stays that. Undefined for what is no value.
 */
function asInput(value: unknown): string | undefined {
  if (Array.isArray(value) && value.some(isSection)) return JSON.stringify(value);
  if (Array.isArray(value)) return joined(value.map(asInput), '\n');
  if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean') return String(value);
  if (!isSection(value)) return undefined;
  const lines = Object.entries(value).map(([key, item]) => {
    const text = Array.isArray(item) ? joined(item.map(asInput), ', ') : asInput(item);
    if (text === undefined) return undefined;
    return text.trim().includes('\n') && !Array.isArray(item)
      ? `${key}<<SEATRIAL_END\n${text}\nSEATRIAL_END`
      : `${key}=${text}`;
  });
  return joined(lines, '\n');
}
const joined = (parts: (string | undefined)[], by: string) => (parts.includes(undefined) ? undefined : parts.join(by));

/** The environment the run is about: its own input, or the deployment it was handed. */
function environmentOf(given: ReadonlyMap<string, string>): string {
  if (given.has('environment')) return given.get('environment')!;
  try {
    return String(JSON.parse(given.get('deployment') ?? '{}').environment ?? 'production');
  } catch {
    return 'production'; // the deployment's own field will say what is wrong with it
  }
}

/** One seatrial.yml, read with the places of its keys. */
class ConfigFile {
  readonly #name: string;
  readonly #yaml: typeof Yaml;
  readonly #counter: Yaml.LineCounter;
  readonly #document: Yaml.Document;

  constructor(name: string, text: string, yaml: typeof Yaml) {
    this.#name = name;
    this.#yaml = yaml;
    this.#counter = new yaml.LineCounter();
    this.#document = yaml.parseDocument(text, { lineCounter: this.#counter, prettyErrors: false });
    const [error] = this.#document.errors;
    if (error) throw invalid(`${this.#at(error.pos[0])}: not valid YAML: ${error.message}.`, error);
  }

  #at(offset: number | undefined): string {
    if (offset === undefined) return this.#name;
    const { line, col } = this.#counter.linePos(offset);
    return `${this.#name}:${line}:${col}`;
  }

  get root(): unknown {
    return this.#document.contents;
  }

  value(node: unknown): unknown {
    return this.#yaml.isNode(node) ? node.toJS(this.#document) : node;
  }

  /** Keys of a map with their places; `path` is what the map itself is called. */
  level(node: unknown, path: string, place: string): Level {
    const map = this.#yaml.isAlias(node) ? node.resolve(this.#document) : node;
    if (!this.#yaml.isMap(map)) throw invalid(`${place}: ${path || 'the file'} must be a map of inputs.`);
    const found: Level = new Map();
    for (const { key, value } of map.items) {
      const name = String(this.value(key));
      const offset = this.#yaml.isNode(key) ? key.range?.[0] : undefined;
      found.set(name, { node: value, place: this.#at(offset), path: path ? `${path}.${name}` : name });
    }
    return found;
  }
}

const guess = (name: string, among: readonly string[]) => {
  const found = nearest(name, among);
  return found ? `; did you mean "${found}"?` : '; seatrial.schema.json lists them.';
};

/** Checks the keys of one level, and answers those of this action: flat ones first, its own section's over them. */
function settingsOf(file: ConfigFile, level: Level, { action, mine }: ConfigRequest): Level {
  const taken: Level = new Map();
  let section: Level = new Map();
  for (const [key, setting] of level) {
    if (ACTIONS.includes(key)) {
      const inside = file.level(setting.node, setting.path, setting.place);
      for (const [name, { place, path }] of inside) {
        if (KEYS[key]!.includes(name)) continue;
        const owner = Object.keys(KEYS).find((other) => KEYS[other]!.includes(name));
        const advice = owner ? `; it is one of action-${owner}.` : guess(name, KEYS[key]!);
        throw invalid(`${place}: action-${key} has no input "${name}" (${path})${advice}`);
      }
      if (key === action) section = inside;
    } else if (mine.includes(key)) {
      taken.set(key, setting);
    } else if (!Object.values(KEYS).some((keys) => keys.includes(key))) {
      const among = [...new Set(Object.values(KEYS).flat()), ...ACTIONS, 'environments'];
      throw invalid(`${setting.place}: no action has an input "${key}" (${setting.path})${guess(key, among)}`);
    }
  }
  return new Map([...taken, ...section]);
}

/**
 * `seatrial.yml` or `.github/seatrial.yml` of the workspace; an input wins over what this answers.
 * @throws CONFIG_INVALID, CONFIG_SECRET, with file, line, column and key
 */
export async function readConfig(request: ConfigRequest): Promise<Config> {
  const { given, env, secrets, warn } = request;
  const root = env.GITHUB_WORKSPACE || process.cwd();
  const name = ['seatrial.yml', '.github/seatrial.yml'].find((file) => existsSync(join(root, file)));
  if (!name) return { values: {}, places: {} };
  const file = new ConfigFile(name, readFileSync(join(root, name), 'utf8'), await import('yaml'));
  if (file.value(file.root) === null) return { values: {}, places: {} };

  const top = file.level(file.root, '', name);
  const environments = top.get('environments');
  top.delete('environments');
  const sections = environments
    ? file.level(environments.node, environments.path, environments.place)
    : (new Map() as Level);
  const environment = environmentOf(given);
  const settings = settingsOf(file, top, request);
  for (const [section, { node, path, place }] of sections) {
    const own = settingsOf(file, file.level(node, path, place), request);
    if (section === environment) for (const [key, setting] of own) settings.set(key, setting);
  }
  const places = new Map([...sections].map(([section, { place }]) => [section, place]));
  if (warn) for (const line of neverRead(places, environment, root, env)) warn(line);

  const config: Config = { values: {}, places: {} };
  for (const [key, { node, place, path }] of settings) {
    if (secrets.includes(key)) {
      throw new SeatrialError(
        'CONFIG_SECRET',
        `${place}: seatrial.yml holds the secret "${path}"; remove it, revoke it, and pass it as an input.`,
      );
    }
    const text = asInput(file.value(node));
    if (text === undefined) throw invalid(`${place}: ${path} has no value; remove the line or give it one.`);
    config.values[key] = text;
    config.places[key] = place;
  }
  return config;
}
