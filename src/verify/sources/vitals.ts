import { TaskVitals } from '../live/task-vitals.ts';
import { Vitals, vitalRows } from '../live/vitals.ts';
import { poll, type SourceKind } from './source.ts';

/** Vital signs of containers: restarts, OOM kills, health, the image they run, CPU and memory. */
export const vitals: SourceKind = {
  name: 'vitals',
  speaks: ({ deployment, containers }) => (deployment || containers.length > 0 ? {} : undefined),
  async open(context) {
    const { site, emit, signal, skip } = context;
    const { vitals: live } = site;
    if (live) {
      return {
        async first() {
          await live.read(emit, signal);
          live.skipped().forEach(skip);
        },
        run: () => poll(() => live.read(emit, signal), context),
        rows: () => live.rows(),
      };
    }
    const all = site.containers.map((one) => (one.task ? new TaskVitals(one, site.node) : new Vitals(one)));
    return {
      async first() {
        for (const one of all) await one.read(emit, signal);
        for (const { target, comparable } of all)
          if (!comparable) skip(`the digest ${target.name} runs: its image came from no registry`);
        for (const one of all)
          if (one instanceof TaskVitals && !one.near)
            skip(`CPU and memory of ${one.target.name}: its node is not the one that was reached`);
      },
      async run() {
        await Promise.all(all.map((one) => poll(() => one.read(emit, signal), context)));
      },
      rows: () => vitalRows(all),
    };
  },
};
