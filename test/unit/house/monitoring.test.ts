import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, request } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { renderConfig } from '../../../src/deploy/docker/edge/config.ts';
import { command } from '../../support/command.ts';

const HERE = 'examples/monitoring';
const read = (file: string) => readFileSync(join(HERE, file), 'utf8');
const compose = parse(read('compose.yaml'), { merge: true });
const rules: { expr: string; alert: string; labels: { severity: string }; for?: string }[] = readdirSync(
  join(HERE, 'prometheus'),
)
  .filter((file) => file.startsWith('rules-'))
  .flatMap((file) => parse(read(`prometheus/${file}`)).groups)
  .flatMap((group) => group.rules);
const dashboard = JSON.parse(read('grafana/dashboards/seatrial.json'));
const panels: { targets: { expr: string }[] }[] = dashboard.panels;
const queries = panels.flatMap(({ targets }) => targets.map(({ expr }) => expr));

interface Service {
  image: string;
  logging: { options: Record<string, string> };
  volumes: string[];
  ports?: string[];
}

/** A tool's complaint is the assertion's message. */
function accepts(name: string, args: string[], input?: string) {
  const { status, said } = command(name, args, { input });
  expect(status, said).toBe(0);
}

describe('the monitoring stack', () => {
  it('has services with a pinned image, a limit, an end of their logs, and mounts that are there', () => {
    for (const [name, service] of Object.entries<Service>(compose.services)) {
      expect(service.image, name).toMatch(/:v?\d[\w.-]*$/);
      expect(service, name).toMatchObject({ restart: 'unless-stopped', mem_limit: expect.any(String) });
      expect(service.logging.options, name).toMatchObject({ 'max-size': '10m' });
      for (const mount of service.volumes) {
        const [from = ''] = mount.split(':');
        if (from.startsWith('.')) expect(existsSync(join(HERE, from)), mount).toBe(true);
        else if (!from.startsWith('/')) expect(Object.keys(compose.volumes)).toContain(from);
      }
      // What shows a host's insides is open to nobody unless its owner says so.
      for (const port of service.ports ?? []) expect(port).toMatch(/^(127\.0\.0\.1|\$\{EXPORTERS:-127\.0\.0\.1\}):/);
    }
    expect(parse(read('blackbox/blackbox.yml')).modules.http.prober).toBe('http');
  });

  it('is taken by promtool and amtool', () => {
    const files = readdirSync(join(HERE, 'prometheus')).filter((file) => file.startsWith('rules-'));
    accepts('promtool', ['check', 'config', '--syntax-only', join(HERE, 'prometheus/prometheus.yml')]);
    accepts('promtool', ['check', 'rules', ...files.map((file) => join(HERE, 'prometheus', file))]);
    accepts('promtool', ['test', 'rules', join(HERE, 'prometheus/tests.yml')]);
    accepts('amtool', ['check-config', join(HERE, 'alertmanager/alertmanager.yml')]);
  });

  it('rings for the classics, and names no receiver of a severity it does not know', () => {
    expect(rules.map(({ alert }) => alert)).toEqual(
      expect.arrayContaining(
        'HostCpuHigh EdgeErrorsHigh HostDiskLow HostMemoryLow ContainerRestarts EdgeQueueLong CertificateExpires EdgeDown'.split(
          ' ',
        ),
      ),
    );
    for (const name of ['HostCpuHigh', 'EdgeErrorsHigh']) {
      expect(rules.find(({ alert }) => alert === name)?.for).toBe('5m');
    }
    for (const { labels } of rules) expect(['critical', 'warning']).toContain(labels.severity);
  });

  it('has a dashboard whose queries are PromQL, with the releases that action-notify tags', () => {
    const folder = mkdtempSync(join(tmpdir(), 'dashboard-'));
    const record = queries.map((expr, i) => ({
      record: `panel:${i}`,
      expr: expr.replaceAll('$__rate_interval', '1m').replaceAll(/\$(host|app)/g, '.*'),
    }));
    writeFileSync(join(folder, 'rules.yml'), JSON.stringify({ groups: [{ name: 'panels', rules: record }] }));
    accepts('promtool', ['check', 'rules', join(folder, 'rules.yml')]);
    rmSync(folder, { recursive: true });
    expect(dashboard.annotations.list[0].target).toMatchObject({ type: 'tags', tags: ['seatrial'] });
  });
});

describe('the figures of an edge', () => {
  const folder = mkdtempSync(join(tmpdir(), 'edge-'));
  const app = createServer((asked, answer) => answer.writeHead(asked.url === '/bad' ? 500 : 200).end());
  let haproxy: ReturnType<typeof spawn> | undefined;
  let text = '';

  const ask = (path: string) =>
    new Promise<number | undefined>((done, fail) => {
      request({ socketPath: join(folder, 'front'), path }, (answer) => {
        answer.resume().on('end', () => done(answer.statusCode));
      })
        .on('error', fail)
        .end();
    });
  const showStat = () =>
    new Promise<string>((done, fail) => {
      let said = '';
      connect(join(folder, 'admin'))
        .on('data', (data) => {
          said += data;
        })
        .on('end', () => done(said))
        .on('error', fail)
        .write('show stat\n');
    });

  beforeAll(async () => {
    await new Promise<void>((done) => app.listen(0, '127.0.0.1', done));
    const config = renderConfig({
      image: 'haproxy',
      publish: '80',
      sticky: false,
      room: 2,
      slots: { a: { release: 'r1', port: (app.address() as AddressInfo).port, servers: ['127.0.0.1'], share: 1 } },
    } as unknown as Parameters<typeof renderConfig>[0])
      .replace(/stats socket \S+/, `stats socket ${folder}/admin`)
      .replace('bind :8080', `bind unix@${folder}/front`)
      .replaceAll(/map_str\([^,]+/g, `map_str(${folder}/map`);
    writeFileSync(join(folder, 'map'), 'maintenance off\n');
    writeFileSync(join(folder, 'haproxy.cfg'), config);
    haproxy = spawn('haproxy', ['-db', '-f', join(folder, 'haproxy.cfg')], { stdio: 'ignore' });
    while (!existsSync(join(folder, 'front')) || !existsSync(join(folder, 'admin'))) {
      expect(haproxy.exitCode, 'haproxy ended').toBeNull();
      await sleep(5);
    }
    expect([await ask('/'), await ask('/'), await ask('/bad')]).toEqual([200, 200, 500]);
    const lines = [
      'edge shop production true',
      await showStat(),
      'edge blog staging false',
      'app shop production r1 a /shop-r1-1 true 2 false healthy',
      'app shop production r0 b /shop-r0-1 false 0 true none',
    ];
    const { status, stdout, said } = command('awk', ['-f', join(HERE, 'edge/metrics.awk')], {
      input: `${lines.join('\n')}\n`,
    });
    expect(status, said).toBe(0);
    text = stdout;
  });
  afterAll(() => {
    haproxy?.kill('SIGKILL');
    app.close();
    rmSync(folder, { recursive: true });
  });

  it('are read from a real HAProxy with the configuration of our edge', () => {
    const shop = 'app="shop",environment="production"';
    const metrics = new Map(text.split('\n').map((line) => [line.split(' ')[0], line.split(' ')[1]]));
    expect(metrics.get(`seatrial_edge_up{${shop}}`)).toBe('1');
    expect(metrics.get('seatrial_edge_up{app="blog",environment="staging"}')).toBe('0');
    expect(metrics.get(`seatrial_edge_requests_total{${shop}}`)).toBe('3');
    expect(metrics.get(`seatrial_edge_responses_total{${shop},code="2xx"}`)).toBe('2');
    expect(metrics.get(`seatrial_edge_responses_total{${shop},code="5xx"}`)).toBe('1');
    expect(metrics.get(`seatrial_edge_server_responses_total{${shop},slot="a",server="a1",code="5xx"}`)).toBe('1');
    expect(Number(metrics.get(`seatrial_edge_weight{${shop}}`))).toBeGreaterThan(0);
    expect(metrics.get(`seatrial_edge_queue{${shop},server="a1"}`)).toBe('0');
    expect(text).not.toContain('server="b1"'); // a free place
    const r1 = `{${shop},release="r1",slot="a",name="shop-r1-1"}`;
    expect(metrics.get(`seatrial_container_restarts_total${r1}`)).toBe('2');
    expect(metrics.get(`seatrial_container_oom_killed${r1}`)).toBe('0');
    expect(metrics.get(`seatrial_container_running{${shop},release="r0",slot="b",name="shop-r0-1"}`)).toBe('0');
  });
  it('are what Prometheus reads', () => accepts('promtool', ['check', 'metrics'], text));
  it('hold every figure of ours that rules and panels ask for', () => {
    const asked = [...rules.map(({ expr }) => expr), ...queries].flatMap((expr) => expr.match(/\bseatrial_\w+/g) ?? []);
    expect(asked.filter((name) => !text.includes(`\n# TYPE ${name} `))).toEqual([]);
  });
  it('come of a script that the shell takes', () => accepts('sh', ['-n', join(HERE, 'edge/metrics.sh')]));
});
