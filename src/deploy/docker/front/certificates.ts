import { awaitOrders, type Wanted } from '../../front/await.ts';
import {
  type Certificate,
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

/** Lines of the front's log among which the words of an order are looked for. */
const LOG = 400;

/** Waits until every host of the claim has a certificate that serves, and saves them. Answers what is missing then, and why. */
export async function awaitCertificates(host: Host, claim: Claim): Promise<Missing[]> {
  if (claim.tls === 'off') return [];
  const { engine, clock, signal } = host;
  const runtime = new Runtime(engine, FRONT);
  try {
    const { table } = await readFront(host);
    let saved = false;
    const open = async (): Promise<Wanted[]> => {
      const found: Wanted[] = [];
      for (const domain of hostsOf(namesOf(claim))) {
        const file = servedFrom(table, domain);
        if (!serves(await certificateOf(runtime, file), domain, host.now())) found.push({ domain, file });
      }
      if (found.length) saved = false;
      return found;
    };
    if (claim.tls === 'own') {
      return (await open()).map(({ domain }) => ({ domain, why: 'the one that was given is not for it' }));
    }
    return await awaitOrders({
      ...{ clock, signal, open, server: claim.acme?.server, withinMs: host.context.inputs['deploy-timeout'] },
      say: (line) => host.say(line),
      lasts: async () => {
        if (saved) return true;
        // Where another app's run reloads the front just now, the next worker has only what was saved before.
        await saveCertificates(engine, FRONT, table);
        saved = true;
        runtime.close();
        return false;
      },
      idle: async (wanted) => {
        const orders = parseOrders(await runtime.ask('acme status'));
        return wanted.filter(({ file }) => orders.get(file) !== 'Running');
      },
      again: async (file) => {
        await runtime.ask(`acme renew ${file}`);
      },
      log: () => lastLines(engine, FRONT, LOG),
      // A session stays with its worker: after a reload that one's orders come to nothing, and its certificates serve nobody.
      turn: () => runtime.close(),
    });
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
