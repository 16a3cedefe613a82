import { poll, type SourceKind } from './source.ts';

/** Users' requests as the edges count them. */
export const edge: SourceKind = {
  name: 'edge',
  speaks: ({ deployment }) => (deployment?.hosts.some((host) => host.edge) ? { requests: true } : undefined),
  async open(context) {
    const { site, emit, signal, skip } = context;
    return {
      async first() {
        for (const one of [...site.edges]) {
          await one.read(emit, signal).catch(() => {
            skip(`the edge ${one.container}: its counters could not be read`);
            site.edges.splice(site.edges.indexOf(one), 1);
          });
        }
      },
      async run() {
        await Promise.all(site.edges.map((one) => poll(() => one.read(emit, signal), context, one.patienceMs)));
      },
    };
  },
};
