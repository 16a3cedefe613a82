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
import { type MailServer, startMail } from '../../support/mail.ts';
import { freePort } from '../../support/ports.ts';
import { started } from '../../support/run/scope.ts';

// The stack of examples/monitoring with Debian's Prometheus, Alertmanager and node-exporter instead of their images: its own
// configuration, rules and script, over a real edge on the real engine and a real mail server. Only addresses and the
// pace are others.
const HERE = 'examples/monitoring';
const folder = mkdtempSync(join(tmpdir(), 'seatrial-monitoring-'));
const stack: Daemon[] = [];
let app: TestApp;
let mail: MailServer;
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
  const login = { user: 'alerts@example.com', password: 'of the mailbox' };
  // On loopback there is no certificate that it would take.
  mail = await startMail({ ...login, allowInsecureAuth: true, hideSTARTTLS: true });
  const alertmanager = `127.0.0.1:${await freePort()}`;
  cpSync(join(HERE, 'alertmanager/alertmanager.yml'), join(folder, 'alertmanager.yml'));
  writeFileSync(join(folder, 'smtp-password'), login.password);
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
  edit(
    'prometheus.yml',
    ['interval: 15s', 'interval: 500ms'],
    ['/etc/targets/', `${folder}/`],
    ['alertmanager:9093', alertmanager],
    ['localhost:9090', `127.0.0.1:${port}`],
  );
  edit('hosts.yml', ['node:9100', `127.0.0.1:${exporter}`]);
  const edgeDown = 'expr: seatrial_edge_up == 0\n        for: ';
  edit('rules-releases.yml', [`${edgeDown}1m`, `${edgeDown}0s`]);
  edit(
    'alertmanager.yml',
    ['smtp_smarthost: smtp.example.com:587', `smtp_smarthost: 127.0.0.1:${mail.port}\n  smtp_require_tls: false`],
    ['/run/secrets/', `${folder}/`],
    ['group_wait: 10s', 'group_wait: 100ms'],
    ['group_interval: 5m', 'group_interval: 500ms'],
  );
  stack.push(
    await startDaemon(
      'prometheus-alertmanager',
      (home) => [
        `--config.file=${folder}/alertmanager.yml`,
        `--storage.path=${home}/data`,
        `--web.listen-address=${alertmanager}`,
        '--cluster.listen-address=',
      ],
      async () => (await fetch(`http://${alertmanager}/-/ready`)).ok,
    ),
  );
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
  await mail?.close();
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

it('rings the one on call when the edge is down, and says when it is over', async () => {
  expect(await query(`ALERTS{alertname="EdgeDown",app="${app.name}"}`)).toEqual([]);
  /** Waits for a mail about this edge whose subject begins so. */
  const mailed = async (state: string) => {
    const subject = new RegExp(`^Subject: \\[${state}\\b.*EdgeDown`, 'm');
    for (;;) {
      const found = mail.mails.find((text) => subject.test(text) && text.includes(app.name));
      if (found) return found;
      await sleep(50);
    }
  };
  docker(['kill', `${app.name}-edge`]);
  const [alert] = await some(`ALERTS{alertname="EdgeDown",app="${app.name}",alertstate="firing"}`);
  expect(alert!.metric).toMatchObject({ host: 'shop-1', severity: 'critical' });
  expect(await mailed('FIRING')).toMatch(/^To: on-call@example\.com/m);
  expect(mail.log).toContain('RCPT on-call@example.com plain');
  docker(['start', `${app.name}-edge`]);
  expect(await mailed('RESOLVED')).toMatch(/^To: on-call@example\.com/m);
});
