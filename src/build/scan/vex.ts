import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import * as z from 'zod';
import { SeatrialError } from '../../lib/errors.ts';
import type { Repository } from '../registry/reference.ts';
import type { TrivyReport } from './findings.ts';
import { listed } from './waivers.ts';

const STATUSES = ['not_affected', 'affected', 'fixed', 'under_investigation'] as const;

/** A product or subcomponent: its id, or an object that holds it (OpenVEX 0.0.1 and 0.2.0). */
const component = z.union([
  z.string().transform((id) => ({ '@id': id, subcomponents: [] as unknown[], identifiers: undefined })),
  z.looseObject({
    '@id': z.string().optional(),
    identifiers: z.looseObject({ purl: z.string().optional() }).optional(),
    subcomponents: z.array(z.unknown()).default([]),
  }),
]);
const statement = z.looseObject({
  vulnerability: z.union([
    z.string().transform((name) => ({ name, '@id': undefined, aliases: [] as string[] })),
    z.looseObject({
      name: z.string().optional(),
      '@id': z.string().optional(),
      aliases: z.array(z.string()).default([]),
    }),
  ]),
  products: z.array(component).min(1, 'names no product'),
  status: z.enum(STATUSES),
});
const openVex = z.looseObject({ '@context': z.string(), statements: z.array(statement).min(1) });

type Statement = z.output<typeof statement>;

/** A package URL in its parts (package-url specification). */
export interface Purl {
  type: string;
  /** Namespace and name. */
  name: string;
  version: string;
  qualifiers: URLSearchParams;
}

export function parsePurl(text: string): Purl | undefined {
  const [, type = '', path = '', , query = ''] = /^pkg:\/*([\w.+-]+)\/([^?#]+)(\?([^#]*))?/.exec(text) ?? [];
  if (!type || !path) return undefined;
  // The version begins at the last @ that is no scope of npm's.
  const at = path.lastIndexOf('@');
  const [name, version] = at > 0 ? [path.slice(0, at), path.slice(at + 1)] : [path, ''];
  try {
    return {
      type: type.toLowerCase(),
      name: decodeURIComponent(name),
      version: decodeURIComponent(version),
      qualifiers: new URLSearchParams(query),
    };
  } catch {
    return undefined; // a stray percent sign: no package URL
  }
}

/** Whether `pkg:oci/shop?repository_url=ghcr.io/acme/shop` is the image being built. */
export function isThisImage(purl: Purl, { name, registry, path }: Repository): boolean {
  if (purl.type !== 'oci' || purl.name.toLowerCase() !== path.split('/').at(-1)) return false;
  const given = purl.qualifiers.get('repository_url')?.toLowerCase().replace(/\/+$/, '');
  // The specification's examples name the whole repository; some writers leave the last part to the name.
  return !given || [name, `${registry}/${path}`].some((own) => given === own || `${given}/${purl.name}` === own);
}

const idOf = (product: Statement['products'][number]) => product['@id'] ?? product.identifiers?.purl ?? '';
const nameOf = ({ vulnerability: v }: Statement) => v.name ?? v['@id']?.split('/').at(-1) ?? '';

export interface Vex {
  /** What Trivy is given; undefined when there is nothing left to it. */
  file?: string;
  /** Vulnerabilities that a statement about the whole image takes out: Trivy knows no name of an image not yet pushed. */
  excused: ReadonlySet<string>;
  /** What is to be said before the build. */
  warnings: string[];
  /** What matched nothing, once the image was scanned. */
  unmatched(reports: readonly TrivyReport[]): string[];
}

const fail = (why: string): never => {
  throw new SeatrialError('INPUT_INVALID', `vex: ${why}`);
};

const harmless = ({ status }: Statement) => status === 'not_affected' || status === 'fixed';

/** Products of the statements that no package of the image is. */
function strangers(products: readonly string[], reports: readonly TrivyReport[]): string[] {
  const packages = reports.flatMap(({ Results }) =>
    Results.flatMap(({ Packages }) => Packages.flatMap(({ Identifier }) => parsePurl(Identifier?.PURL ?? '') ?? [])),
  );
  if (packages.length === 0) return [];
  return products.filter((product) => {
    const purl = parsePurl(product);
    return !packages.some(
      ({ type, name, version }) =>
        type === purl?.type && name === purl.name && (purl.version === '' || version === purl.version),
    );
  });
}

function prepareOpenVex(raw: unknown, repositories: readonly Repository[], temp: string): Vex {
  const parsed = openVex.safeParse(raw);
  if (!parsed.success) {
    const issue = parsed.error.issues[0]!;
    return fail(`${issue.path.join('.') || 'the document'}: ${issue.message}; see the OpenVEX specification.`);
  }
  const excused = new Set<string>();
  const others: string[] = [];
  const digests = new Set<string>();
  const statements = parsed.data.statements.flatMap((one, i) => {
    if (nameOf(one) === '') fail(`statements.${i}.vulnerability: has no name.`);
    const products = one.products.flatMap((product) => {
      const purl = parsePurl(idOf(product));
      if (!purl) {
        others.push(idOf(product) || '(a product without an id)');
        return [product];
      }
      if (!repositories.some((repository) => isThisImage(purl, repository))) {
        others.push(idOf(product));
        return [product];
      }
      if (purl.version) digests.add(purl.version);
      if (product.subcomponents.length) return product.subcomponents;
      if (harmless(one)) for (const id of [nameOf(one), ...one.vulnerability.aliases]) excused.add(id);
      return [];
    });
    return products.length ? [{ ...one, products }] : [];
  });
  const file = join(temp, 'openvex.json');
  if (statements.length) writeFileSync(file, JSON.stringify({ ...parsed.data, statements }));
  return {
    ...(statements.length ? { file } : {}),
    excused,
    warnings: digests.size
      ? [
          `vex: statements about ${listed([...digests])} of this repository are applied to the build of it that begins now.`,
        ]
      : [],
    unmatched: (reports) => strangers(others, reports),
  };
}

/** Reads a VEX document before the build. Error: INPUT_INVALID for what Trivy would pass over without a word. */
export function prepareVex(file: string, given: string, repositories: readonly Repository[], temp: string): Vex {
  if (!existsSync(file)) return fail(`there is no ${given}; mend the path.`);
  let raw: unknown;
  try {
    raw = JSON.parse(readFileSync(file, 'utf8').replace(/^\uFEFF/, ''));
  } catch {
    return fail(`${given} is not JSON; give an OpenVEX or CSAF document.`);
  }
  const document = (typeof raw === 'object' && raw !== null ? raw : {}) as Record<string, unknown>;
  if (typeof document['@context'] === 'string') {
    if (/openvex\.dev\/ns/.test(document['@context'])) return prepareOpenVex(raw, repositories, temp);
  }
  if (document.bomFormat === 'CycloneDX') {
    return fail('Trivy reads CycloneDX VEX for bills of materials only; give OpenVEX or CSAF.');
  }
  const csaf = document.document as { category?: string } | undefined;
  if (typeof csaf?.category === 'string' && Array.isArray(document.vulnerabilities)) {
    return { file, excused: new Set(), warnings: [], unmatched: () => [] };
  }
  return fail(`${given} is neither OpenVEX nor CSAF.`);
}
