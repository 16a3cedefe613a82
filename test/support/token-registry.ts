import { createSign, randomUUID } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { selfSigned } from './certificate.ts';
import { type Registry, startRegistry } from './registry.ts';
import { started } from './run/scope.ts';

export interface TokenRegistry extends Registry {
  /** How tokens were asked for: `refresh_token` with an identity token, `password`, or `basic`. */
  grants: string[];
}

const base64url = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');

/**
 * A real registry behind tokens, whose token server takes one identity token and nothing else, as Azure's does for a login by
 * its command line. Protocol: https://distribution.github.io/distribution/spec/auth/oauth/
 */
export async function startTokenRegistry(identity: string): Promise<TokenRegistry> {
  const pair = selfSigned();
  const der = pair.cert.replace(/-----[^-]+-----|\s/g, '');
  const grants: string[] = [];
  const token = (scopes: string[]) => {
    const now = Math.floor(Date.now() / 1000);
    const access = scopes.map((scope) => {
      const [type, name, actions = ''] = scope.split(':');
      return { type, name, actions: actions.split(',') };
    });
    const claims = {
      iss: 'tokens',
      aud: 'registry',
      sub: '',
      nbf: now - 60,
      iat: now,
      exp: now + 600,
      jti: randomUUID(),
      access,
    };
    const text = `${base64url({ typ: 'JWT', alg: 'RS256', x5c: [der] })}.${base64url(claims)}`;
    return `${text}.${createSign('RSA-SHA256').update(text).sign(pair.key, 'base64url')}`;
  };
  const server = createServer(async (request, response) => {
    let body = '';
    for await (const chunk of request.setEncoding('utf8')) body += chunk;
    const form = new URLSearchParams(body);
    grants.push(request.method === 'POST' ? (form.get('grant_type') ?? '') : 'basic');
    const good = form.get('grant_type') === 'refresh_token' && form.get('refresh_token') === identity;
    response.writeHead(good ? 200 : 401, { 'content-type': 'application/json' });
    const scopes = (form.get('scope') ?? '').split(' ').filter(Boolean);
    response.end(JSON.stringify(good ? { access_token: token(scopes), expires_in: 600, refresh_token: identity } : {}));
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const closed = started('a token server', () => server.close());
  const realm = `http://127.0.0.1:${(server.address() as AddressInfo).port}/oauth2/token`;
  const registry = await startRegistry({
    auth: { token: { realm, service: 'registry', issuer: 'tokens', rootcertbundle: pair.path } },
    headers: () => ({ authorization: `Bearer ${token(['repository:shop:pull,push'])}` }),
  });
  return {
    ...registry,
    grants,
    async stop() {
      closed();
      server.close();
      await registry.stop();
      pair.remove();
    },
  };
}
