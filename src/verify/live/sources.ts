import type { Actions } from '../../lib/actions.ts';
import type { Clock } from '../../lib/clock.ts';
import { statusOf } from '../../lib/docker/engine.ts';
import { createHttp } from '../../lib/http.ts';
import type { VerifyInputs } from '../inputs.ts';
import type { JudgeEvent } from '../judge/types.ts';
import { parseNamed, parseSelector } from '../sources/specs.ts';
import { Tail } from '../tail.ts';
import { checkAddresses, warnOfPlain } from './addresses.ts';
import { Edge } from './edge.ts';
import { followLog, readLog } from './logs.ts';
import { planProbes } from './probe-plan.ts';
import { type ProbeStats, probe } from './prober.ts';
import { comparedQueries, createLoki, createMetrics, createPrometheus, type Releases } from './queries.ts';
import { findTargets, openHosts, stillThere, type Target } from './targets.ts';
import { Vitals } from './vitals.ts';

export interface SourceContext {
  emit: (event: JudgeEvent) => void;
  /** A source that can't come back: the verdict is an error, whatever the others say. */
  lost: (error: unknown) => void;
  signal: AbortSignal;
  clock: Clock;
}

export interface Sources {
  vitals: Vitals[];
  tail: Tail;
  notChecked: string[];
  measured(): Promise<string[]>;
  close(): Promise<void>;
}

const EVERY = 2000;
/** What the old version wrote so long ago is still part of its baseline. */
const HISTORY_MS = 10 * 60_000;
/** Failures in a row before a source counts as lost. */
const PATIENCE = 3;

/** Calls `read` every two seconds until the signal aborts; the third failure in a row is the source's loss. */
async function poll(read: () => Promise<void>, { clock, signal, lost }: SourceContext): Promise<void> {
  let failures = 0;
  while (!signal.aborted) {
    const started = clock.mono();
    try {
      await read();
      failures = 0;
    } catch (error) {
      if (signal.aborted) return;
      if (++failures >= PATIENCE) return lost(error);
    }
    await clock.sleep(Math.max(100, EVERY - (clock.mono() - started)), signal).catch(() => undefined); // aborted: the loop ends itself
  }
}

/** A followed log ends when its container does, or when its host restarts it; then it is taken up again. */
async function follow(target: Target, sinceMs: number, tail: Tail, context: SourceContext): Promise<void> {
  let since = sinceMs;
  let gone = false;
  await poll(async () => {
    if (gone) return;
    const from = since;
    since = Date.now();
    const seen = (line: string) => {
      since = Date.now();
      if (target.version === 'new') tail.push(target.name, line);
    };
    try {
      await followLog(target, from, context.emit, seen, context.signal);
    } catch (error) {
      // The vitals tell that a container is gone; its log ends with it.
      if (statusOf(error) !== 404) throw error;
      gone = true;
    }
  }, context);
}

type Ask = (emit: SourceContext['emit'], signal: AbortSignal) => Promise<void>;

/** Prometheus, Loki and JSON figures, each to be asked again and again. */
async function openQueries(inputs: VerifyInputs, actions: Actions, sinceMs: number) {
  const asks: Ask[] = [];
  if (inputs.queries.length + inputs.metrics.length + inputs['loki-queries'].length === 0) return { asks };
  const releases: Releases = { old: inputs.deployment?.previous ?? '', new: inputs.deployment?.release ?? '' };
  const http = await createHttp(actions.env);
  const named = (given: string[]) => given.map((line, i) => parseNamed(line, i + 1));
  if (inputs['prometheus-url']) {
    const compared = comparedQueries(inputs);
    const asked = named(inputs.queries).filter(
      ({ name, value }) => !value.includes('$version') || compared.includes(name),
    );
    asks.push(createPrometheus(http, inputs['prometheus-url'], asked, releases));
  }
  if (inputs.metrics.length > 0) asks.push(createMetrics(http, named(inputs.metrics)));
  if (!inputs['loki-url']) return { asks };
  const selectors = inputs['loki-queries']
    .map((line, i) => parseSelector(line, i + 1))
    // A first release has nobody before it, and an empty label would be anybody's.
    .filter(({ version, selector }) => releases[version] !== '' || !selector.includes('$version'));
  const loki = createLoki(http, inputs['loki-url'], selectors, releases, sinceMs);
  asks.push(loki.read);
  return { asks, loki };
}

/** Starts every source the inputs name. Errors of the start are thrown; later ones go to `lost`. */
export async function startSources(inputs: VerifyInputs, actions: Actions, context: SourceContext): Promise<Sources> {
  checkAddresses(inputs, actions);
  const notChecked: string[] = [];
  const tail = new Tail();
  const sinceMs = Date.now();
  let close: () => Promise<void> = async () => undefined;
  let targets: Target[] = [];
  const edges: Edge[] = [];
  if (inputs.deployment || inputs.containers.length > 0) {
    const opened = await openHosts(inputs, actions.env, (line) => actions.warning(line), context.signal);
    close = opened.close;
    try {
      targets = await findTargets(inputs, opened.hosts, context.signal);
      for (const [i, { edge, slots }] of (inputs.deployment?.hosts ?? []).entries()) {
        if (!edge) continue;
        const versionOf = (server: string) => {
          const slot = slots.find(({ containers }) =>
            containers.some(({ name }) => name === server || server.startsWith(`${name}.`)),
          );
          const found = slot?.containers[0]?.id;
          return targets.find((target) => target.id === found)?.version;
        };
        edges.push(new Edge(opened.hosts[i]!, edge.container, versionOf));
      }
    } catch (error) {
      await close();
      throw error;
    }
  } else notChecked.push('container logs and vitals: no deployment and no containers were given');
  const { left, gone } = await stillThere(targets, context.signal);
  targets = left;
  for (const name of gone) notChecked.push(`the old version's container ${name}: it is gone`);
  const { asks, loki } = await openQueries(inputs, actions, sinceMs);
  // The old version's last minutes come first: the judge's time never runs back.
  const past = await Promise.all([
    ...targets
      .filter((target) => target.version === 'old')
      .map((target) => readLog(target, sinceMs - HISTORY_MS, sinceMs, context.signal)),
    loki?.history(sinceMs - HISTORY_MS, context.signal) ?? [],
  ]);
  for (const event of past.flat().sort((a, b) => a.t - b.t)) context.emit(event);
  const vitals = targets.map((target) => new Vitals(target));
  // The first reading is awaited: a host that refuses is told before anything is measured.
  for (const one of vitals) await one.read(context.emit, context.signal);
  for (const edge of edges) {
    await edge.read(context.emit, context.signal).catch(() => {
      notChecked.push(`the edge ${edge.container}: its counters could not be read`);
      edges.splice(edges.indexOf(edge), 1);
    });
  }
  for (const { target, comparable } of vitals)
    if (!comparable) notChecked.push(`the digest ${target.name} runs: its image came from no registry`);
  const plan = await planProbes(inputs, targets, edges, context.signal);
  notChecked.push(...plan.notes);
  // A container that is asked directly is on this machine, whatever its URL says.
  const afar = plan.targets.filter(({ headers }) => !headers?.host);
  warnOfPlain(
    'urls',
    afar.map(({ url }) => url),
    actions,
  );
  if (plan.throughEdge && edges.length > 1) {
    edges.length = 0;
    notChecked.push("users' requests: the probes pass one of several edges and can't be told from users there");
  }
  const apart = inputs.queries.filter((line) => line.includes('$version')).length - comparedQueries(inputs).length;
  if (apart > 0) notChecked.push('queries with $version: there is no old version to compare with here');
  if (targets.length > 0 && !targets.some((target) => target.version === 'old') && inputs.mode === 'verify') {
    notChecked.push('the old version: no container of it was given or is left');
  }
  for (const target of targets) void follow(target, sinceMs, tail, context);
  for (const one of vitals) void poll(() => one.read(context.emit, context.signal), context);
  for (const edge of edges) void poll(() => edge.read(context.emit, context.signal), context);
  for (const ask of asks) void poll(() => ask(context.emit, context.signal), context);
  const emitProbe: SourceContext['emit'] = (event) => {
    if (plan.throughEdge && event.kind === 'request') {
      for (const { probes } of edges) {
        probes.requests++;
        if (!event.ok) probes.failed++;
      }
    }
    context.emit(event);
  };
  let probing: Promise<ProbeStats> | undefined;
  if (plan.targets.length > 0) {
    probing = probe({
      targets: plan.targets,
      rate: inputs.rate,
      timeoutMs: 10_000,
      clock: context.clock,
      signal: context.signal,
      emit: emitProbe,
      random: Math.random,
    });
    probing.catch(context.lost);
  } else notChecked.push('latency and errors by probes: no URL to probe');
  const measured = async () => {
    if (!probing) return [];
    const { sent, notSent, discarded, late, lagP99Ms, told } = await probing;
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
  };
  return { vitals, tail, notChecked, measured, close };
}
