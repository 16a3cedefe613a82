import * as z from 'zod';
import { text } from '../lib/fields.ts';

export const schema = z.object({
  title: text('A title.'),
});

export const outputs = {
  'error-code': 'Empty when all is well, else the stable code of docs/errors.md.',
};
