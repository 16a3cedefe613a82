import type { Inputs } from '../inputs.ts';
import type { FrontOptions } from './claim.ts';
import { parseRedirect } from './domains.ts';

type Asked = Pick<
  Inputs,
  | 'domains'
  | 'redirects'
  | 'tls'
  | 'acme-server'
  | 'acme-email'
  | 'acme-ca'
  | 'header-max'
  | 'request-timeout'
  | 'app-protocol'
>;

/** What the inputs ask of the front door, beside the domains; undefined where there are none. Pure. */
export function frontOptions(inputs: Asked): FrontOptions | undefined {
  if (!inputs.domains.length) return undefined;
  const acme = { server: inputs['acme-server'], email: inputs['acme-email'], ca: inputs['acme-ca'] };
  return {
    redirects: inputs.redirects.map(parseRedirect),
    tls: inputs.tls,
    acme: inputs.tls === 'auto' ? acme : undefined,
    headerMax: inputs['header-max'],
    requestTimeoutMs: inputs['request-timeout'],
    h2c: inputs['app-protocol'] === 'h2c' || undefined,
  };
}
