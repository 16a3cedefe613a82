import { expand, type Instruction, type Stage } from './dockerfile.ts';
import type { LintFinding } from './secrets.ts';

const ROOT = /^(root|0)(:|$)/;

const rootUser = (line: number): LintFinding => ({
  rule: 'root-user',
  line,
  why: 'The container starts as root: a hole in the app is a hole into the host.',
  mend: 'Add USER with an account of its own (node, 1000:1000) at the end.',
});

const noHealthcheck = (line: number): LintFinding => ({
  rule: 'no-healthcheck',
  line,
  why: 'Docker can’t tell whether the app works, and shows a hung one as up.',
  mend: 'Add HEALTHCHECK CMD with a call of the app’s own health path.',
});

const last = (shipped: readonly Instruction[], keyword: string) =>
  shipped.findLast((instruction) => instruction.keyword === keyword && !instruction.onbuild);

/**
 * What the Dockerfile alone decides about user and health check: its own last word on them, or the lack of one on no
 * base at all. The rest depends on the base and is judged by the image (`judgeConfig`).
 */
export function startsAs(chain: readonly Stage[], values: ReadonlyMap<string, string>): LintFinding[] {
  const shipped = chain.flatMap(({ instructions }) => instructions);
  const bare = chain[0]?.base === 'scratch';
  const user = last(shipped, 'USER');
  const check = last(shipped, 'HEALTHCHECK');
  const name = user && expand(user.text.trim().replace(/^(["'])(.*)\1$/, '$2'), values);
  return [
    ...(name === undefined
      ? bare
        ? [rootUser(chain.at(-1)?.line ?? 0)]
        : []
      : ROOT.test(name)
        ? [rootUser(user!.line)]
        : []),
    ...(check ? (/^NONE\b/i.test(check.text) ? [noHealthcheck(check.line)] : []) : bare ? [noHealthcheck(0)] : []),
  ];
}

/** The part of an image's configuration judged here (OCI image spec, config; Docker adds Healthcheck). */
export interface ImageConfig {
  os?: string;
  User?: string | null;
  Healthcheck?: { Test?: string[] | null } | null;
}

/** What the built image says of its user and health check, whoever set them: this Dockerfile or its base. */
export function judgeConfig(config: ImageConfig, chain: readonly Stage[]): LintFinding[] {
  const shipped = chain.flatMap(({ instructions }) => instructions);
  const user = config.User ?? '';
  const test = config.Healthcheck?.Test ?? [];
  return [
    // On Windows an empty user is the base's own choice, often an account without rights.
    ...(config.os !== 'windows' && (user === '' || ROOT.test(user))
      ? [rootUser(last(shipped, 'USER')?.line ?? chain.at(-1)?.line ?? 0)]
      : []),
    ...(test.length === 0 || test[0] === 'NONE' ? [noHealthcheck(last(shipped, 'HEALTHCHECK')?.line ?? 0)] : []),
  ];
}

/** `exec app`, also at the end of several commands: the shell is gone when the app runs. */
const HANDS_OVER = /(?:^|&&|;|\|\|)\s*exec\s[^&;|]*$/;

/**
 * CMD or ENTRYPOINT in shell form: a shell is process 1 then, and docker stop never reaches the app. `exec` in front
 * replaces the shell, and whoever sets SHELL wants one.
 */
export function shellForm(chain: readonly Stage[]): LintFinding[] {
  const shipped = chain.flatMap(({ instructions }) => instructions).filter(({ onbuild }) => !onbuild);
  if (shipped.some(({ keyword }) => keyword === 'SHELL')) return [];
  const entry = last(shipped, 'ENTRYPOINT');
  const command = last(shipped, 'CMD');
  // An ENTRYPOINT in shell form takes no arguments: then CMD is not read at all.
  const judged = entry && !entry.exec ? [entry] : [entry, command];
  return judged.flatMap((instruction): LintFinding[] => {
    if (!instruction || instruction.exec || instruction.text === '' || HANDS_OVER.test(instruction.text)) return [];
    return [
      {
        rule: 'shell-form-cmd',
        line: instruction.line,
        why: `${instruction.keyword} runs in a shell, which passes no signal on: docker stop waits, then kills.`,
        mend: `Write ${instruction.keyword} ["program","argument"], or begin it with exec.`,
      },
    ];
  });
}
