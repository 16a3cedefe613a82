import { promises as dns } from 'node:dns';
import { SeatrialError } from '../../lib/errors.ts';
import { formatDuration, formatSize } from '../../lib/units.ts';
import { frontOptions } from '../front/asked.ts';
import { parseDomain, wordOf } from '../front/domains.ts';
import { unresolved } from '../front/resolve.ts';
import { parsePublishLines } from '../publish.ts';
import type { Finding } from '../target.ts';
import { freeBytes } from './disk.ts';
import { checkFree, portsNeeded } from './front/front.ts';
import type { Host } from './host.ts';
import { findImage, loginIsFor } from './image.ts';
import { portIsFree } from './preflight.ts';

/** The oldest engine that is tested, https://docs.docker.com/engine/release-notes/20.10/ */
const OLDEST = [20, 10] as const;
/** A clock this far off makes leases and certificates lie. */
const SKEW_MS = 30_000;

const well = (what: string, said: string): Finding => ({ what, well: true, said });
const ill = (what: string, said: string, cure: string): Finding => ({ what, well: false, said, cure });

interface Info {
  ServerVersion: string;
  MemTotal: number;
  NCPU: number;
  DockerRootDir: string;
}

function version({ ServerVersion, NCPU, MemTotal }: Info): Finding {
  const [major = 0, minor = 0] = ServerVersion.split('.').map(Number);
  const old = major < OLDEST[0] || (major === OLDEST[0] && minor < OLDEST[1]);
  const said = `Docker ${ServerVersion}, ${NCPU} CPUs, ${formatSize(MemTotal)}`;
  return old ? ill('engine', said, `install Docker Engine ${OLDEST.join('.')} or newer`) : well('engine', said);
}

/** Two releases run at once while traffic moves, and the engine and the system want some as well. */
function memory({ inputs }: Host['context'], { MemTotal }: Info): Finding[] {
  if (inputs.memory === undefined) return [];
  const needed = 2 * inputs.memory * (inputs.replicas ?? 1);
  const said = `two releases may take ${formatSize(needed)} of ${formatSize(MemTotal)}`;
  if (needed < 0.9 * MemTotal) return [well('memory', said)];
  return [ill('memory', said, 'lower memory or replicas, or choose strategy: recreate')];
}

/** Asks the registry, from the host, for the digest of an image; nothing is pulled. */
async function image(host: Host, what: string, name: string): Promise<Finding> {
  if (await findImage(host.engine, name)) return well(what, `${name} is on the host`);
  const login = host.login(name);
  const authconfig = loginIsFor(login, name)
    ? { username: login.username, password: login.password, serveraddress: login.registry }
    : undefined;
  try {
    await host.engine.call(
      `ask for ${name}`,
      (docker) => docker.getImage(name).distribution({ authconfig } as object),
      { timeoutMs: 30_000 },
    );
    return well(what, `the host can have ${name}`);
  } catch (error) {
    const said = error instanceof Error ? error.message : String(error);
    return ill(what, said, 'check the name, the login, and that the host reaches the registry');
  }
}

async function port(host: Host): Promise<Finding[]> {
  const lines = parsePublishLines(host.context.inputs.publish ?? '');
  return Promise.all(
    lines.map(async ({ publish }) => {
      try {
        await portIsFree(host, publish);
        return well('port', `${publish} is free, or this app's own`);
      } catch (error) {
        if (!(error instanceof SeatrialError) || error.code !== 'PORT_TAKEN') throw error;
        return ill('port', error.message, 'choose another publish, or stop what has it');
      }
    }),
  );
}

/** Where users would come in by name: the names lead somewhere, nobody else has them, and the ports are free. */
async function door(host: Host): Promise<Finding[]> {
  const { inputs } = host.context;
  if (!inputs.domains.length) return [];
  const names = inputs.domains.map((line) => wordOf(parseDomain(line)));
  const unknown = await unresolved(names, (name) => dns.lookup(name));
  const found = [
    unknown.length
      ? ill('DNS', `${unknown.join(', ')} can't be looked up from here`, 'add a DNS record that leads to the host')
      : well('DNS', 'every domain can be looked up'),
  ];
  const attempt = async (what: string, said: string, cure: string, look: () => Promise<unknown>) => {
    try {
      await look();
      found.push(well(what, said));
    } catch (error) {
      if (!(error instanceof SeatrialError) || !['PORT_TAKEN', 'DOMAIN_TAKEN'].includes(error.code)) throw error;
      found.push(ill(what, error.message, cure));
    }
  };
  const claim = { domains: names, ...frontOptions(inputs)! };
  await attempt('domains', 'no other app has one of them', 'choose others', () => checkFree(host, claim));
  for (const port of await portsNeeded(host)) {
    await attempt(
      'front door',
      `port ${port} is free`,
      'stop what has it, or choose others by front-http and front-https',
      () => portIsFree(host, port, 'front-http or front-https'),
    );
  }
  return found;
}

/** `df` in the words of one who stands at this machine, for a host named as in `hosts`. Pure. */
function lookAt(folder: string, label: string): string {
  const { protocol, username, hostname, port } = URL.canParse(label) ? new URL(label) : ({} as Partial<URL>);
  if (protocol !== 'ssh:') return `look on the host: df -h ${folder}`;
  return `look with: ssh ${port ? `-p ${port} ` : ''}${username ? `${username}@` : ''}${hostname?.replace(/^\[|\]$/g, '')} df -h ${folder}`;
}

/**
 * What there is to say of the disk of a host: bytes that are free in the engine's `folder`, or why that is not known,
 * and how many must be. What nobody measured is never called good. Pure.
 */
export function diskFinding(free: number | string, least: number, folder: string, label: string): Finding {
  if (typeof free === 'string') {
    const asked = least ? `; min-disk asks for ${formatSize(least)}` : '';
    return {
      what: 'disk',
      well: true,
      unknown: true,
      said: `not known: ${free}`,
      cure: `${lookAt(folder, label)}${asked}`,
    };
  }
  const said = `${formatSize(free)} are free where Docker keeps its images`;
  return free < least ? ill('disk', said, 'command: prune, docker image prune, or a larger disk') : well('disk', said);
}

/** Whether a deploy can work here, as far as it can be known without changing anything. */
export async function examine(host: Host): Promise<Finding[]> {
  const { inputs, clock } = host.context;
  const [info, { dateMs }] = await Promise.all([
    host.engine.call('ask the engine about itself', (docker) => docker.info() as Promise<Info>),
    host.engine.ping(),
  ]);
  const skew = Math.abs(dateMs - clock.now());
  const images = [
    ...(inputs.edge === 'haproxy' ? [image(host, 'edge image', host.edgeImage())] : []),
    ...(inputs.image ? [image(host, 'image', inputs.image)] : []),
  ];
  return [
    version(info),
    skew > SKEW_MS
      ? ill('clock', `${formatDuration(skew)} apart from this machine's`, 'let both keep time by NTP')
      : well('clock', `${formatDuration(skew)} apart from this machine's`),
    ...memory(host.context, info),
    ...(await port(host)),
    ...(await door(host)),
    diskFinding(await freeBytes(host), inputs['min-disk'], info.DockerRootDir, host.label),
    ...(await Promise.all(images)),
  ];
}
