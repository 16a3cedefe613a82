import * as z from 'zod';
import { tableSchema } from '../../front/table.ts';

/** The table as on a Docker host; `loaded` is the number of the door that was made for it. */
export const frontTableSchema = tableSchema.extend({
  /** Which of the Swarm's secrets has which certificate, by what it is called among the front's. */
  secrets: z.record(z.string(), z.string()).default({}),
});

export type FrontTable = z.output<typeof frontTableSchema>;

/** What a stored text holds; undefined for one that can't be used, and what it is for a newer form. Pure. */
export function parseFrontTable(text: string): FrontTable | 'newer' | undefined {
  let raw: unknown;
  try {
    raw = JSON.parse(text);
  } catch {
    return undefined;
  }
  const format = (raw as { format?: unknown } | null)?.format;
  if (typeof format === 'number' && format > 1) return 'newer';
  return frontTableSchema.safeParse(raw).data;
}
