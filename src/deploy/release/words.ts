import { formatDuration, formatSize } from '../../lib/units.ts';
import type { Spec } from './spec.ts';

/* What a spec says, as a reader of a plan compares it. Pure. */

export const list = (values: readonly string[] = []): string => values.join(', ') || 'none';

/** Options that few use: named only where they are. */
export const named = (words: Record<string, string | 0 | false | undefined>): Record<string, string> =>
  Object.fromEntries(Object.entries(words).flatMap(([name, text]) => (text ? [[name, text]] : [])));

export const limits = ({ memory, cpus }: Spec) => ({
  memory: memory === undefined ? 'unlimited' : formatSize(memory),
  cpus: cpus === undefined ? 'unlimited' : String(cpus),
});

/** Who runs, what, and how its health is asked for. */
export function processWords({ user, readOnly, entrypoint, args, health }: Spec) {
  return {
    user: user ?? 'of the image',
    'read-only': String(readOnly),
    command: [...entrypoint, ...args].join(' ') || 'of the image',
    health: [
      health.path,
      health.host && `as ${health.host}`,
      health.status && `answers ${health.status}`,
      health.headers && `with ${health.headers.map((line) => line.split(':')[0]).join(', ')}`,
      health.command,
      `${health.after} in a row`,
      `within ${formatDuration(health.deadlineMs)}`,
    ]
      .filter(Boolean)
      .join(', '),
  };
}

interface Logs {
  logDriver?: string;
  logOptions?: Record<string, string>;
  logMaxSize: string;
  logMaxFile: number;
}

export const logWords = ({ logDriver, logOptions = {}, logMaxSize, logMaxFile }: Logs): string =>
  logDriver ? `${logDriver} ${Object.keys(logOptions).join(', ')}`.trim() : `${logMaxSize} x ${logMaxFile}`;

/** Variables whose name or value looks like a secret; a short value is in many a text by chance. */
export function secretLike(env: Spec['env'], secrets: ReadonlyMap<string, string>): string[] {
  const known = [...secrets.values()].filter((value) => value.length >= 6);
  return Object.entries(env).flatMap(([name, value]) =>
    /PASSWORD|PASSWD|SECRET|TOKEN|PRIVATE|API_?KEY/i.test(name) || known.some((secret) => value.includes(secret))
      ? [name]
      : [],
  );
}

/** What a careful reader would say of a release on any kind of target; `seen` says who sees what is in `env`. */
export function commonWarnings(
  spec: Spec,
  { whole, seen }: { whole: string; seen: string },
  secrets: ReadonlyMap<string, string>,
): string[] {
  const suspicious = secretLike(spec.env, secrets);
  return [
    ...(spec.memory === undefined ? [`No memory limit: one leak takes ${whole} down. Give memory, e.g. 512m.`] : []),
    ...(suspicious.length
      ? [`env holds what looks like a secret (${suspicious.join(', ')}): ${seen}. Use secrets.`]
      : []),
    ...(!spec.health.path && spec.port
      ? ['No health-path: the gate only sees that the port takes connections. Give one, e.g. /healthz.']
      : []),
  ];
}
