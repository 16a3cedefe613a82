import { asSeatrialError } from '../../lib/errors.ts';
import type { Finding } from '../target.ts';
import { namespaceIsThere } from './namespace.ts';
import { missingRights, rightsFor } from './rights.ts';
import type { Space } from './space.ts';
import { wayOf } from './ways/claim.ts';

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

/** What a deploy needs of a cluster, and how it is; nothing is changed. */
export async function examine(space: Space): Promise<Finding[]> {
  const found = await Promise.all([version(space), namespace(space), rights(space)]);
  const [stranger] = space.listing.strangers;
  if (stranger !== undefined) {
    found.push(ill('environment', `${space.app} runs here for ${stranger}`, 'use another namespace or app name'));
  }
  return found;
}
