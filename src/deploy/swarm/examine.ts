import { promises as dns } from 'node:dns';
import { formatDuration } from '../../lib/units.ts';
import { findImage } from '../docker/image.ts';
import { frontOptions } from '../front/asked.ts';
import { namesOf } from '../front/claim.ts';
import { parseDomain, wordOf } from '../front/domains.ts';
import { unresolved } from '../front/resolve.ts';
import { parsePublishLines } from '../publish.ts';
import type { Finding } from '../target.ts';
import { beyond, takers } from './capacity.ts';
import type { Cluster } from './cluster.ts';
import { checkFront } from './front/keeper.ts';
import { readFront } from './front/read.ts';
import { portOwner } from './preflight.ts';

/** Jobs and limits of processes came with it, https://docs.docker.com/engine/api/version-history/#v141-api-changes */
const OLDEST = [1, 41] as const;
/** A clock this far off makes leases and certificates lie. */
const SKEW_MS = 30_000;

const well = (what: string, said: string): Finding => ({ what, well: true, said });
const ill = (what: string, said: string, cure: string): Finding => ({ what, well: false, said, cure });

/** Asks the registry, from the manager, for the digest of an image; nothing is pulled. */
async function image(cluster: Cluster, what: string, name: string): Promise<Finding> {
  try {
    await cluster.api.digest(name, cluster.auth(name));
    return well(what, `the manager can have ${name}`);
  } catch (error) {
    if (await findImage(cluster.engine, name)) {
      return well(what, `${name} is on the manager, and no registry answers for it: every node must have it`);
    }
    const said = error instanceof Error ? error.message : String(error);
    return ill(what, said, 'check the name, the login, and that the nodes reach the registry');
  }
}

/** What domains need: a node that users come to, names that are free and can be looked up. */
async function domains(cluster: Cluster): Promise<Finding[]> {
  const { inputs } = cluster.context;
  if (!inputs.domains.length) return [];
  const names = inputs.domains.map((line) => wordOf(parseDomain(line)));
  const claim = { domains: names, ...frontOptions(inputs)! };
  const unknown = await unresolved(namesOf(claim), (host) => dns.lookup(host));
  const state = await readFront(cluster);
  const on = state.nodes.map(({ Description }) => Description.Hostname).join(', ');
  let refused = '';
  try {
    checkFront(cluster, state, claim);
  } catch (error) {
    refused = (error as Error).message;
  }
  return [
    refused
      ? ill('front door', refused, 'do that, or choose other domains')
      : well('front door', `on ${on}; no other app has one of the names`),
    unknown.length
      ? ill(
          'DNS',
          `${unknown.join(', ')} can't be looked up from here`,
          'add a DNS record that leads to the nodes of the front door',
        )
      : well('DNS', 'every domain can be looked up'),
  ];
}

/** Whether a deploy can work here, as far as it can be known without changing anything. */
export async function examine(cluster: Cluster): Promise<Finding[]> {
  const { api, engine, context, app } = cluster;
  const { inputs, clock } = context;
  const [{ apiVersion, version, dateMs }, nodes, services] = await Promise.all([
    engine.ping(),
    api.nodes(),
    api.services([]),
  ]);
  const [major = 0, minor = 0] = apiVersion.split('.').map(Number);
  const old = major < OLDEST[0] || (major === OLDEST[0] && minor < OLDEST[1]);
  const managers = nodes.filter(({ Spec }) => Spec.Role === 'manager').length;
  const open = takers(nodes);
  const skew = Math.abs(dateMs - clock.now());
  const apart = `${formatDuration(skew)} apart from this machine's`;
  const short = beyond(nodes, {
    memory: inputs.memory,
    cpus: inputs.cpus === undefined ? undefined : Number(inputs.cpus),
  });
  const lost = nodes.filter(({ Status }) => Status.State !== 'ready').map(({ Description }) => Description.Hostname);
  const members = `${nodes.length} nodes, ${open.length} of them take tasks, ${managers} lead`;
  const [door] = parsePublishLines(inputs.publish ?? '');
  const owner = door && portOwner(services, app, door.publish);
  return [
    old
      ? ill(
          'engine',
          `Docker ${version}, API ${apiVersion}`,
          `install Docker Engine 20.10 (API ${OLDEST.join('.')}) or newer`,
        )
      : well('engine', `Docker ${version}, API ${apiVersion}`),
    lost.length
      ? ill('nodes', `${members}; not ready: ${lost.join(', ')}`, 'start them, or remove them with docker node rm')
      : well('nodes', members),
    skew > SKEW_MS ? ill('clock', apart, 'let both keep time by NTP') : well('clock', apart),
    ...(short ? [ill('capacity', short, 'add a node, or ask for less')] : []),
    ...(door
      ? [
          owner
            ? ill('port', `the service ${owner} has port ${door.publish}`, 'choose another publish, or remove it')
            : well(
                'port',
                `${door.publish} is no other service's; what else listens on a node shows when the edge starts`,
              ),
        ]
      : []),
    ...(await domains(cluster)),
    ...(await Promise.all([
      ...(door || inputs.domains.length ? [image(cluster, 'edge image', cluster.edgeImage())] : []),
      ...(inputs.image ? [image(cluster, 'image', inputs.image)] : []),
    ])),
  ];
}
