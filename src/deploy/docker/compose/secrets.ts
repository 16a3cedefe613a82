import { mapStrings, type Project } from './project.ts';

const SECRET_NAME = /PASS(WORD|WD|PHRASE)?$|SECRET|TOKEN|CREDENTIAL|PRIVATE|API_?KEY|ACCESS_?KEY|_KEY$|_PWD$/i;
/** What is said about a secret, and where it lies, is none. */
const ABOUT_ONE = /_(FILE|PATH|DIR|NAME|TTL|ENABLED|LENGTH|EXPIRY|ISSUER|URL)$/i;
const PASSWORD_IN_URL = /:\/\/[^/\s:@]*:[^@\s/]+@/;

/**
 * Whether a variable is taken for a secret though nobody called it one: by its name, or by a password in its URL. A
 * short value hides nothing, and masking `true` or `30` would blot out every log and output.
 */
export function looksSecret(name: string, value: string): boolean {
  if (PASSWORD_IN_URL.test(value)) return true;
  return value.length >= 6 && SECRET_NAME.test(name) && !ABOUT_ONE.test(name);
}

/** Stands where a secret's value will be, while compose resolves the file; no value of a real file looks like it. */
export const placeholder = (name: string) => `__seatrial_secret_${name}__`;
const PLACEHOLDER = /__seatrial_secret_([A-Za-z_][A-Za-z0-9_]*?)__(?![A-Za-z0-9])/g;

/** A resolved file without a secret in it, and what the secrets were. */
export interface Sealed {
  project: Project;
  /** By variable; compose is given them as its environment, never as text. */
  values: Map<string, string>;
}

/** What compose takes for the name of a variable; `${spring.redis.password}` it refuses, and `${auth-token}` means something else. */
export const isVariable = (name: string) => /^[A-Za-z_][A-Za-z0-9_]*$/.test(name);
const asVariable = (text: string) => text.replace(/\W/g, '_').replace(/^\d/, '_$&');

/** A variable that has this value, or none yet: one of another value is somebody else's. */
function nameFor(values: ReadonlyMap<string, string>, service: string, key: string, value: string): string {
  const free = (name: string) => !values.has(name) || values.get(name) === value;
  const [own, of] = [asVariable(key), asVariable(`${service}_${key}`).toUpperCase()];
  if (free(own)) return own;
  for (let n = 1; ; n++) {
    const name = n === 1 ? of : `${of}_${n}`;
    if (free(name)) return name;
  }
}

/**
 * Turns placeholders into `${NAME}`, and takes out what looks like a secret by its name though the file, or an
 * env_file, spelled it out. What is left may be kept in history and labels.
 */
export function seal(project: Project, known: ReadonlyMap<string, string>): Sealed {
  const values = new Map(known);
  const draft = mapStrings(project, (text) => text.replace(PLACEHOLDER, '$${$1}'));
  for (const [service, { environment }] of Object.entries(draft.services)) {
    for (const [key, value] of Object.entries(environment ?? {})) {
      const plain = (value ?? '').replaceAll('$$', '$');
      if (!value || /\$\{/.test(value.replaceAll('$$', '')) || !looksSecret(key, plain)) continue;
      const name = nameFor(values, service, key, plain);
      values.set(name, plain);
      environment![key] = `\${${name}}`;
    }
  }
  return { project: draft, values };
}

/** The secrets a project needs to be brought up, sorted. */
export function secretNames(project: Project): string[] {
  const names = new Set<string>();
  mapStrings(project, (text) => {
    for (const [, name] of text.replaceAll('$$', '').matchAll(/\$\{([A-Za-z_][A-Za-z0-9_]*)\}/g)) names.add(name!);
    return text;
  });
  for (const { environment } of [...Object.values(project.secrets), ...Object.values(project.configs)]) {
    if (environment) names.add(environment);
  }
  return [...names].sort();
}

/** Services that show a secret to everyone who may `docker inspect`. */
export function exposed(project: Project): string[] {
  return Object.entries(project.services).flatMap(([service, { environment }]) =>
    Object.entries(environment ?? {}).flatMap(([key, value]) =>
      /\$\{/.test((value ?? '').replaceAll('$$', '')) ? [`${service}.${key}`] : [],
    ),
  );
}
