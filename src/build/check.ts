import type * as z from 'zod';
import { SeatrialError } from '../lib/errors.ts';
import type { Attests } from './input/attests.ts';
import type { SecretInput } from './input/pairs.ts';
import { parseImages, registryHost } from './registry/reference.ts';
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
  context: string;
  secrets: SecretInput[];
  'secret-files': SecretInput[];
  'secret-envs': SecretInput[];
  attests: Attests;
  sbom: string;
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
  attempt('image', () => parseImages(inputs.image, inputs.registry));
  if (inputs.registry) attempt('registry', () => registryHost(inputs.registry!));
  if (/^(https?|git|ssh):\/\/|^git@|^github\.com\/|\{\{\s*defaultContext/.test(inputs.context)) {
    fail(
      'context',
      'a Git URL is not taken, because lint and the ignore files are read here; check it out with actions/checkout and name the folder.',
    );
  }
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
  const ids = [...inputs.secrets, ...inputs['secret-files'], ...inputs['secret-envs']].map(({ id }) => id);
  if (new Set(ids).size < ids.length) fail('secrets', 'one id is in secrets, secret-files or secret-envs twice.');
  if (inputs.attests.sbom && (!inputs.scan || inputs.sbom === 'none')) {
    fail('attests', 'type=sbom is made of the scan; it needs scan: true and a format in sbom.');
  }
  const wanted = inputs['trivy-version'];
  if (inputs.scan && wanted && !inputs['trivy-path'] && !(wanted in PINS)) {
    fail(
      'trivy-version',
      `no SHA-256 is pinned for ${wanted}; choose ${Object.keys(PINS).join(' or ')}, or give trivy-path.`,
    );
  }
  if (inputs.comment && !inputs['github-token']) fail('github-token', 'is needed with comment.');
}
