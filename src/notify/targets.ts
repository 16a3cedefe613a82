import { SeatrialError } from '../lib/errors.ts';
import { isLoopback } from '../lib/http.ts';
import type { Channel, Setting, Target } from './channel.ts';
import { channelInputs } from './channel-inputs.ts';
import { CHANNELS } from './channel-names.ts';
import { basic } from './channels/address.ts';
import { ownerOf } from './hosts.ts';

type Values = Readonly<Record<string, unknown>>;
type Env = Readonly<Record<string, string | undefined>>;

export interface TargetHooks {
  mask(secret: string): void;
  warn(line: string): void;
}

const invalid = (message: string) => new SeatrialError('INPUT_INVALID', message);

/**
 * Inputs that are lists come parsed; a setting is always text, several one a line. A secret that was stored from a file
 * ends in a line break, which belongs neither into a signature nor into a header.
 */
function asText(value: unknown): string | undefined {
  if (value === undefined || value === null) return undefined;
  return (Array.isArray(value) ? value.join('\n') : String(value)).trim() || undefined;
}

/** Undefined where a percent sign stands for itself, which a URL can't say. */
function decode(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined; // told by `finish`, with the input's name
  }
}

/** Query values, passwords and path tokens by which a URL is a secret, each masked by itself. */
export function secretsInUrl(text: string, whole: boolean): string[] {
  let url: URL;
  try {
    url = new URL(text);
  } catch {
    return [];
  }
  // As written and as read: a vendor quotes either.
  const raw = url.search
    .slice(1)
    .split('&')
    .map((pair) => [pair.split('=')[0]!, pair.slice(pair.indexOf('=') + 1)]);
  const found = [...url.searchParams, ...raw]
    .filter(([name]) => /token|key|sig|secret|pass|auth|code/i.test(name!))
    .map(([, value]) => value!);
  const [user, password] = [decode(url.username), decode(url.password)];
  if (password) found.push(url.password, password, basic(user ?? '', password).split(' ')[1]!);
  if (whole) {
    // Webhooks of Feishu, Slack, Discord and the like carry the token in the path.
    const parts = url.pathname.split('/').filter((part) => part.length >= 16 || /\d/.test(part));
    found.push(...parts.filter((part) => part.length >= 6));
    found.push(url.pathname.length > 12 ? url.pathname : '');
  }
  return found.filter((secret) => secret.length >= 3);
}

/** Registers what must not be seen of a target, whatever else is wrong with it. */
function maskAll({ settings: specs }: Channel, settings: Record<string, string>, hooks: TargetHooks): void {
  for (const [short, value] of Object.entries(settings)) {
    const secret = Boolean(specs[short]!.secret);
    if (secret) hooks.mask(value);
    for (const part of secretsInUrl(value, secret)) hooks.mask(part);
  }
}

/** What is wrong with one setting; undefined when it is well. */
function faultOf(label: string, value: string, spec: Setting, channel: Channel): string | undefined {
  const login = URL.canParse(value) ? new URL(value) : undefined;
  if (login && (decode(login.username) === undefined || decode(login.password) === undefined)) {
    return `${label}: a % in its user or password must be written %25.`;
  }
  if (!spec.url) return undefined;
  if (!login || !/^https?:$/.test(login.protocol)) return `${label} is not an http(s) URL; copy the whole address.`;
  // A message for one vendor would be refused by another, and its secret is not that one's business.
  const owner = ownerOf(login);
  if (owner && owner !== channel.name && channel.name !== 'webhook') {
    return `${label} is an address of ${owner} (${login.hostname}), not of ${channel.name}.`;
  }
  return undefined;
}

/**
 * One target, its secrets registered. One that can't be asked bears its fault: it is refused in its own receipt, and
 * keeps nobody else from being told.
 */
function finish(name: string, channel: Channel, settings: Record<string, string>, hooks: TargetHooks): Target {
  const label = (short: string) =>
    name === channel.name ? channel.settings[short]!.input : `targets: ${name}: ${short}`;
  maskAll(channel, settings, hooks);
  const target = { name, channel, settings };
  for (const [short, value] of Object.entries(settings)) {
    const spec = channel.settings[short]!;
    const fault = faultOf(label(short), value, spec, channel);
    if (fault) return { ...target, fault };
    if (spec.url && new URL(value).protocol === 'http:' && !isLoopback(value)) {
      hooks.warn(`${label(short)} goes over plain http: whoever listens on the way can read it. Use https.`);
    }
  }
  for (const [short, spec] of Object.entries(channel.settings)) {
    if (spec.required && !settings[short])
      return { ...target, fault: `${label(short)} is missing; ${channel.kind} needs it.` };
  }
  for (const secret of channel.forms?.(settings) ?? []) hooks.mask(secret);
  const wrong = channel.check?.(settings);
  return wrong ? { ...target, fault: `${name}: ${wrong}` } : target;
}

/** The targets that the channels' own inputs make: one of each kind at most. */
function fromInputs(channels: readonly Channel[], inputs: Values, hooks: TargetHooks): Target[] {
  const found: Target[] = [];
  for (const channel of channels) {
    const settings: Record<string, string> = {};
    for (const [short, { input }] of Object.entries(channel.settings)) {
      const value = asText(inputs[input]);
      if (value !== undefined) settings[short] = value;
    }
    // Hosts, formats and the like may stand in seatrial.yml for a channel that is not used in this run.
    const meant = Object.entries(channel.settings).some(
      ([short, spec]) => settings[short] && (spec.required || spec.secret),
    );
    if (!meant) continue;
    const target = finish(channel.name, channel, settings, hooks);
    const rival = found.find((other) => other.name === channel.name);
    if (rival) {
      const both = `${rival.channel.kind} and ${channel.kind} are both given`;
      rival.fault = `${both}; keep one, and put the other into targets under a name.`;
    } else found.push(target);
  }
  return found;
}

const NAME = /^[A-Za-z_][A-Za-z0-9_]*$/;

/**
 * A value in `targets`: `$NAME`, `${NAME}` or `env:NAME` is read from the environment, a secret's bare `NAME` too.
 * @throws what is wrong with it
 */
function resolve(where: string, value: string, secret: boolean, env: Env, hooks: TargetHooks): string {
  const reference = /^(?:\$\{?|env:)([A-Za-z_][A-Za-z0-9_]*)\}?$/.exec(value.trim())?.[1];
  const variable = reference ?? (secret && NAME.test(value.trim()) ? value.trim() : undefined);
  if (variable === undefined) {
    if (!secret) return value;
    hooks.mask(value);
    throw invalid(`${where} is a secret: write the name of an environment variable, and set that from a secret.`);
  }
  const found = env[variable]?.trim();
  if (found) return found;
  // What stands there may be the secret itself, so it is not repeated.
  throw invalid(`${where} names an environment variable that is empty or not set; set it in the step's env.`);
}

function entry(channels: readonly Channel[], raw: unknown, index: number, env: Env, hooks: TargetHooks): Target {
  if (typeof raw !== 'object' || raw === null || Array.isArray(raw)) {
    throw invalid(`targets: entry ${index + 1} is not a map with name and channel.`);
  }
  const { name, channel: channelName, ...rest } = raw as Record<string, unknown>;
  const kinds = channels.filter((c) => c.name === channelName);
  if (!kinds.length) {
    throw invalid(`targets: entry ${index + 1} needs a channel, one of ${CHANNELS.join(', ')}.`);
  }
  if (name !== undefined && (typeof name !== 'string' || !/^[\p{L}\p{N}][\p{L}\p{N}._-]*$/u.test(name))) {
    throw invalid(`targets: entry ${index + 1}: a name is letters, digits, dots, dashes.`);
  }
  const label = name ?? String(channelName);
  // `slack-webhook:` and `webhook-env:` mean `webhook:`; people write either.
  const shorts = Object.keys(rest).map((key) => ({
    key,
    short: key.replace(new RegExp(`^${channelName}-`), '').replace(/-env$/, ''),
    byName: key.endsWith('-env'),
  }));
  const channel = kinds.find((kind) => shorts.every(({ short }) => Object.hasOwn(kind.settings, short)));
  if (!channel) {
    const known = [...new Set(kinds.flatMap((kind) => Object.keys(kind.settings)))].join(', ');
    const fault = `targets: ${label}: a setting is not known, or settings don't fit together; ${channelName} has ${known}.`;
    return { name: label, channel: kinds[0]!, settings: {}, fault };
  }
  const settings: Record<string, string> = {};
  let fault: string | undefined;
  for (const { key, short, byName } of shorts) {
    const value = asText(rest[key]);
    if (value === undefined) continue;
    const secret = byName || Boolean(channel.settings[short]!.secret);
    try {
      settings[short] = resolve(`targets: ${label}: ${key}`, value, secret, env, hooks);
    } catch (error) {
      fault ??= (error as Error).message; // told in the target's receipt
    }
  }
  const target = finish(label, channel, settings, hooks);
  return fault === undefined ? target : { ...target, fault };
}

async function fromYaml(channels: readonly Channel[], text: string, env: Env, hooks: TargetHooks): Promise<Target[]> {
  const { parse } = await import('yaml');
  let document: unknown;
  try {
    document = parse(text);
  } catch {
    // The parser quotes the text, which may hold what should have been a secret: no cause is kept.
    throw invalid('targets is not valid YAML; check its indentation.');
  }
  const list = Array.isArray(document)
    ? document
    : typeof document === 'object' && document !== null
      ? Object.entries(document).map(([name, value]) => ({ name, ...(value as object) }))
      : undefined;
  if (!list) throw invalid('targets must be a YAML list of maps with name and channel.');
  return list.map((raw, index) => entry(channels, raw, index, env, hooks));
}

/**
 * Everybody the inputs name, in a fixed order; who can't be asked bears a fault.
 * @throws INPUT_INVALID for what is wrong for all: no list of targets, no known channel, a name twice
 */
export async function collectTargets(inputs: Values, env: Env, hooks: TargetHooks): Promise<Target[]> {
  const { targets } = inputs;
  // The channels are most of the bundle: who names none does not wait for them.
  if (!targets && Object.keys(channelInputs).every((name) => asText(inputs[name]) === undefined)) return [];
  const { channels } = await import('./channels/index.ts');
  const all = fromInputs(channels, inputs, hooks);
  if (typeof targets === 'string') all.push(...(await fromYaml(channels, targets, env, hooks)));
  const seen = new Set<string>();
  for (const { name } of all) {
    if (seen.has(name)) throw invalid(`Two targets are called "${name}"; give each its own name in targets.`);
    seen.add(name);
  }
  return all;
}
