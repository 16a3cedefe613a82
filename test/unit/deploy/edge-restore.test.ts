import { expect, it, vi } from 'vitest';
import { startEdge } from '../../../src/deploy/docker/edge/container.ts';
import { ensureEdge } from '../../../src/deploy/docker/edge/ensure.ts';
import { joinEdge } from '../../../src/deploy/docker/front/front.ts';
import type { Host } from '../../../src/deploy/docker/host.ts';
import type { EdgeModel } from '../../../src/deploy/docker/model.ts';

vi.mock(import('../../../src/deploy/docker/edge/container.ts'), async (real) => ({
  ...(await real()),
  ensureNetwork: vi.fn(async () => undefined),
  startEdge: vi.fn(),
}));
vi.mock(import('../../../src/deploy/docker/front/front.ts'), async (real) => ({
  ...(await real()),
  joinEdge: vi.fn(async () => undefined),
}));
vi.mock(import('../../../src/deploy/docker/removal.ts'), async (real) => ({
  ...(await real()),
  removeContainer: vi.fn(async () => ({ ours: true })),
}));

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
  vi.mocked(startEdge).mockRejectedValueOnce(new Error('no such port'));
  vi.mocked(startEdge).mockResolvedValueOnce('e2');
  await expect(ensureEdge(host, { ...before, publish: '127.0.0.1:8080' })).rejects.toThrow('no such port');
  expect(vi.mocked(startEdge).mock.calls.map((call) => call[3].publish)).toEqual(['127.0.0.1:8080', '8080']);
  expect(joinEdge).toHaveBeenCalledOnce();
});
