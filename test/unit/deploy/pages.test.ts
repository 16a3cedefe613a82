import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { renderConfig, structureOf } from '../../../src/deploy/docker/edge/config.ts';
import { edgeOptions } from '../../../src/deploy/docker/edge/options.ts';
import { LARGEST_PAGE, pageFiles, readPages } from '../../../src/deploy/docker/edge/pages.ts';
import type { EdgeModel } from '../../../src/deploy/docker/model.ts';
import { schema } from '../../../src/deploy/inputs.ts';
import type { Context } from '../../../src/deploy/target.ts';

const folder = mkdtempSync(join(tmpdir(), 'seatrial-pages-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const contextOf = (more: Record<string, string>) =>
  ({
    inputs: schema.parse({ app: 'shop', image: 'i:1', port: '80', publish: '8080', ...more }),
    actions: { env: { GITHUB_WORKSPACE: folder } },
    secrets: new Map([
      ['DB_PASSWORD', 'hunter22'],
      ['PIN', '12'],
    ]),
  }) as unknown as Context;
const read = (text: string | Buffer) => {
  writeFileSync(join(folder, 'page.html'), text);
  return readPages(contextOf({ 'error-page': 'page.html' }));
};
const model = (options: EdgeModel['options']): EdgeModel => ({
  ...{ image: 'haproxy', publish: '8080', sticky: false, room: 2, slots: { a: null, b: null } },
  options,
});

describe('pages of one own', () => {
  it('are what they are byte for byte, whatever signs are in them, and called by their digest', () => {
    const html = '<h1>"50 %" off ${x} %[src] \\ \'</h1>\n12';
    const { errorPage } = read(html);
    expect(pageFiles({ errorPage })).toEqual([{ name: `page-${errorPage!.digest}.html`, content: html }]);
    expect(read(`${html} `).errorPage!.digest).not.toBe(errorPage!.digest);
  });
  it.each<[string, string | Buffer]>([
    ['20.0 KiB', `<p>${'x'.repeat(LARGEST_PAGE)}`],
    ['is no HTML', 'just words'],
    ['is no HTML', '<p>\0'],
    ['is not a text in UTF-8', Buffer.from([0x3c, 0x70, 0x3e, 0xff])],
    ['holds the secret DB_PASSWORD', '<p>hunter22'],
  ])('are refused where one %s', (words, text) => expect(() => read(text)).toThrow(words));
  it('are refused where there is none, or no edge to show it', () => {
    expect(() => readPages(contextOf({ 'maintenance-page': 'nowhere.html' }))).toThrow("can't be read");
    const told = schema.safeParse({ app: 'shop', image: 'i:1', strategy: 'recreate', 'error-page': 'page.html' });
    expect(told.error?.issues[0]?.message).toContain('needs the edge');
  });
  it('stand in the configuration by their files, and a new one is a new configuration', () => {
    const pages = { maintenancePage: { digest: 'aa' }, errorPage: { digest: 'bb' } };
    const inputs = schema.parse({ app: 'shop', image: 'i:1', port: '80', publish: '8080', 'header-max': '1k' });
    const options = edgeOptions(inputs, undefined, pages);
    const text = renderConfig(model(options));
    expect(text).toMatch(
      /return status 503 content-type "text\/html; charset=utf-8" file \/seatrial\/page-aa\.html hdr/,
    );
    for (const status of [500, 502, 503, 504]) {
      expect(text).toContain(
        `http-error status ${status} content-type "text/html; charset=utf-8" file /seatrial/page-bb.html`,
      );
    }
    expect(text).toContain('tune.bufsize 32768');
    expect(renderConfig(model(undefined))).not.toContain('http-error');
    expect(structureOf(model(options))).not.toBe(structureOf(model({ ...options!, errorPage: 'cc' })));
  });
});
