import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { openRegistry } from '../../../src/build/registry/client.ts';
import { parseRepository } from '../../../src/build/registry/reference.ts';
import type { Http, HttpRequest } from '../../../src/lib/http.ts';

const body = '{"schemaVersion":2,"config":{"mediaType":"x","digest":"sha256:1","size":1}}';
const digest = `sha256:${createHash('sha256').update(body).digest('hex')}`;

/** A registry with token logins (distribution spec) whose tokens are good for `lasts` requests. */
function tokenRegistry({ lasts = 100, realm = 'https://auth.example.com/token', password = 'right' } = {}) {
  const asked: HttpRequest[] = [];
  let issued = 0;
  let left = 0;
  const answer = (status: number, text = '', headers: Record<string, string> = {}) =>
    ({ kind: 'answer', status, headers, body: text, complete: true, ms: 1 }) as const;
  const http: Http = async (request) => {
    asked.push(request);
    const { url, headers = {} } = request;
    if (url.startsWith(realm) && request.method === 'POST') {
      const form = new URLSearchParams(String(request.body));
      if (form.get('grant_type') !== 'refresh_token' || form.get('refresh_token') !== 'refresh') return answer(401);
      if (!form.get('scope') || !form.get('service') || !form.get('client_id')) return answer(400);
      left = lasts;
      return answer(200, JSON.stringify({ access_token: `t${++issued}` }));
    }
    if (url.startsWith(realm)) {
      const wanted = `Basic ${Buffer.from(`sailor:${password}`).toString('base64')}`;
      if (headers.authorization !== wanted) return answer(403);
      left = lasts;
      return answer(200, JSON.stringify({ token: `t${++issued}` }));
    }
    if (headers.authorization !== `Bearer t${issued}` || left-- <= 0) {
      return answer(401, '', { 'www-authenticate': `Bearer realm="${realm}",service="reg"` });
    }
    return url.endsWith('/v2/') ? answer(200) : answer(200, body);
  };
  return { http, asked };
}

const repository = parseRepository('reg.example.com/acme/shop');
const login = { username: 'sailor', password: 'right' };

describe('a registry with tokens', () => {
  it('is asked for the right to push, and answers with what the bytes say', async () => {
    const { http, asked } = tokenRegistry();
    const client = await openRegistry(http, repository, { access: 'pull,push', login });
    expect(asked[1]?.url).toBe(
      'https://auth.example.com/token?service=reg&scope=repository%3Aacme%2Fshop%3Apull%2Cpush',
    );
    expect((await client.manifest('v1'))?.digest).toBe(digest);
  });

  it('takes an identity token instead of a password, and never in an address', async () => {
    const { http, asked } = tokenRegistry();
    const azure = { username: '', password: '', identityToken: 'refresh' };
    const client = await openRegistry(http, repository, { access: 'pull,push', login: azure });
    expect((await client.manifest('v1'))?.digest).toBe(digest);
    expect(asked.map(({ url }) => url).join()).not.toContain('refresh');
    const wrong = { ...azure, identityToken: 'another' };
    await expect(openRegistry(http, repository, { access: 'pull,push', login: wrong })).rejects.toMatchObject({
      code: 'REGISTRY_LOGIN',
    });
  });

  it('is logged in to anew when the token ran out during the build', async () => {
    const { http } = tokenRegistry({ lasts: 2 });
    const client = await openRegistry(http, repository, { access: 'pull,push', login });
    for (const tag of ['v1', 'v2', 'v3']) expect((await client.manifest(tag))?.digest).toBe(digest);
  });

  it('refuses a wrong password at once', async () => {
    const { http, asked } = tokenRegistry({ password: 'another' });
    await expect(openRegistry(http, repository, { access: 'pull,push', login })).rejects.toMatchObject({
      code: 'REGISTRY_LOGIN',
    });
    expect(asked).toHaveLength(2);
  });

  it('gets no password sent to a place without TLS', async () => {
    const { http, asked } = tokenRegistry({ realm: 'http://auth.example.com/token' });
    await expect(openRegistry(http, repository, { access: 'pull,push', login })).rejects.toMatchObject({
      code: 'REGISTRY_LOGIN',
    });
    expect(asked.filter(({ headers }) => headers?.authorization)).toEqual([]);
  });
});
