import { asSeatrialError, SeatrialError } from '../../lib/errors.ts';
import { escapeMarkdown, table } from '../../lib/markdown.ts';
import type { Outcome } from '../rollout/outcome.ts';
import { type Run, readAll } from '../rollout/run.ts';

/** Says whether a deploy can work, line by line, each with its cure. Nothing is changed. NOT_READY where one is needed. */
export async function doctor(run: Run, out: Outcome): Promise<void> {
  // A place that is not there is a finding like others.
  await readAll(run).catch((error: unknown) => {
    if (asSeatrialError(error).code !== 'NAMESPACE_MISSING') throw error;
  });
  out.release = run.targets[0]!.ledger.history.current;
  let wrong = 0;
  for (const target of run.targets) {
    const found = await target.examine();
    wrong += found.filter(({ well }) => !well).length;
    run.actions.info(`${target.label}: reached`);
    for (const { what, well, unknown, said, cure } of found) {
      run.actions.info(
        `  ${unknown ? 'note  ' : well ? 'ok    ' : 'MEND  '}${what}: ${said}${cure ? `; ${cure}` : ''}`,
      );
    }
    const rows = found.map(({ what, well, unknown, said, cure }) =>
      [what, unknown ? 'note' : well ? 'ok' : '**mend**', said, cure ?? ''].map((cell, i) =>
        i === 1 ? cell : escapeMarkdown(cell),
      ),
    );
    out.notes.push(`**${escapeMarkdown(target.label)}**`, table(['What', '', 'Seen', 'Cure'], rows));
  }
  if (!wrong) return;
  throw new SeatrialError(
    'NOT_READY',
    `${wrong} thing${wrong === 1 ? ' stands' : 's stand'} in the way of a deploy; the lines with MEND above say what to do.`,
  );
}
