import { warnOfPlain } from '../live/addresses.ts';
import { createAsk } from '../live/ask/create.ts';
import { Phases } from '../live/phases.ts';
import { type ProbePlan, planProbes } from '../live/probe-plan.ts';
import { type ProbeStats, probe } from '../live/prober.ts';
import type { Emit, SourceKind } from './source.ts';

const TIMEOUT_MS = 10_000;

/** Our own requests, open-loop. */
export const probes: SourceKind = {
  name: 'probes',
  speaks: ({ urls }) => (urls.length > 0 ? { requests: true } : undefined),
  async open({ inputs, actions, site, clock, signal, emit, skip }) {
    let plan: ProbePlan | undefined;
    let stats: Promise<ProbeStats> | undefined;
    /** The edge counts our probes among its requests; they are judged as probes. */
    const emitProbe: Emit = (event) => {
      if (plan?.throughEdge && event.kind === 'request') {
        for (const one of site.edges) {
          one.probes.requests++;
          if (!event.ok) one.probes.failed++;
        }
      }
      emit(event);
    };
    return {
      async first() {
        // Only here do the edges know their servers, and with them the containers' ports.
        plan = await planProbes(inputs, site.containers, site.edges, signal);
        plan.notes.forEach(skip);
        // A container that is asked directly is on this machine, whatever its URL says.
        const afar = plan.targets.filter(({ headers }) => !headers?.host).map(({ url }) => url);
        warnOfPlain('urls', afar, actions);
        // Records tell who asked; counters don't.
        if (plan.throughEdge && site.edges.length > 1 && !site.edges.every(({ recorded }) => recorded)) {
          site.edges.length = 0;
          skip("users' requests: the probes pass one of several edges and can't be told from users there");
        }
      },
      async run() {
        if (!plan || plan.targets.length === 0) return;
        const { rate } = inputs;
        const { targets } = plan;
        const phases = new Phases();
        const { ask, close } = await createAsk(inputs, { timeoutMs: TIMEOUT_MS, phases, now: () => clock.mono() });
        stats = probe({ targets, rate, ask, phases, clock, signal, emit: emitProbe, random: Math.random });
        await stats.finally(close);
      },
      async measured() {
        if (!stats || !plan) return [];
        const { sent, notSent, discarded, late, lagP99Ms, told } = await stats;
        const busy =
          late === 0
            ? ''
            : `; ${late} left over 5 ms late, as this machine was busy: they count against the new version only beside the old one's of the same moment`;
        return [
          ...plan.told,
          `${sent} probes sent at ${inputs.rate}/s, ${discarded} before them discarded, ${notSent} not sent because too many were unanswered`,
          `own delay of the prober: p99 ${lagP99Ms.toFixed(1)} ms${busy}`,
          ...told,
        ];
      },
    };
  },
};
