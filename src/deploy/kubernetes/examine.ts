import { asSeatrialError } from '../../lib/errors.ts';
import { parseDomain, wordOf } from '../front/domains.ts';
import type { Finding } from '../target.ts';
import { checkClass } from './direct/class.ts';
import { namespaceIsThere } from './namespace.ts';
import { missingRights, rightsFor } from './rights.ts';
import type { Space } from './space.ts';
import { claimOf, wayOf } from './ways/claim.ts';
import { checkFree } from './ways/taken.ts';

/** The oldest that is supported: server-side apply of all we use, and exec by WebSocket. */
const OLDEST = 25;

const well = (what: string, said: string): Finding => ({ what, well: true, said });
const ill = (what: string, said: string, cure: string): Finding => ({ what, well: false, said, cure });

async function version({ api }: Space): Promise<Finding> {
  const { gitVersion, major, minor } = await api.version();
  const old = Number.parseInt(major, 10) === 1 && Number.parseInt(minor, 10) < OLDEST;
  return old
    ? ill('cluster', gitVersion, `Kubernetes 1.${OLDEST} or newer is needed`)
    : well('cluster', `Kubernetes ${gitVersion}`);
}

async function namespace(space: Space): Promise<Finding> {
  try {
    await namespaceIsThere(space);
    return well('namespace', space.api.namespace);
  } catch (error) {
    return ill('namespace', asSeatrialError(error).message, 'make it, or name another in hosts');
  }
}

async function rights({ api, context: { inputs } }: Space): Promise<Finding> {
  const missing = await missingRights(api, rightsFor({ way: wayOf(inputs) }));
  return missing.length
    ? ill('rights', `missing: ${missing.join(', ')}`, 'grant what docs/kubernetes-role.yaml holds')
    : well('rights', 'all that a deploy needs');
}

const cureOf = (error: unknown) =>
  asSeatrialError(error).code === 'DOMAIN_TAKEN'
    ? 'choose another, or take it from there first'
    : 'choose another strategy, or grant what is missing';

/** The names that are asked for, where there are any: that nobody else of the namespace has them. */
async function domains(space: Space): Promise<Finding[]> {
  const { inputs } = space.context;
  const claim = claimOf({ domains: inputs.domains.map((line) => wordOf(parseDomain(line))), way: wayOf(inputs) });
  if (!claim) return [];
  try {
    await checkFree(space, claim);
    await checkClass(space, {
      edge: inputs.edge === 'none' ? 'none' : undefined,
      way: wayOf(inputs),
      strategy: inputs.strategy,
    });
    return [well('domains', `${claim.domains.join(', ')} can be had`)];
  } catch (error) {
    return [ill('domains', asSeatrialError(error).message, cureOf(error))];
  }
}

/** What a deploy needs of a cluster, and how it is; nothing is changed. */
export async function examine(space: Space): Promise<Finding[]> {
  const asked = await Promise.all([version(space), namespace(space), rights(space), domains(space)]);
  const found = asked.flat();
  const [stranger] = space.listing.strangers;
  if (stranger !== undefined) {
    found.push(ill('environment', `${space.app} runs here for ${stranger}`, 'use another namespace or app name'));
  }
  return found;
}
