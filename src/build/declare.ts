import { appendFileSync, existsSync, readFileSync } from 'node:fs';

type Env = Readonly<Record<string, string | undefined>>;

/** What earlier steps of the job declared, by name. */
function declared(env: Env): Map<string, string> {
  const file = env.GITHUB_ARTIFACTS_LIST;
  if (!file || !existsSync(file)) return new Map();
  try {
    const { subjects = [] } = JSON.parse(readFileSync(file, 'utf8')) as {
      subjects?: { name: string; digest: string }[];
    };
    return new Map(subjects.map(({ name, digest }) => [name, digest]));
  } catch {
    return new Map(); // a list we can't read holds nothing we know of
  }
}

/**
 * Declares what was pushed to the runner (`$GITHUB_ARTIFACTS`, runner ≥ 2.336), so that actions/attest finds it without
 * being told; `pushed` is the digest by repository. One name with two digests in a job fails the step there: then the first stays. Answers what was not said.
 */
export function declarePushed(env: Env, pushed: ReadonlyMap<string, string>): string[] {
  const file = env.GITHUB_ARTIFACTS;
  if (!file) return [];
  const known = declared(env);
  const left: string[] = [];
  for (const [repository, digest] of pushed) {
    // Docker Hub's names bear its host there.
    const name = /^[^/]*[.:][^/]*\/|^localhost\//.test(repository) ? repository : `index.docker.io/${repository}`;
    if (known.has(name) && known.get(name) !== digest) left.push(name);
    else appendFileSync(file, `oci://${name}@${digest}\n`);
  }
  return left;
}
