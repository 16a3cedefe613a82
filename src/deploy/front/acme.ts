import { createHash } from 'node:crypto';
import { rootCertificates } from 'node:tls';
import type { Claim } from './claim.ts';
import { CHALLENGE_PATH, certificateFile, FRONT_MOUNT } from './names.ts';
import { ordered, type Table } from './table.ts';

/* What of a HAProxy's configuration is for certificates by ACME: HAProxy 3.4 and newer. */

type Acme = NonNullable<Claim['acme']>;

/** One account an authority and address; its key outlives every reload. */
const accountOf = ({ server, email = '' }: Acme) =>
  createHash('sha256').update(`${server}\n${email}`).digest('hex').slice(0, 8);

/** Where HAProxy asks which authorities may vouch for an ACME server, when an app has named one of its own. */
export const CA_FILE = `${FRONT_MOUNT}/acme-ca.pem`;

/** The content of that file: one app's private authority must not shut out the public one of another. Empty where none is named. Pure. */
export function authorities({ apps }: Table): string {
  const named = [...new Set(Object.values(apps).flatMap(({ acme }) => acme?.ca ?? []))];
  return named.length ? `${[...named, ...rootCertificates].join('\n')}\n` : '';
}

/** Lines of the section `global`. Pure. */
export const acmeGlobal = (table: Table): string =>
  `  expose-experimental-directives\n  httpclient.resolvers.prefer ipv4\n${authorities(table) ? `  httpclient.ssl.ca-file ${CA_FILE}\n` : ''}`;

/** The accounts, and which certificate is ordered by which. Pure. */
export function acmeSections(table: Table): string[] {
  const orders = ordered(table);
  const accounts = new Map(orders.map(({ app }) => [accountOf(table.apps[app]!.acme!), table.apps[app]!.acme!]));
  const sections = [...accounts].flatMap(([id, { server, email }]) => [
    `acme account-${id}`,
    `  directory ${server}`,
    `  account-key ${FRONT_MOUNT}/account-${id}.key`,
    ...(email ? [`  contact ${email}`] : []),
    '  challenge HTTP-01',
    '  keytype ECDSA',
    '  curves P-256',
    '  map virt@acme',
    '',
  ]);
  const store = orders.map(
    ({ host, app }) =>
      `  load crt "${certificateFile(host)}" acme account-${accountOf(table.apps[app]!.acme!)} domains "${host}"`,
  );
  return store.length ? [...sections, 'crt-store', ...store, ''] : [];
}

/** How a frontend answers the authority. */
export const ANSWERS = `  http-request return status 200 content-type text/plain lf-string "%[path,field(-1,/)].%[path,field(-1,/),map(virt@acme)]\\n" if { path_beg ${CHALLENGE_PATH} } { path,field(-1,/),map(virt@acme) -m found }\n`;

/** A line for each certificate that is ordered, with the name it is served for. Pure. */
export const orderedList = (table: Table): string =>
  ordered(table)
    .map(({ host }) => `${certificateFile(host)} ${host}\n`)
    .join('');
