// The voyage of script/demo: a shop's good release and three bad ones, under live traffic, on real parts.

import { randomBytes } from 'node:crypto';
import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { clearApp } from '../../test/support/clear.ts';
import { ensureImages } from '../../test/support/images.ts';
import { strictReceivers } from '../../test/support/receivers/index.ts';
import { startReceivers } from '../../test/support/receivers/server.ts';
import { freePort, startRegistry } from '../../test/support/registry.ts';
import { trivyPath } from '../../test/support/trivy.ts';
import { pushDatabase } from '../../test/support/vulndb/database.ts';
import { Customers } from './customers.ts';
import { faults } from './expect.ts';
import { releases } from './releases.ts';
import { ship, type Voyage } from './ship.ts';
import { type Leg, printTable } from './table.ts';

const RATE = 250; // requests a second; the promise is kept at 200 and more
const CHANNELS = ['dingtalk', 'wecom', 'feishu', 'slack'] as const;

const started = performance.now();
const seconds = () => ((performance.now() - started) / 1000).toFixed(0).padStart(4);
const say = (line: string) => console.log(`${seconds()}s  ${line}`);
const title = (line: string) => {
  console.log();
  say(`\x1b[1m=== ${line}\x1b[0m`);
};

const app = `shop-${randomBytes(3).toString('hex')}`;
const closing: (() => Promise<void> | void)[] = [];
async function close() {
  for (const step of closing.splice(0).reverse()) await step();
}
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => {
    say('stopping, and taking down what was started');
    void close().then(() => process.exit(130));
  });
}

async function sail(): Promise<number> {
  title('Getting ready: a registry with a vulnerability database, and four chat receivers');
  ensureImages('node', 'edge');
  const registry = await startRegistry();
  closing.push(() => registry.stop());
  await pushDatabase(`${registry.host}/vulndb:2`);
  const receivers = await startReceivers(CHANNELS.map((name) => strictReceivers[name]!()));
  closing.push(() => receivers.close());
  const workspace = mkdtempSync(join(tmpdir(), 'seatrial-voyage-'));
  closing.push(() => rmSync(workspace, { recursive: true, force: true }));
  cpSync('examples/shop', join(workspace, 'shop'), { recursive: true });
  const published = `127.0.0.1:${await freePort()}`;
  closing.push(() => clearApp(app, `${registry.host}/shop`));
  const port = {
    app,
    published,
    workspace,
    say,
    image: `${registry.host}/shop`,
    trivy: trivyPath(),
    trivyDb: `${registry.host}/vulndb:2`,
    channels: receivers.inputs,
  };

  const voyages: Voyage[] = [];
  const legs: Leg[] = [];
  let customers: Customers | undefined;
  for (const planned of releases) {
    title(`${planned.name}: ${planned.about}`);
    const voyage = await ship(planned, port);
    if (!customers && voyage.promote?.exitCode !== 0) throw new Error('the first release did not go live; see above');
    if (!customers) {
      customers = new Customers(`http://${published}`, RATE);
      say(`customers come in from now on: ${RATE} requests a second, none tried again`);
    }
    const leg: Leg = {
      voyage,
      crowd: customers.lap(),
      messages: receivers.received.splice(0).filter((entry) => entry.taken),
    };
    voyages.push(voyage);
    legs.push(leg);
  }
  const total = await customers!.stop();
  title('What happened');
  printTable(legs, total);
  const pushed = await registry.tags('shop');
  const wrong = faults({ legs, total, pushed, channels: CHANNELS.length });
  for (const fault of wrong) say(`\x1b[31mNOT AS TOLD\x1b[0m  ${fault}`);
  if (!wrong.length) say('Everything ended as told.');
  return wrong.length ? 1 : 0;
}

try {
  process.exitCode = await sail();
} catch (error) {
  console.error(error);
  process.exitCode = 1;
} finally {
  await close();
}
