import {
  type Certificate,
  explained,
  type Missing,
  orderFault,
  parseCertificate,
  parseOrders,
  serves,
  wayOf,
} from '../../front/certificates.ts';
import type { Claim } from '../../front/claim.ts';
import { namesOf } from '../../front/claim.ts';
import { hostsOf } from '../../front/domains.ts';
import { backendOf, FRONT } from '../../front/names.ts';
import { servedFrom } from '../../front/table.ts';
import type { Way } from '../../seen.ts';
import { lastLines } from '../containers.ts';
import { parseStat, Runtime } from '../edge/runtime.ts';
import type { Host } from '../host.ts';
import { readFront } from './read.ts';
import { saveCertificates } from './save.ts';

const certificateOf = async (runtime: Runtime, file: string): Promise<Certificate | undefined> =>
  parseCertificate(await runtime.ask(`show ssl cert ${file}`));

const EVERY_MS = 500;
/** Lines of the front's log among which the words of an order are looked for. */
const LOG = 400;

/**
 * Waits until every host of the claim has a certificate that serves, and saves them. An order that failed is asked for
 * again once; an authority that does not answer has until `deploy-timeout`. Answers what is missing then, and why.
 */
export async function awaitCertificates(host: Host, claim: Claim): Promise<Missing[]> {
  if (claim.tls === 'off') return [];
  const { engine, clock } = host;
  const runtime = new Runtime(engine, FRONT);
  try {
    const { table } = await readFront(host);
    const end = clock.mono() + host.context.inputs['deploy-timeout'];
    const again = new Set<string>();
    let told = false;
    let saved = false;
    for (;;) {
      const open: { domain: string; file: string }[] = [];
      for (const domain of hostsOf(namesOf(claim))) {
        const file = servedFrom(table, domain);
        if (!serves(await certificateOf(runtime, file), domain, host.now())) open.push({ domain, file });
      }
      if (!open.length) {
        // Where another app's run reloads the front just now, the next worker has only what was saved before.
        if (claim.tls === 'own' || saved) return [];
        await saveCertificates(engine, FRONT, table);
        saved = true;
        runtime.close();
        continue;
      }
      saved = false;
      if (claim.tls === 'own')
        return open.map(({ domain }) => ({ domain, why: 'the one that was given is not for it' }));
      if (!told) host.say(`waiting for the certificate of ${open.map(({ domain }) => domain).join(', ')}`);
      told = true;
      const orders = parseOrders(await runtime.ask('acme status'));
      const log = await lastLines(engine, FRONT, LOG);
      const faults = open.map(({ file }) => orderFault(log, file));
      for (const { file } of open) {
        // Nothing is under way: it failed at another time, perhaps before the name led here.
        if (orders.get(file) === 'Running' || again.has(file)) continue;
        again.add(file);
        await runtime.ask(`acme renew ${file}`);
      }
      const over = open.every(({ file }, i) => faults[i]?.over && again.has(file) && orders.get(file) !== 'Running');
      if (over || clock.mono() > end) {
        return open.map(({ domain }, i) => ({
          domain,
          why: explained(faults[i]?.why ?? 'the authority has not answered in time', claim.acme?.server),
        }));
      }
      await clock.sleep(EVERY_MS, host.signal);
      // A session stays with its worker: after a reload that one's orders come to nothing, and its certificates serve nobody.
      runtime.close();
    }
  } finally {
    runtime.close();
  }
}

/** How each way in of the app is now: its certificate with its end, and what is wrong at the front. */
export async function waysOf(host: Host, claim: Claim): Promise<Way[]> {
  const { app, engine } = host;
  const { running, lost, table } = await readFront(host);
  const has = table.apps[app];
  const all = (fault: string): Way[] => claim.domains.map((domain) => ({ domain, tls: claim.tls, open: false, fault }));
  if (!running) return all('the front door does not run; the next deploy of any app starts it');
  if (lost || !has) return all('the front door does not know the app; its next deploy puts that in order');
  const runtime = new Runtime(engine, FRONT);
  try {
    const [edge] = parseStat(await runtime.ask(`show stat ${backendOf(app)} 4 -1`)).servers;
    const reaches = edge !== undefined && !/^(DOWN|MAINT)/.test(edge.status);
    const now = host.now();
    const log = claim.tls === 'auto' ? await lastLines(engine, FRONT, LOG) : [];
    const ways: Way[] = [];
    for (const domain of claim.domains) {
      const [name = ''] = hostsOf([domain]);
      const file = servedFrom(table, name);
      const certificate = claim.tls === 'off' ? undefined : await certificateOf(runtime, file);
      const order = orderFault(log, file)?.why;
      ways.push(
        wayOf({ domain, tls: claim.tls, known: has.domains.includes(domain), reaches, certificate, order }, now),
      );
    }
    return ways;
  } finally {
    runtime.close();
  }
}
