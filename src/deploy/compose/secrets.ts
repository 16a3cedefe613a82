import { mapStrings, type Project } from './project.ts';

/** Names whose value is taken for a secret wherever it comes from. */
const SECRET_NAME = /PASS(WORD|WD|PHRASE)?$|SECRET|TOKEN|CREDENTIAL|PRIVATE|API_?KEY|ACCESS_?KEY|_KEY$|_DSN$|_PWD$/i;
export const looksSecret = (name: string) => SECRET_NAME.test(name);

/** Stands where a secret's value will be, while compose resolves the file; no value of a real file looks like it. */
export const placeholder = (name: string) => `__seatrial_secret_${name}__`;
const PLACEHOLDER = /__seatrial_secret_([A-Za-z_][A-Za-z0-9_]*?)__(?![A-Za-z0-9])/g;

/** A resolved file without a secret in it, and what the secrets were. */
export interface Sealed {
  project: Project;
  /** By variable; compose is given them as its environment, never as text. */
  values: Map<string, string>;
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
      if (!value || !looksSecret(key) || /\$\{/.test(value)) continue;
      const plain = value.replaceAll('$$', '$');
      const taken = values.get(key);
      const name = taken === undefined || taken === plain ? key : `${service}_${key}`.replace(/\W/g, '_').toUpperCase();
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
