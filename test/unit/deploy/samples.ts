import type { DockerSpec } from '../../../src/deploy/docker/spec.ts';
import type { History, ReleaseRecord, Status } from '../../../src/deploy/release/history.ts';

export const spec: DockerSpec = {
  image: 'registry.example/shop@sha256:aaaa',
  imageId: 'sha256:bbbb',
  strategy: 'blue-green',
  edge: 'haproxy',
  port: 3000,
  publish: '8080',
  sticky: false,
  replicas: 1,
  env: { VERSION: 'v1' },
  secrets: [],
  volumes: [],
  networks: [],
  memory: 1024,
  restart: 'unless-stopped',
  logMaxSize: '10m',
  logMaxFile: 3,
  stopTimeoutMs: 10_000,
  readOnly: false,
  capAdd: [],
  capDrop: [],
  labels: {},
  entrypoint: [],
  args: [],
  health: { path: '/healthz', intervalMs: 1000, timeoutMs: 5000, after: 3, startPeriodMs: 0, deadlineMs: 120_000 },
};

export const record = (release: string, status: Status, more: Partial<ReleaseRecord> = {}): ReleaseRecord => ({
  release,
  image: `registry.example/shop@sha256:${release}`,
  status,
  at: `2026-11-23T00:00:0${release.at(-1)}.000Z`,
  by: 'somebody',
  run: '',
  reason: '',
  commit: '',
  spec,
  timings: {},
  ...more,
});

/** A history, newest first. */
export const history = (current: string, ...releases: ReleaseRecord[]): History => ({
  format: 1,
  rev: 1,
  app: 'shop',
  environment: 'production',
  current,
  releases,
});
