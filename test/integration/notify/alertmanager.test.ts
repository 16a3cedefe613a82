// The real Alertmanager, with a webhook of its own, so that what people would be told is seen as well.

import { writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { runAction } from '../../support/action.ts';
import { type Daemon, eventually, startDaemon } from '../../support/daemon.ts';
import { freePort } from '../../support/ports.ts';

interface Told {
  status: string;
  alerts: { status: string; labels: Record<string, string>; annotations: Record<string, string>; endsAt: string }[];
}

let daemon: Daemon;
let pager: Server;
let url: string;
const told: Told[] = [];

beforeAll(async () => {
  pager = createServer((request, response) => {
    let body = '';
    request.setEncoding('utf8').on('data', (chunk) => (body += chunk));
    request.on('end', () => {
      told.push(JSON.parse(body) as Told);
      response.end();
    });
  });
  await new Promise<void>((done) => pager.listen(0, '127.0.0.1', done));
  const port = await freePort();
  url = `http://127.0.0.1:${port}`;
  const config = {
    route: {
      receiver: 'pager',
      group_by: ['alertname', 'service', 'severity'],
      group_wait: '100ms',
      group_interval: '300ms',
      repeat_interval: '1h',
    },
    receivers: [
      {
        name: 'pager',
        webhook_configs: [{ url: `http://127.0.0.1:${(pager.address() as AddressInfo).port}/`, send_resolved: true }],
      },
    ],
  };
  daemon = await startDaemon(
    'prometheus-alertmanager',
    (folder) => {
      writeFileSync(join(folder, 'config.yml'), JSON.stringify(config));
      return [
        '--config.file=config.yml',
        `--storage.path=${folder}/data`,
        `--web.listen-address=127.0.0.1:${port}`,
        '--cluster.listen-address=',
      ];
    },
    async () => (await fetch(`${url}/-/ready`)).ok,
  );
});
afterAll(async () => {
  await daemon?.stop();
  pager.closeAllConnections();
  pager.close();
});

const run = async (service: string, inputs: Record<string, string>) => {
  const result = await runAction('notify', {
    'alertmanager-url': url,
    environment: 'production',
    service,
    ...inputs,
  });
  const [receipt] = JSON.parse(result.outputs.receipts!) as Record<string, unknown>[];
  return { ...result, receipt: receipt! };
};

const active = async (service: string) => {
  const filter = encodeURIComponent(`service="${service}"`);
  const list = await (await fetch(`${url}/api/v2/alerts?filter=${filter}`)).json();
  return list as { endsAt: string; labels: Record<string, string> }[];
};
const toldOf = (service: string) => told.filter(({ alerts }) => alerts[0]!.labels.service === service);

describe('Alertmanager', () => {
  test('takes an alert, tells once for many, and says resolved when it is over', async () => {
    for (let n = 0; n < 2; n++) {
      const { receipt } = await run('pay', { event: 'alert', text: `5xx 一直在涨 ${n}` });
      expect(receipt).toMatchObject({ channel: 'alertmanager', outcome: 'delivered', code: '200' });
    }
    const [alert, ...more] = await active('pay');
    expect(more).toEqual([]);
    expect(alert!.labels).toMatchObject({
      alertname: 'SeatrialAlert',
      severity: 'critical',
      environment: 'production',
    });
    // Not Alertmanager's own five minutes, after which it would say "resolved" by itself.
    expect(Date.parse(alert!.endsAt) - Date.now()).toBeGreaterThan(23 * 3_600_000);
    await eventually('told of the alert', async () => toldOf('pay')[0]);
    const { receipt } = await run('pay', { event: 'recovered' });
    expect(receipt.outcome).toBe('delivered');
    expect(await active('pay')).toEqual([]);
    await eventually('told of the end', async () => toldOf('pay').find(({ status }) => status === 'resolved'));
    expect(toldOf('pay').map(({ status }) => status)).toEqual(['firing', 'resolved']);
  });

  test('a failed deploy stands until a good one, and ends "it has started"', async () => {
    await run('shop', { event: 'start' });
    expect((await active('shop')).map(({ labels }) => labels.severity)).toEqual(['info']);
    await run('shop', { event: 'failure' });
    expect((await active('shop')).map(({ labels }) => labels.severity)).toEqual(['warning']);
    await run('shop', { event: 'success' });
    expect(await active('shop')).toEqual([]);
  });

  test('a good deploy ends what the watch found, a rehearsal does not; a watch ends its own alone', async () => {
    const names = async () => (await active('cart')).map(({ labels }) => labels.alertname).sort();
    await run('cart', { event: 'failure' });
    await run('cart', { event: 'alert' });
    await run('cart', { event: 'alert', mode: 'drill' });
    await run('cart', { event: 'recovered', mode: 'drill' });
    expect(await names()).toEqual(['SeatrialAlert', 'SeatrialDeploy']);
    await run('cart', { event: 'recovered', verdict: 'pass' });
    expect(await names()).toEqual(['SeatrialDeploy']);
    await run('cart', { event: 'alert' });
    await run('cart', { event: 'success' });
    expect(await names()).toEqual([]);
  });

  test('alertmanager-expires is the end nobody else makes', async () => {
    await run('mail', { event: 'alert', 'alertmanager-expires': '30m' });
    const minutes = (Date.parse((await active('mail'))[0]!.endsAt) - Date.now()) / 60_000;
    expect(minutes).toBeGreaterThan(28);
    expect(minutes).toBeLessThanOrEqual(30);
  });

  test('check asks whether it is ready; its own refusal is told', async () => {
    const { receipt, exitCode } = await run('x', { event: 'alert', mode: 'check' });
    expect([exitCode, receipt.outcome]).toEqual([0, 'skipped']);
    expect(receipt.reason).toMatch(/ready/);
    const wrong = await runAction('notify', { event: 'alert', 'alertmanager-url': `${url}/nowhere` });
    expect(JSON.parse(wrong.outputs.receipts!)[0]).toMatchObject({ outcome: 'refused', code: '404' });
  });
});
