import * as z from 'zod';
import { formatSize } from '../../../lib/units.ts';
import type { Inputs } from '../../inputs.ts';

/** How the edge meets its clients. Kept with the release and the edge; the certificate's key is kept in neither. */
export const edgeOptionsSchema = z.object({
  tls: z.boolean(),
  /** Clients come through a proxy that tells their address by the PROXY protocol. */
  acceptProxy: z.boolean(),
  /** Bytes. */
  maxBody: z.number().optional(),
});

export type EdgeOptions = z.output<typeof edgeOptionsSchema>;

type Asked = Pick<Inputs, 'tls' | 'tls-certificate' | 'accept-proxy' | 'max-body'>;

/**
 * What the inputs ask for; undefined is plain HTTP. TLS stays on where the edge has it: a run that was started without
 * the certificate (an expired secret, a fork) must not serve plain HTTP on port 443. Pure.
 */
export function edgeOptions(inputs: Asked, now?: EdgeOptions): EdgeOptions | undefined {
  const tls = inputs.tls !== 'off' && (inputs['tls-certificate'] !== undefined || (now?.tls ?? false));
  const options = { tls, acceptProxy: inputs['accept-proxy'], maxBody: inputs['max-body'] };
  return tls || options.acceptProxy || options.maxBody !== undefined ? options : undefined;
}

/** In words, for a plan. */
export function describeOptions(options: EdgeOptions | undefined): string {
  const words = [
    options?.tls ? 'TLS, HTTP/2' : 'plain HTTP',
    ...(options?.acceptProxy ? ['PROXY protocol'] : []),
    ...(options?.maxBody === undefined ? [] : [`bodies up to ${formatSize(options.maxBody)}`]),
  ];
  return words.join(', ');
}
