import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';
import { SeatrialError } from '../../../lib/errors.ts';
import { type Manifest, objectSchema } from './model.ts';

const invalid = (why: string, cause?: unknown) => new SeatrialError('MANIFEST_INVALID', `manifests: ${why}`, { cause });

/** What makes plain YAML of it, by the file that gives it away. */
const TOOLS: [RegExp, string][] = [
  [/^kustomization\.ya?ml$/i, 'kustomize build (or kubectl kustomize)'],
  [/^Chart\.ya?ml$/, 'helm template'],
];

/** Files of a folder, as `kubectl apply --filename` takes them: not those of folders below. */
function filesOf(path: string, root: string): string[] {
  const whole = resolve(root, path);
  try {
    if (statSync(whole).isFile()) return [whole];
    const names = readdirSync(whole).sort();
    for (const [pattern, tool] of TOOLS) {
      if (names.some((name) => pattern.test(name))) {
        throw invalid(`"${path}" is not plain YAML yet; write the output of ${tool} to a file, and name that.`);
      }
    }
    return names.filter((name) => /\.(ya?ml|json)$/i.test(name)).map((name) => join(whole, name));
  } catch (cause) {
    if (cause instanceof SeatrialError) throw cause;
    throw invalid(`"${path}" can't be read; is the repository checked out?`, cause);
  }
}

/** The objects of one text. Files that hold a list of objects are as good. */
function objectsOf(raw: unknown, where: string): Manifest[] {
  if (raw === null || raw === undefined) return [];
  const list = raw as { kind?: unknown; items?: unknown };
  if (typeof list.kind === 'string' && list.kind.endsWith('List') && Array.isArray(list.items)) {
    return list.items.flatMap((item) => objectsOf(item, where));
  }
  const parsed = objectSchema.safeParse(raw);
  if (parsed.success) return [parsed.data];
  const [issue] = parsed.error.issues;
  throw invalid(
    `${where}: ${issue?.path.join('.') || 'an object'}: ${issue?.message}; every object has apiVersion, kind and metadata.name.`,
  );
}

/** Every object of a file or folder, in order. MANIFEST_INVALID with the file. */
export async function readManifests(path: string, root: string): Promise<Manifest[]> {
  const { parseAllDocuments } = await import('yaml');
  const found = filesOf(path, root).flatMap((file) => {
    const name = relative(root, file) || file;
    const documents = [...parseAllDocuments(readFileSync(file, 'utf8'))];
    return documents.flatMap((document) => {
      const [error] = document.errors;
      if (error) {
        const [words] = error.message.split('\n');
        throw invalid(`${name}: ${words} A template is to be rendered first (helm template).`, error);
      }
      return objectsOf(document.toJS(), name);
    });
  });
  if (!found.length) throw invalid(`"${path}" holds no object.`);
  return found;
}
