import type * as z from 'zod';
import { SeatrialError } from '../lib/errors.ts';
import { parseRepository, registryHost } from './registry/reference.ts';
import { SEVERITIES } from './scan/findings.ts';
import { PINS } from './scan/pins.ts';

export const SCANNERS = ['vuln', 'secret', 'misconfig', 'license'];

/** One item a line, or several on a line with commas. */
export const items = (lines: readonly string[]) =>
  lines
    .flatMap((line) => line.split(','))
    .map((item) => item.trim())
    .filter(Boolean);

interface Checked {
  image: string;
  registry?: string;
  username?: string;
  password?: string;
  platforms: string[];
  'build-args': string[];
  secrets: string[];
  labels: string[];
  severity: string[];
  scanners: string[];
  scan: boolean;
  'trivy-version'?: string;
  'trivy-path'?: string;
  comment: boolean;
  'github-token'?: string;
}

/** What no field can see by itself: lists of known words, pairs, contradictions. Reported at the input's name. */
export function checkInputs(inputs: Checked, context: z.RefinementCtx): void {
  const fail = (name: string, message: string) => context.addIssue({ code: 'custom', path: [name], message });
  const attempt = (name: string, body: () => unknown) => {
    try {
      body();
    } catch (error) {
      if (!(error instanceof SeatrialError)) throw error;
      fail(name, error.message);
    }
  };
  attempt('image', () => parseRepository(inputs.image, inputs.registry));
  if (inputs.registry) attempt('registry', () => registryHost(inputs.registry!));
  if (inputs.username && !inputs.password) fail('password', 'is needed with username.');
  if (inputs.password && !inputs.username) fail('username', 'is needed with password.');
  const known = (name: 'severity' | 'scanners', allowed: readonly string[], shape: (word: string) => string) => {
    const words = items(inputs[name]).map(shape);
    const stranger = words.find((word) => !allowed.includes(word));
    if (stranger) fail(name, `"${stranger}" is not known; choose from ${allowed.join(', ')}.`);
    else if (words.length === 0) fail(name, `name at least one of ${allowed.join(', ')}.`);
  };
  known('severity', SEVERITIES, (word) => word.toUpperCase());
  known('scanners', SCANNERS, (word) => word.toLowerCase());
  for (const name of ['build-args', 'secrets', 'labels'] as const) {
    const at = inputs[name].findIndex((line) => !/^[^=\s]+=/.test(line));
    // A line of secrets is not quoted: without its "=" it may be the secret itself.
    if (at >= 0) fail(name, `line ${at + 1} is not ${name === 'secrets' ? 'id' : 'NAME'}=value.`);
  }
  const id = inputs.secrets.map((line) => line.slice(0, line.indexOf('='))).find((name) => !/^[\w.-]+$/.test(name));
  if (id !== undefined) fail('secrets', 'an id holds only letters, digits, ".", "_" and "-".');
  const platform = items(inputs.platforms).find((name) => !/^[a-z0-9]+\/[a-z0-9]+(\/[a-z0-9]+)?$/.test(name));
  if (platform) fail('platforms', `"${platform}" is not a platform; write linux/amd64.`);
  const wanted = inputs['trivy-version'];
  if (inputs.scan && wanted && !inputs['trivy-path'] && !(wanted in PINS)) {
    fail(
      'trivy-version',
      `no SHA-256 is pinned for ${wanted}; choose ${Object.keys(PINS).join(' or ')}, or give trivy-path.`,
    );
  }
  if (inputs.comment && !inputs['github-token']) fail('github-token', 'is needed with comment.');
}
