import { isMap, isScalar, isSeq, LineCounter, type Node, parseDocument } from 'yaml';
import { holdsSecret, isSecretName, type LintFinding, secretIn } from './secrets.ts';

/** Names of compose files as `docker compose` looks for them, and those beside them (`compose.prod.yaml`). */
export const COMPOSE_FILE = /^(docker-)?compose([.-][\w.-]+)?\.ya?ml$/i;

/** Passwords that every example has: good for a laptop, and no secret of anybody. */
const WEAK =
  /^(pass(word)?|postgres|mysql|mariadb|root|admin|guest|user|test(ing)?|secret|example|local|dev(elopment)?|demo|minio(admin)?|rabbitmq|redis|mongo|sa|1234(5(6(78?)?)?)?|[a-z]*password[!1]?|qwerty)$/i;

const text = (node: unknown) => (isScalar(node) && node.value !== null ? String(node.value) : '');

/** `NAME=value` and `NAME: value` of one `environment` or `args`, each with where it stands. */
function settings(node: unknown): [name: string, value: string, at: number][] {
  if (isMap(node)) {
    return node.items.map(({ key, value }) => [text(key), text(value), (key as Node).range?.[0] ?? 0]);
  }
  if (!isSeq(node)) return [];
  return node.items.map((item) => {
    const [, name = '', value = ''] = /^([^=]+)=(.*)$/s.exec(text(item)) ?? [];
    return [name, value, (item as Node).range?.[0] ?? 0];
  });
}

/** What a value holds once compose has put in what it knows: `${NAME:-default}` is its default, `${NAME}` nothing. */
const literal = (value: string) => value.replace(/\$\{\w+:?-([^}]*)\}/g, '$1').replace(/\$(\{[^}]*\}|\w+)/g, '');

/** Secrets written into the `environment` or the build arguments of a compose file. What can't be read is not judged. */
export function secretsInCompose(file: string, source: string): LintFinding[] {
  const lines = new LineCounter();
  const document = parseDocument(source, { lineCounter: lines, logLevel: 'silent' });
  const services = document.errors.length ? undefined : document.get('services');
  if (!isMap(services)) return [];
  return services.items.flatMap(({ key, value: service }): LintFinding[] => {
    if (!isMap(service)) return [];
    const all = [...settings(service.get('environment')), ...settings(service.getIn(['build', 'args']))];
    return all
      .filter(([name, value]) => {
        const held = literal(value);
        if (value.includes('$') && secretIn(held) === undefined) return false; // a default for a laptop
        return holdsSecret(name, held) && !(isSecretName(name) && WEAK.test(held)) && !weakUrl(held);
      })
      .map(([name, , at]) => ({
        rule: 'secret-in-compose',
        line: lines.linePos(at).line,
        file,
        why: `${name} of the service ${text(key)} looks like a secret: whoever reads the repository reads it.`,
        mend: 'Write ${NAME} and set it where compose runs, or use secrets: with a file.',
      }));
  });
}

/** `postgres://postgres:postgres@db/app`: the address of an example. */
const weakUrl = (value: string) => {
  const password = /:\/\/[^\s/:@]*:([^\s/@]+)@/.exec(value)?.[1];
  return password !== undefined && WEAK.test(password);
};
