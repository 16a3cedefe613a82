import { expect, test } from 'vitest';
import { slackMessage } from '../../../src/notify/channels/slack-blocks.ts';
import { wecom } from '../../../src/notify/channels/wecom.ts';
import { shrink } from '../../../src/notify/document.ts';
import { bytes } from '../../../src/notify/text.ts';
import { contextAt, documentOf } from '../../support/notify.ts';

test('thousands of facts are cut in a few looks, and as late as they must', () => {
  const document = documentOf({ fields: Array.from({ length: 5000 }, (_, i) => ({ name: `n${i}`, value: 'v' })) });
  let looks = 0;
  const small = shrink(document, ({ facts }) => {
    looks += 1;
    return facts.length <= 321;
  });
  expect(small.facts).toHaveLength(321);
  expect(small.story).toEqual(document.story);
  expect(looks).toBeLessThan(100);
});

test('an address longer than a message falls away, and the first line stays', () => {
  const run = 'https://github.com/o/r/actions/runs/1';
  const endless = `https://h.example/${'a'.repeat(2990)}`;
  const settings = { webhook: 'https://h.example/?key=k', format: 'text' };
  const [request] = wecom.render(
    documentOf({ links: { run: endless } }),
    { name: 'w', channel: wecom, settings },
    contextAt(0),
  );
  const { content } = JSON.parse(request!.body!).text;
  expect(bytes(content)).toBeLessThanOrEqual(2048);
  expect(content).toContain('production/shop · v13');
  const blocks = JSON.stringify(slackMessage(documentOf({ links: { run, report: endless } })));
  expect(blocks).toContain(run);
  expect(blocks).not.toContain(endless);
});
