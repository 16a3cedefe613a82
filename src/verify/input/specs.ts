import { SeatrialError } from '../../lib/errors.ts';
import type { Version } from '../judge/types.ts';

export const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE'] as const;
export type Method = (typeof METHODS)[number];

const invalid = (line: string, at: number, expected: string) =>
  new SeatrialError('INPUT_INVALID', `line ${at}: "${line}" is not ${expected}.`);

/** `Name: value`. Errors: INPUT_INVALID. */
export function parseHeader(line: string, at: number): [name: string, value: string] {
  const found = /^([!#$%&'*+.^_`|~\w-]+):\s*(.*)$/.exec(line);
  if (!found) throw new SeatrialError('INPUT_INVALID', `line ${at}: a header is written "Name: value".`);
  return [found[1]!.toLowerCase(), found[2]!.trim()];
}

/** `name=value`; the value may hold more equals signs. */
export function parseNamed(line: string, at: number): { name: string; value: string } {
  const found = /^([A-Za-z_][\w.:/-]*)\s*=\s*(\S.*)$/.exec(line);
  if (!found) throw invalid(line, at, 'a name, = and what to ask');
  return { name: found[1]!, value: found[2]! };
}

export interface ContainerSpec {
  version: Version;
  name: string;
}

export function parseContainer(line: string, at: number): ContainerSpec {
  const found = /^(?:(new|old)\s*=\s*)?([A-Za-z0-9][\w.-]*)$/.exec(line);
  if (!found) throw invalid(line, at, 'new=NAME, old=NAME or NAME');
  return { version: (found[1] ?? 'new') as Version, name: found[2]! };
}

export interface UrlSpec {
  /** Set where the URL reaches one version only. */
  version?: Version;
  name: string;
  method: Method;
  url: URL;
}

const URL_LINE =
  /^(?:(old|new):\s*)?(?:([\w./-]+)\s*=\s*)?(?:(GET|HEAD|POST|PUT|PATCH|DELETE)\s+)?((?:https?|wss?|grpcs?):\/\/\S+)$/i;

/**
 * `[old:|new:] [name=] [METHOD] http(s)://…`, also `ws(s)://` and `grpc(s)://`; the name is the path where none is given,
 * `method` the one for lines without their own.
 */
export function parseUrl(line: string, at: number, method: Method = 'GET'): UrlSpec {
  const found = URL_LINE.exec(line);
  if (!found || !URL.canParse(found[4]!)) throw invalid(line, at, 'a URL such as pay=POST http://127.0.0.1:8080/pay');
  const url = new URL(found[4]!);
  return {
    version: found[1]?.toLowerCase() as Version | undefined,
    name: found[2] ?? (url.pathname || '/'),
    method: (found[3]?.toUpperCase() ?? method) as Method,
    url,
  };
}

export function parseSelector(line: string, at: number): { version: Version; selector: string } {
  const found = /^(?:(new|old)\s*=\s*)?(\{.+)$/.exec(line);
  if (!found) throw invalid(line, at, 'new={app="shop"} or old={…}');
  return { version: (found[1] ?? 'new') as Version, selector: found[2]! };
}

/** `loki X-Scope-OrgID: shop`: which store, and a header. Errors: INPUT_INVALID. */
export function parseStoreHeader(line: string, at: number): { store: string; header: [name: string, value: string] } {
  const found = /^([a-z][\w-]*)\s+(\S.*)$/.exec(line);
  if (!found)
    throw new SeatrialError(
      'INPUT_INVALID',
      `line ${at}: a store and a header are written "loki X-Scope-OrgID: shop".`,
    );
  return { store: found[1]!, header: parseHeader(found[2]!, at) };
}
