import type { Actions } from '../../lib/actions.ts';
import { isLoopback } from '../../lib/http.ts';
import { parseNamed, parseUrl } from '../input/specs.ts';
import type { VerifyInputs } from '../inputs.ts';

/** Headers whose value is to be seen by nobody. */
const SECRET_HEADER = /auth|token|key|secret|cookie|password|signature|credential/i;

/** Hides the passwords of all addresses that will be asked and the secrets among the headers, and warns of the sources that are asked in the clear. */
export function checkAddresses(inputs: VerifyInputs, actions: Pick<Actions, 'mask' | 'warning'>): void {
  const given = (address: string | undefined) => (address && URL.canParse(address) ? [new URL(address)] : []);
  const sources = {
    'prometheus-url': given(inputs['prometheus-url']),
    'loki-url': given(inputs['loki-url']),
    metrics: inputs.metrics.flatMap((line, i) => given(parseNamed(line, i + 1).value)),
  };
  const probed = inputs.urls.map((line, i) => parseUrl(line, i + 1).url);
  for (const { password } of [...Object.values(sources).flat(), ...probed])
    if (password) actions.mask(decodeURIComponent(password));
  for (const line of inputs.headers ?? []) {
    const [, name, value] = /^([^:]+):\s*(.*)$/.exec(line) ?? [];
    if (name && SECRET_HEADER.test(name)) actions.mask(value!.replace(/^(?:Bearer|Basic|Token)\s+/i, ''));
  }
  for (const [name, urls] of Object.entries(sources)) warnOfPlain(name, urls, actions);
}

/** One warning an input, for what goes over plain http and farther than this machine. */
export function warnOfPlain(name: string, urls: URL[], actions: Pick<Actions, 'warning'>): void {
  const open = urls.filter(({ protocol, href }) => protocol === 'http:' && !isLoopback(href)).map(({ host }) => host);
  if (open.length === 0) return;
  const hosts = [...new Set(open)].join(', ');
  actions.warning(`${name}: ${hosts} is asked over plain http: whoever listens on the way can read it. Use https.`);
}

/** A URL without its userinfo, which no request may carry, and the header that stands for it. */
export function credentials(given: string | URL): { url: URL; headers: Record<string, string> } {
  const url = new URL(given);
  const headers: Record<string, string> = {};
  if (url.username || url.password) {
    const pair = `${decodeURIComponent(url.username)}:${decodeURIComponent(url.password)}`;
    headers.authorization = `Basic ${Buffer.from(pair).toString('base64')}`;
    url.username = '';
    url.password = '';
  }
  return { url, headers };
}
