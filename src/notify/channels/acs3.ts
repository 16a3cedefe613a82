import { createHash, createHmac } from 'node:crypto';

const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');

/** RFC 3986, as Aliyun encodes: encodeURIComponent leaves `!'()*` alone. */
const encode = (text: string) =>
  encodeURIComponent(text).replace(/[!'()*]/g, (mark) => `%${mark.charCodeAt(0).toString(16).toUpperCase()}`);

export interface Acs3Call {
  /** Base of the service, e.g. `https://dysmsapi.aliyuncs.com`. */
  base: string;
  action: string;
  version: string;
  params: Readonly<Record<string, string>>;
}

export interface Acs3Keys {
  id: string;
  secret: string;
}

/**
 * A call signed by ACS3-HMAC-SHA256 ("V3 request body & signature", help.aliyun.com): parameters in the query, an empty
 * body, and a nonce that is taken once.
 */
export function signAcs3(call: Acs3Call, keys: Acs3Keys, { now, nonce }: { now: number; nonce: string }) {
  const url = new URL(call.base);
  const path = url.pathname;
  const query = Object.entries(call.params)
    .map(([name, value]) => `${encode(name)}=${encode(value)}`)
    .sort()
    .join('&');
  const headers: Record<string, string> = {
    host: url.host,
    'x-acs-action': call.action,
    'x-acs-content-sha256': sha256(''),
    'x-acs-date': `${new Date(now).toISOString().slice(0, 19)}Z`,
    'x-acs-signature-nonce': nonce,
    'x-acs-version': call.version,
  };
  const names = Object.keys(headers).sort();
  const canonical = [
    'POST',
    path,
    query,
    ...names.map((name) => `${name}:${headers[name]}`),
    '',
    names.join(';'),
    headers['x-acs-content-sha256'],
  ].join('\n');
  const signature = createHmac('sha256', keys.secret)
    .update(`ACS3-HMAC-SHA256\n${sha256(canonical)}`)
    .digest('hex');
  const { host: _, ...sent } = headers;
  return {
    url: `${url.origin}${path}?${query}`,
    headers: {
      ...sent,
      authorization: `ACS3-HMAC-SHA256 Credential=${keys.id},SignedHeaders=${names.join(';')},Signature=${signature}`,
    },
  };
}
