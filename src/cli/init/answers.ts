import { SeatrialError } from '../../lib/errors.ts';
import { CIS, type Ci, type Seen } from './look.ts';

/** All that the written files need to know. */
export interface Answers {
  ci: Ci;
  app: string;
  image: string;
  hosts: string[];
  port: string;
  publish: string;
  healthPath: string;
  locale: string;
  /** There is no Dockerfile at a usual place, and this file says what runs. */
  composeFile?: string;
  /** An image is built: always but where all that the compose file names is there already. */
  builds: boolean;
}

const composeOf = (seen: Seen) => (seen.dockerfile ? undefined : seen.composeFile);
/** What the pipeline begins with; a compose file of ready images has nothing to build. */
const buildsOf = (seen: Seen) => composeOf(seen) === undefined || seen.composeBuilds;

/** Where images of a repository usually go; the owner in lower case, as registries want it. */
function usualImage({ remote, app }: Seen): string {
  const path = remote?.path.toLowerCase();
  if (remote?.host === 'github.com') return `ghcr.io/${path}`;
  if (remote?.host.includes('gitlab')) return `registry.${remote.host}/${path}`;
  return `registry.example.com/${path ?? app}`;
}

interface Question {
  name: string;
  words: string;
  usual: string;
  /** What is wrong with an answer; undefined when nothing is. */
  wrong?: (text: string) => string | undefined;
}

const isPort = (text: string) =>
  /^\d+$/.test(text) && Number(text) >= 1 && Number(text) <= 65535 ? undefined : `"${text}" is not a port.`;

const orEmpty = (wrong: (text: string) => string | undefined) => (text: string) =>
  text === '' ? undefined : wrong(text);

export function questions(seen: Seen): Question[] {
  // A compose file says its ports itself; a guess of ours would be a second word for them.
  const ready = !buildsOf(seen);
  const own = ready ? '; empty is what the compose file says' : '';
  const isOwnPort = ready ? orEmpty(isPort) : isPort;
  return [
    {
      name: 'ci',
      words: `Which CI (${CIS.join(', ')})`,
      usual: seen.ci[0] ?? 'github',
      wrong: (text) => (CIS.includes(text as Ci) ? undefined : `"${text}" is none of ${CIS.join(', ')}.`),
    },
    {
      name: 'app',
      words: 'Name of the app',
      usual: seen.app,
      wrong: (text) =>
        /^[a-z0-9]([a-z0-9-]{0,28}[a-z0-9])?$/.test(text)
          ? undefined
          : `"${text}" is not a name; use lower-case letters, digits and dashes, at most 30.`,
    },
    {
      name: 'image',
      words: 'Repository of the image, without a tag',
      usual: usualImage(seen),
      wrong: (text) => (/^[a-z0-9][a-z0-9._:/-]*[a-z0-9]$/.test(text) ? undefined : `"${text}" is not a repository.`),
    },
    {
      name: 'hosts',
      words: 'Docker hosts, with commas between them',
      usual: 'ssh://deploy@shop-1.example.com',
      wrong: (text) => (text.includes('://') ? undefined : `"${text}" is not a host; write ssh://user@h.`),
    },
    {
      name: 'port',
      words: `Port the app listens on in its container${own}`,
      usual: ready ? '' : String(seen.port ?? 8080),
      wrong: isOwnPort,
    },
    {
      name: 'publish',
      words: `Port on the host${own}`,
      usual: ready ? '' : '80',
      wrong: (text) => isOwnPort(text.replace(/^[\d.]+:/, '')),
    },
    {
      name: 'health-path',
      words: 'Path that answers when the app is well',
      usual: '/healthz',
      wrong: (text) => (text.startsWith('/') ? undefined : 'It must begin with a slash.'),
    },
    {
      name: 'locale',
      words: 'Language of the messages (zh-CN, en)',
      usual: 'zh-CN',
      wrong: (text) => (['zh-CN', 'en'].includes(text) ? undefined : `"${text}" is neither zh-CN nor en.`),
    },
  ];
}

/** Given flags first; what is left is asked, or taken as usual where nobody can be asked. */
export async function answer(
  seen: Seen,
  given: ReadonlyMap<string, string>,
  ask: ((words: string, usual: string) => Promise<string>) | undefined,
): Promise<Answers> {
  const found: Record<string, string> = {};
  for (const { name, words, usual, wrong } of questions(seen)) {
    const flag = given.get(name);
    let text = flag ?? usual;
    if (flag === undefined && ask) text = (await ask(words, usual)) || usual;
    const problem = wrong?.(text);
    if (problem) throw new SeatrialError('INPUT_INVALID', `${name}: ${problem}`);
    found[name] = text;
  }
  const hosts = found
    .hosts!.split(/[,\n]/)
    .map((host) => host.trim())
    .filter(Boolean);
  return {
    ci: found.ci as Ci,
    app: found.app!,
    image: found.image!,
    hosts,
    port: found.port!,
    publish: found.publish!,
    healthPath: found['health-path']!,
    locale: found.locale!,
    composeFile: composeOf(seen),
    builds: buildsOf(seen),
  };
}
