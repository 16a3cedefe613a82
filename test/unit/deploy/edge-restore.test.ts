import { afterAll, expect, it, vi } from 'vitest';
import type { Host } from '../../../src/deploy/docker/host.ts';
import type { EdgeModel } from '../../../src/deploy/docker/model.ts';

const MODULES = {
  container: '../../../src/deploy/docker/edge/container.ts',
  front: '../../../src/deploy/docker/front/front.ts',
  removal: '../../../src/deploy/docker/removal.ts',
};
const startEdge = vi.fn();
const joinEdge = vi.fn(async () => undefined);

/** The code under test over these stand-ins. Files of unit tests share their modules, so others get the real ones again. */
async function withStandIns() {
  vi.resetModules();
  const real = (module: string) => vi.importActual<object>(module);
  vi.doMock(MODULES.container, async () => ({
    ...(await real(MODULES.container)),
    ensureNetwork: async () => undefined,
    startEdge,
  }));
  vi.doMock(MODULES.front, async () => ({ ...(await real(MODULES.front)), joinEdge }));
  vi.doMock(MODULES.removal, async () => ({
    ...(await real(MODULES.removal)),
    removeContainer: async () => ({ ours: true }),
  }));
  return await import('../../../src/deploy/docker/edge/ensure.ts');
}
afterAll(() => {
  for (const module of Object.values(MODULES)) vi.doUnmock(module);
  vi.resetModules();
});

it('an edge that is put back where its successor does not start is led to by the front door again', async () => {
  const before: EdgeModel = {
    ...{ image: 'haproxy:3', publish: '8080', sticky: false, room: 2, slots: { a: null, b: null } },
    front: {
      ...{ app: 'shop', image: 'haproxy:3', http: '80', https: '443', domains: ['shop.example'], redirects: [] },
      tls: 'off',
    },
  };
  const host = {
    ...{ app: 'shop', environment: 'production', label: 'host-1', engine: {}, history: { edge: before } },
    listing: { edge: { Id: 'e', State: 'running', Labels: { 'io.seatrial.publish': '8080' } } },
    clock: { mono: () => 0 },
    guard: async () => undefined,
    refresh: async () => undefined,
  } as unknown as Host;
  const { ensureEdge } = await withStandIns();
  startEdge.mockRejectedValueOnce(new Error('no such port'));
  startEdge.mockResolvedValueOnce('e2');
  await expect(ensureEdge(host, { ...before, publish: '127.0.0.1:8080' })).rejects.toThrow('no such port');
  expect(startEdge.mock.calls.map((call) => call[3].publish)).toEqual(['127.0.0.1:8080', '8080']);
  expect(joinEdge).toHaveBeenCalledOnce();
});
