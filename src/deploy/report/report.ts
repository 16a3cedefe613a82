import type { DeployedHost, Deployment, Slot } from '../../lib/deployment.ts';
import { asSeatrialError, type SeatrialError } from '../../lib/errors.ts';
import { code, escapeMarkdown, table } from '../../lib/markdown.ts';
import { formatDuration } from '../../lib/units.ts';
import { edgeName } from '../docker/containers.ts';
import { publishedBy } from '../docker/edge/container.ts';
import { percent } from '../docker/edge/shares.ts';
import type { Host } from '../docker/host.ts';
import { steadily } from '../docker/steady.ts';
import { find, publicHistory, waiting } from '../release/history.ts';
import type { Outcome } from '../rollout/outcome.ts';
import type { Run } from '../rollout/run.ts';

/** A host as verify and notify are handed it: every release that serves, waits, or is warm. */
function hostReport(host: Host, shares: ReadonlyMap<string, number>): DeployedHost {
  const { history } = host;
  const pending = waiting(history)?.release ?? history.open?.release;
  const role = (release: string): Slot['role'] =>
    release === history.current ? 'current' : release === pending ? 'candidate' : 'warm';
  const slots = host
    .releases()
    .filter(
      (release) =>
        release === history.current || release === pending || host.slotOf(release) || (shares.get(release) ?? 0) > 0,
    )
    .filter((release) => host.of(release).some((c) => c.state === 'running' || c.state === 'paused'))
    .map(
      (release): Slot => ({
        release,
        image: host.of(release)[0]!.labels.image,
        role: role(release),
        weight: percent(shares.get(release) ?? 0),
        containers: host.of(release).map(({ id, name }) => ({ id, name })),
      }),
    );
  const { edge } = host.listing;
  return {
    host: host.label,
    edge: edge ? { container: edgeName(host.app), published: publishedBy(edge) } : null,
    slots,
  };
}

/** A picture of who has the traffic, for people who read the log. */
export function drawTraffic(shares: ReadonlyMap<string, number>): string[] {
  return [...shares]
    .filter(([, share]) => share > 0)
    .sort((x, y) => y[1] - x[1])
    .map(
      ([release, share]) =>
        `${'█'.repeat(Math.max(1, Math.round(share * 40))).padEnd(40, '░')} ${String(percent(share)).padStart(5)}%  ${release}`,
    );
}

/** The release most of the traffic is on; empty when nothing serves. */
export function servingOf(shares: ReadonlyMap<string, number>): string {
  const [top] = [...shares].sort((x, y) => y[1] - x[1]);
  return top && top[1] > 0 ? top[0] : '';
}

interface Seen {
  host: Host;
  /** As the edge has them; undefined when it could not be asked: then `silent` says who did not answer. */
  shares?: ReadonlyMap<string, number>;
  silent?: 'engine' | 'edge';
}

/** Shares that reach somebody: what has the traffic and does not run serves nobody. */
const served = ({ host, shares }: Seen): Map<string, number> =>
  new Map([...(shares ?? [])].filter(([release]) => host.of(release).some((c) => c.state === 'running')));

/** A release, with its share where it has not all. */
const name = (release: string, share: number) => (share > 0.999 ? release : `${release} (${percent(share)}%)`);

function lastWords(seen: readonly Seen[]): string {
  return seen
    .map((one) => {
      const { host, shares, silent } = one;
      if (!shares) return `${host.label}: the ${silent} does not answer, so what serves there is not known`;
      const parts = [...served(one)].filter(([, share]) => share > 0).sort((x, y) => y[1] - x[1]);
      const dead = [...shares].filter(([release, share]) => share > 0 && !served(one).has(release));
      const lost = dead
        .map(([release, share]) => `${name(release, share)} has the traffic and does not run`)
        .join(', ');
      if (!parts.length) return `${host.label}: nothing serves${lost && `: ${lost}`}`;
      const on = parts.map(([release, share]) => name(release, share)).join(' and ');
      return `${host.label}: traffic is on ${on}${lost && `, but ${lost}`}`;
    })
    .join('; ');
}

/** A run that waited for another's lock and got none has an old history in mind. */
async function lookAgain(host: Host): Promise<ReadonlyMap<string, number>> {
  if (!host.lock) await host.load();
  return host.shares();
}

async function look(host: Host, cached: boolean): Promise<Seen> {
  try {
    // A cancelled run still tells: nothing stops this.
    return { host, shares: await (cached ? host.shares() : steadily(host, () => lookAgain(host))) };
  } catch (error) {
    // Said in the last words: not known is not "nothing serves".
    return { host, silent: asSeatrialError(error).code.startsWith('EDGE_') ? 'edge' : 'engine' };
  }
}

/** Sets every output, writes the summary, and answers the last words: what users' traffic is on. Never throws over a dead host. */
export async function report(run: Run, out: Outcome, error: SeatrialError | undefined): Promise<string> {
  const { actions, hosts, inputs } = run;
  const cached = inputs.command === 'status' || (inputs.command === 'rollback' && !error);
  const seen = await Promise.all(hosts.map((host) => look(host, cached)));
  const first = seen[0]!;
  const durationMs = Math.round(run.clock.mono() - run.started);
  const serving = servingOf(served(first));
  const { history } = first.host;
  const known = find(history, out.release);
  const deployment: Deployment = {
    app: inputs.app,
    environment: inputs.environment,
    release: out.release,
    previous: out.previous,
    image: out.image,
    state: out.state,
    ...(inputs.url ? { url: inputs.url } : {}),
    hosts: seen.map(({ host, shares }) => hostReport(host, shares ?? new Map())),
  };
  actions.output('release', out.release);
  actions.output('previous-release', out.previous);
  actions.output('serving', serving);
  actions.output('image', out.image || known?.image || '');
  actions.output('state', out.state);
  actions.output('rolled-back', out.rolledBack);
  actions.output('deployment', deployment);
  const same = hosts.every(
    (host) => JSON.stringify(publicHistory(host.history)) === JSON.stringify(publicHistory(history)),
  );
  actions.output(
    'history',
    same
      ? publicHistory(history)
      : {
          ...publicHistory(history),
          hosts: Object.fromEntries(hosts.map((host) => [host.label, publicHistory(host.history)])),
        },
  );
  actions.output('plan', out.plan ?? {});
  actions.output('duration-ms', durationMs);
  actions.output('switch-ms', out.switchMs === undefined ? '' : out.switchMs.toFixed(2));
  for (const one of seen) for (const line of drawTraffic(served(one))) actions.info(line);
  actions.summary(summary(run, out, error, durationMs, seen));
  return `${lastWords(seen)}.`;
}

/** How one host of several ended: what serves there, and what the release is called there. */
function hostRow(seen: Seen, release: string): string[] {
  const { host, shares } = seen;
  const status = find(host.history, release)?.status ?? 'unknown';
  return [code(host.label), host.region, shares ? code(servingOf(served(seen)) || 'nothing') : 'not known', status];
}

function summary(run: Run, out: Outcome, error: SeatrialError | undefined, durationMs: number, seen: Seen[]): string {
  const { inputs } = run;
  const rows = [
    ['Release', code(out.release || 'none')],
    ['Before', code(out.previous || 'none')],
    ...(out.image ? [['Image', code(out.image)]] : []),
    ['State', out.state],
    ['Took', formatDuration(durationMs)],
    ...(out.switchMs === undefined ? [] : [['Switch', `${out.switchMs.toFixed(1)} ms`]]),
  ];
  const changes = out.plan?.changes ?? [];
  return [
    `### ${escapeMarkdown(inputs.command)} ${escapeMarkdown(inputs.app)} (${escapeMarkdown(inputs.environment)})`,
    error ? `**${error.code}**: ${escapeMarkdown(error.message)}` : '',
    table(['', ''], rows),
    seen.length > 1
      ? `\n${table(
          ['Host', 'Region', 'Serves', 'Release'],
          seen.map((s) => hostRow(s, out.release)),
        )}`
      : '',
    changes.length
      ? `\n${table(
          ['Changed', 'From', 'To'],
          changes.map((c) => [c.what, code(c.from), code(c.to)]),
        )}`
      : '',
    out.plan && (inputs['dry-run'] || inputs.command === 'plan')
      ? out.plan.steps.map((step, i) => `${i + 1}. ${escapeMarkdown(step)}`).join('\n')
      : '',
    out.notes.join('\n\n'),
    `\`\`\`\n${seen.flatMap((one) => drawTraffic(served(one))).join('\n') || 'no traffic'}\n\`\`\``,
    `${escapeMarkdown(lastWords(seen))}.`,
  ]
    .filter(Boolean)
    .join('\n\n');
}
