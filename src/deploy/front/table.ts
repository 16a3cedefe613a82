import * as z from 'zod';
import { SeatrialError } from '../../lib/errors.ts';
import { type Claim, claimSchema, namesOf } from './claim.ts';
import { hostsOf } from './domains.ts';
import { certificateFile, ownFile } from './names.ts';

/** `front.json`: which name leads to which app, and how the front itself is made. */
export const tableSchema = z.object({
  format: z.literal(1),
  /** Counts every change. */
  revision: z.number(),
  /** The revision whose configuration HAProxy is to run: what came after it changed the map alone. */
  loaded: z.number(),
  image: z.string(),
  /** Ports on the host, as `publish` writes them. */
  http: z.string(),
  https: z.string(),
  apps: z.record(z.string(), claimSchema),
});

export type Table = z.output<typeof tableSchema>;

export const emptyTable = (image: string, http: string, https: string): Table => ({
  format: 1,
  revision: 0,
  loaded: 0,
  image,
  http,
  https,
  apps: {},
});

/** What a stored file holds; a string says why it can't be used. Pure. */
export function parseTable(text: string): Table | string {
  let raw: unknown;
  try {
    raw = JSON.parse(text);
  } catch {
    return 'it is not JSON';
  }
  const format = (raw as { format?: unknown } | null)?.format;
  if (typeof format === 'number' && format > 1) return `its format is ${format}, newer than ours`;
  const parsed = tableSchema.safeParse(raw);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  return `${issue?.path.join('.')}: ${issue?.message}`;
}

/** The first name of a claim that another app has. Two apps may share a host by path. Pure. */
export function takenBy(
  apps: Readonly<Record<string, Claim>>,
  app: string,
  claim: Claim,
): { name: string; app: string } | undefined {
  const wanted = new Set(namesOf(claim));
  for (const [other, theirs] of Object.entries(apps)) {
    if (other === app) continue;
    const name = namesOf(theirs).find((one) => wanted.has(one));
    if (name) return { name, app: other };
  }
  return undefined;
}

/** DOMAIN_TAKEN where another app has one of the names. Pure. */
export function refuseTaken(label: string, apps: Readonly<Record<string, Claim>>, app: string, claim: Claim): void {
  const taken = takenBy(apps, app, claim);
  if (!taken) return;
  throw new SeatrialError(
    'DOMAIN_TAKEN',
    `${label}: ${taken.name} belongs to the app ${taken.app}; choose another, or take it from there first.`,
  );
}

/** The table with an app's claim, or without one where it is undefined. Pure. */
export function withClaim(table: Table, app: string, claim: Claim | undefined): Table {
  const { [app]: _, ...others } = table.apps;
  const apps = claim ? { ...others, [app]: claim } : others;
  const sorted = Object.fromEntries(Object.entries(apps).sort(([a], [b]) => (a < b ? -1 : 1)));
  return { ...table, revision: table.revision + 1, apps: sorted };
}

/** Hosts that ACME is asked for, with the app whose settings count: a certificate that was given wins over an order. */
export function ordered(table: Table): { host: string; app: string }[] {
  const given = new Set(ownOf(table).flatMap(({ hosts }) => hosts));
  const seen = new Set<string>();
  return Object.entries(table.apps).flatMap(([app, claim]) =>
    claim.tls === 'auto'
      ? hostsOf(namesOf(claim)).flatMap((host) => {
          if (given.has(host) || seen.has(host)) return [];
          seen.add(host);
          return [{ host, app }];
        })
      : [],
  );
}

/** Apps that brought a certificate of their own, with the hosts it is for. */
export const ownOf = ({ apps }: Table): { app: string; hosts: string[] }[] =>
  Object.entries(apps).flatMap(([app, claim]) =>
    claim.tls === 'own' ? [{ app, hosts: hostsOf(namesOf(claim)) }] : [],
  );

/** The file a host's certificate is served from: one that was given wins over an order. */
export function servedFrom(table: Table, host: string): string {
  const given = ownOf(table).find(({ hosts }) => hosts.includes(host));
  return given ? ownFile(given.app) : certificateFile(host);
}
