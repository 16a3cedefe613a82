import { USERS } from '../judge/types.ts';

/** Endpoints of users kept apart, at the most. */
const MOST = 180;
const DEEPEST = 6;
/** Files that belong to a page: their names change with each build. */
const FILE = /\.(m?js|css|map|png|jpe?g|gif|svg|ico|webp|avif|woff2?|ttf|otf|eot|mp[34]|webm|pdf|wasm)$/i;

/** A part of a path that names one thing among many, and not a kind of things. */
function isId(part: string): boolean {
  return (
    /\d{3}/.test(part) || // 17042, SKU1234, 2026-11-30
    /^\d+$/.test(part) ||
    /^[a-z]+[-_]\d+$/i.test(part) || // item-7
    (/^[0-9a-f]{8,}$/i.test(part) && /\d/.test(part)) ||
    (part.length >= 16 && /\d/.test(part)) || // tokens, ULID
    (part.length >= 20 && /[a-z][A-Z]/.test(part)) ||
    part.length > 40 ||
    part.split('-').length > 3 || // how-to-return-an-item
    /[^\x21-\x7e]|[@%]/.test(part) // names, mail addresses
  );
}

function plain(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}

/** A request as an endpoint: ids, names and dates of its path masked, files of pages by their kind. Pure. */
export function maskPath(method: string, path: string): string {
  const file = FILE.exec(path);
  if (file) return `${method} *${file[0].toLowerCase()}`;
  const parts = path
    .split('/')
    .map((part) => part.split(';')[0]!)
    .filter(Boolean);
  const kept = parts.slice(0, DEEPEST).map((part) => (isId(plain(part)) ? '{id}' : plain(part)));
  return `${method} /${kept.join('/')}${parts.length > DEEPEST ? '/…' : ''}`;
}

/** Names of users' endpoints. What nobody was ever given is one endpoint: who looks for holes asks for anything. */
export class Endpoints {
  readonly #known = new Set<string>();

  get size(): number {
    return this.#known.size;
  }

  of(method: string, path: string, status: number): string {
    const name = maskPath(method, path);
    if (!this.#known.has(name)) {
      if ([400, 404, 405].includes(status)) return `${USERS} (unknown paths)`;
      if (this.#known.size >= MOST) return `${USERS} (other)`;
      this.#known.add(name);
    }
    return `${USERS} ${name}`;
  }
}
