import { expect, test } from 'vitest';
import { shrink } from '../../../src/notify/document.ts';
import { documentOf } from '../../support/notify.ts';

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
