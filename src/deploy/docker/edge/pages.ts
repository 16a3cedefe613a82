import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { SeatrialError } from '../../../lib/errors.ts';
import { formatSize } from '../../../lib/units.ts';
import type { Context } from '../../target.ts';
import { MOUNT } from '../state/mount.ts';
import type { EdgeOptions } from './options.ts';

/** What the edge says in the app's stead, in somebody's own words. */
export interface Page {
  /** Of its text, and so what it is called. */
  digest: string;
  html: string;
}

/** HAProxy answers a page out of one buffer, whose rest holds the headers. */
export const LARGEST_PAGE = 20 * 1024;

const INPUTS = { maintenancePage: 'maintenance-page', errorPage: 'error-page' } as const;
export type PageKind = keyof typeof INPUTS;
export type Pages = Partial<Record<PageKind, Page>>;

/** Where a page lies in the volume of the app: by its digest, so that what a running edge reads is never changed. */
const fileName = (digest: string) => `page-${digest}.html`;
export const pageFile = (digest: string) => `${MOUNT}/${fileName(digest)}`;

/** A page read from the checkout. INPUT_INVALID for what is no page, or holds a secret of this run. */
function readPage(input: string, path: string, root: string, secrets: ReadonlyMap<string, string>): Page {
  const invalid = (message: string, cause?: unknown) =>
    new SeatrialError('INPUT_INVALID', `${input}: "${path}" ${message}`, { cause });
  let bytes: Buffer;
  try {
    bytes = readFileSync(resolve(root, path));
  } catch (cause) {
    throw invalid("can't be read; is the repository checked out?", cause);
  }
  if (bytes.length > LARGEST_PAGE) {
    throw invalid(
      `has ${formatSize(bytes.length)}, and a page may have ${formatSize(LARGEST_PAGE)}; leave pictures to another host.`,
    );
  }
  let html: string;
  try {
    html = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (cause) {
    throw invalid('is not a text in UTF-8.', cause);
  }
  if (!/<[a-z!][^>]*>/i.test(html) || html.includes('\0')) throw invalid('is no HTML; name a page.');
  const held = [...secrets].find(([, value]) => value.length >= 6 && html.includes(value));
  if (held) throw invalid(`holds the secret ${held[0]}, which everybody would be shown; take it out.`);
  return { digest: createHash('sha256').update(bytes).digest('hex').slice(0, 16), html };
}

/** The pages that the inputs name. */
export function readPages({ inputs, actions, secrets }: Context): Pages {
  const root = actions.env.GITHUB_WORKSPACE || process.cwd();
  return Object.fromEntries(
    Object.entries(INPUTS).flatMap(([kind, input]) => {
      const path = inputs[input];
      return path === undefined ? [] : [[kind, readPage(input, path, root, secrets)]];
    }),
  );
}

/** The files of pages, for the app's volume. */
export const pageFiles = (pages: Pages) =>
  Object.values(pages).map(({ digest, html }) => ({ name: fileName(digest), content: html }));

const HTML = 'content-type "text/html; charset=utf-8"';
const SORRY = '"<!doctype html><meta charset=utf-8><title>503</title><p>We are back soon. 系统维护中，请稍后再试。"';

/** What `http-request return` says in maintenance. */
export const maintenanceBody = ({ maintenancePage }: Partial<EdgeOptions>): string =>
  `${HTML} ${maintenancePage === undefined ? `string ${SORRY}` : `file ${pageFile(maintenancePage)}`}`;

/** What users see where no container has answered, or none in time. What the app itself answers is never touched. */
export const errorPages = ({ errorPage }: Partial<EdgeOptions>): string[] =>
  errorPage === undefined
    ? []
    : [500, 502, 503, 504].map(
        (status) => `http-error status ${status} ${HTML} file ${pageFile(errorPage)} hdr Cache-Control no-store`,
      );
