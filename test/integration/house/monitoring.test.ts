import { spawn } from 'node:child_process';
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { parse } from 'yaml';
import { buildApp, docker } from '../../support/app.ts';
import { type Daemon, startDaemon } from '../../support/daemon.ts';
import { TestApp } from '../../support/deploy.ts';
import { freePort } from '../../support/ports.ts';
import { started } from '../../support/run/scope.ts';

// The stack of examples/monitoring with Debian's Prometheus and node-exporter instead of their images: its own
// configuration, rules and script, over a real edge on the real engine. Only addresses and the pace are others.
const HERE = 'examples/monitoring';
const folder = mkdtempSync(join(tmpdir(), 'seatrial-monitoring-'));
const stack: Daemon[] = [];
let app: TestApp;
let prometheus: string;
let endScript = (): void => undefined;

interface Series {
  metric: Record<string, string>;
  value: [number, string];
}
const ask = async <T>(path: string, parameters: Record<string, string> = {}): Promise<T> => {
  const answer = await fetch(`${prometheus}/api/v1/${path}?${new URLSearchParams(parameters)}`);
  const { status, data, error } = (await answer.json()) as { status: string; data: T; error?: string };
  expect(status, `${parameters.query}: ${error}`).toBe('success');
  return data;
};
const query = async (text: string) => (await ask<{ result: Series[] }>('query', { query: text })).result;
/** Waits until a question is answered with a series. */
async function some(text: string): Promise<Series[]> {
  for (;;) {
    const found = await query(text);
    if (found.length) return found;
    await sleep(100);
  }
}

beforeAll(async () => {
  buildApp();
  app = await TestApp.create();
  const deployed = await app.deploy('1');
  expect(deployed.errors, deployed.stdout).toEqual([]);
  for (let i = 0; i < 3; i++) expect(await app.answer()).toBe('1');

  const figures = join(folder, 'seatrial.prom');
  const script = spawn('sh', [join(HERE, 'edge/metrics.sh'), figures, '0.5'], { stdio: 'ignore', detached: true });
  endScript = () => process.kill(-script.pid!, 'SIGKILL');
  const over = started('metrics.sh', endScript);
  script.once('exit', over);

  const exporter = await freePort();
  const port = await freePort();
  prometheus = `http://127.0.0.1:${port}`;
  stack.push(
    await startDaemon(
      'prometheus-node-exporter',
      () => [`--web.listen-address=127.0.0.1:${exporter}`, `--collector.textfile.directory=${folder}`],
      async () => (await fetch(`http://127.0.0.1:${exporter}/`)).ok,
    ),
  );
  for (const file of readdirSync(join(HERE, 'prometheus'))) cpSync(join(HERE, 'prometheus', file), join(folder, file));
  cpSync(join(HERE, 'targets/hosts.yml'), join(folder, 'hosts.yml'));
  const edit = (file: string, ...changes: [string, string][]) => {
    let text = readFileSync(join(folder, file), 'utf8');
    for (const [from, to] of changes) {
      expect(text, file).toContain(from);
      text = text.replaceAll(from, to);
    }
    writeFileSync(join(folder, file), text);
  };
  edit('prometheus.yml', ['interval: 15s', 'interval: 500ms'], ['/etc/targets/', `${folder}/`]);
  edit('hosts.yml', ['node:9100', `127.0.0.1:${exporter}`]);
  stack.push(
    await startDaemon(
      'prometheus',
      (home) => [
        `--config.file=${folder}/prometheus.yml`,
        `--storage.tsdb.path=${home}/data`,
        `--web.listen-address=127.0.0.1:${port}`,
      ],
      async () => (await fetch(`${prometheus}/-/ready`)).ok,
    ),
  );
});
afterAll(async () => {
  endScript();
  for (const daemon of stack) await daemon.stop();
  app?.remove();
  rmSync(folder, { recursive: true, force: true });
});

it('Prometheus scrapes a real edge, and knows every series that rules and panels ask of edge and host', async () => {
  const [requests] = await some(`seatrial_edge_requests_total{app="${app.name}"} >= 3`);
  expect(requests!.metric).toMatchObject({ host: 'shop-1', environment: 'production' });
  expect(await query(`seatrial_edge_up{app="${app.name}"} == 1`)).toHaveLength(1);
  expect(await query(`seatrial_container_running{app="${app.name}"} == 1`)).toHaveLength(1);

  const rules = readdirSync(join(HERE, 'prometheus'))
    .filter((file) => file.startsWith('rules-'))
    .flatMap((file) => parse(readFileSync(join(HERE, 'prometheus', file), 'utf8')).groups)
    .flatMap(({ rules: those }) => those as { expr: string }[])
    .map(({ expr }) => expr);
  const dashboard = JSON.parse(readFileSync(join(HERE, 'grafana/dashboards/seatrial.json'), 'utf8'));
  const panels = (dashboard.panels as { targets: { expr: string }[] }[]).flatMap(({ targets }) =>
    targets.map(({ expr }) => expr.replaceAll('$__rate_interval', '1m').replaceAll(/\$(host|app)/g, '.*')),
  );
  const names = await ask<string[]>('label/__name__/values');
  const asked = [...rules, ...panels].flatMap((expr) => expr.match(/\b(?:seatrial|node)_\w+/g) ?? []);
  expect(asked.length).toBeGreaterThan(30);
  expect([...new Set(asked)].filter((name) => !names.includes(name))).toEqual([]);
  // A panel with the wrong label or join draws nothing; each of ours has something to draw here. cAdvisor's and
  // blackbox's are not there.
  const here = panels.filter((panel) => !/\b(?:container|probe)_\w+/.test(panel));
  expect(here.length).toBeGreaterThan(10);
  for (const panel of here) await some(panel);
});

it('and rings when the edge is down', async () => {
  const alert = `ALERTS{alertname="EdgeDown",app="${app.name}",severity="critical"}`;
  expect(await query(alert)).toEqual([]);
  docker(['kill', `${app.name}-edge`]);
  const [pending] = await some(alert);
  expect(pending!.metric).toMatchObject({ host: 'shop-1', alertstate: 'pending' });
});
