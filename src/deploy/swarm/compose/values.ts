import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { SeatrialError } from '../../../lib/errors.ts';
import { literal, type Project, type Service } from '../../docker/compose/project.ts';
import type { Context } from '../../target.ts';
import { namesIn } from './fill.ts';

type Kind = 'secrets' | 'configs';
const KINDS: readonly Kind[] = ['secrets', 'configs'];

/** A release keeps what its configs hold; a Swarm takes 500 kB for one, and our history has to fit into one. */
const MOST_BYTES = 64 * 1024;

const usedOf = (service: Service, kind: Kind) => (service[kind] ?? []).map(({ source }) => source);

/** Secrets and configs that some service uses and that are not the Swarm's already. */
const ours = (project: Project, kind: Kind) => {
  const used = new Set(Object.values(project.services).flatMap((service) => usedOf(service, kind)));
  return Object.entries(project[kind]).filter(([key, { external }]) => used.has(key) && !external);
};

/**
 * Files of the checkout taken in, as nodes have no checkout: a config's content becomes a part of the project, a secret's
 * goes into `values` under its own name. COMPOSE_FILE_SECRET for one that can't be read.
 */
export function takeFiles(project: Project, folder: string, values: Map<string, string>): Project {
  const draft = structuredClone(project);
  for (const kind of KINDS) {
    for (const [key, entry] of ours(draft, kind)) {
      if (entry.file === undefined) continue;
      const what = kind === 'secrets' ? 'secret' : 'config';
      let bytes: Buffer;
      try {
        bytes = readFileSync(resolve(folder, entry.file));
      } catch (cause) {
        const words = `compose-file: the ${what} ${key} is the file ${entry.file}, which can't be read; is it in the checkout?`;
        throw new SeatrialError('COMPOSE_FILE_SECRET', words, { cause });
      }
      const text = bytes.toString('utf8');
      if (!Buffer.from(text).equals(bytes) || bytes.length > MOST_BYTES) {
        const words = `compose-file: the ${what} ${key} is no text of at most ${MOST_BYTES / 1024} kB; make it an external ${what} of the Swarm, or put it into the image.`;
        throw new SeatrialError('COMPOSE_FILE_SECRET', words);
      }
      delete entry.file;
      if (kind === 'configs') {
        entry.content = literal(text);
        continue;
      }
      const name = values.has(key) && values.get(key) !== text ? `${key}_file` : key;
      values.set(name, text);
      entry.environment = name;
    }
  }
  return draft;
}

/** Names of secrets that stand in the content of configs. */
const namesInContent = (content: string | undefined): string[] =>
  content === undefined ? [] : namesIn({ image: content });

/** What a secret or config is filled from: names of values, or a text that may have some in it. */
export function sourceOf(project: Project, kind: Kind, key: string): { names: string[]; content?: string } {
  const { environment, content } = project[kind][key]!;
  return environment === undefined
    ? { names: namesInContent(content), content: content ?? '' }
    : { names: [environment] };
}

/** The names of values a service is made with: in its own settings, and in what it is given as files. */
export function valuesNeeded(project: Project, name: string): string[] {
  const service = project.services[name]!;
  const files = KINDS.flatMap((kind) =>
    usedOf(service, kind)
      .filter((key) => project[kind][key] && !project[kind][key].external)
      .flatMap((key) => sourceOf(project, kind, key).names),
  );
  return [...new Set([...namesIn(service), ...files])];
}

/** Each secret and config of ours, with what it is filled from. */
export const sources = (project: Project) =>
  KINDS.flatMap((kind) => ours(project, kind).map(([key]) => ({ kind, key, ...sourceOf(project, kind, key) })));

/** Values of secrets by name: those handed over, and what the step's own environment has under a name that is asked for. */
export const valuesOf = ({ secrets, actions }: Context, names: readonly string[] = []): Map<string, string> => {
  const values = new Map(secrets);
  for (const name of names) {
    const value = secrets.get(name) ?? actions.env[name];
    if (value !== undefined) values.set(name, value);
  }
  return values;
};
