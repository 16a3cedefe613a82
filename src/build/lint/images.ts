import { type Dockerfile, isStage, type Stage } from './dockerfile.ts';
import type { LintFinding } from './secrets.ts';

const PIN = 'Name a version, better with its digest: node:24.21.0-slim@sha256:….';

/** Whether a name of an image is another image tomorrow: no tag, or `latest`, and no digest. */
function floats(image: string): boolean {
  if (image === '' || image === 'scratch' || image.includes('$') || image.includes('@')) return false;
  const tag = /:([^:/]+)$/.exec(image)?.[1];
  return tag === undefined || tag === 'latest';
}

/** `contexts` are names the call gives to other sources (`build-contexts`): those are no images. */
export function latestBases(dockerfile: Dockerfile, stages: readonly Stage[], contexts: ReadonlySet<string>) {
  return stages
    .filter((stage) => floats(stage.base) && !contexts.has(stage.base) && !isStage(dockerfile, stage, stage.base))
    .map(
      ({ base, line }): LintFinding => ({
        rule: 'latest-base',
        line,
        why: `${base} is another image tomorrow: the same commit then builds something else.`,
        mend: PIN,
      }),
    );
}

/** `COPY --from=nginx`: files of an image that nobody pinned. */
export function unpinnedSources(dockerfile: Dockerfile, stages: readonly Stage[], contexts: ReadonlySet<string>) {
  return stages.flatMap((stage) =>
    stage.instructions.flatMap(({ keyword, line, flags, onbuild }): LintFinding[] => {
      if (keyword !== 'COPY' || onbuild) return [];
      const from = flags.find(([name]) => name === 'from')?.[1] ?? '';
      if (!floats(from) || /^\d+$/.test(from) || contexts.has(from) || isStage(dockerfile, stage, from)) return [];
      return [
        {
          rule: 'copy-from-unpinned',
          line,
          why: `Files of ${from} are copied, and it is another image tomorrow.`,
          mend: PIN,
        },
      ];
    }),
  );
}

/** `ADD https://…` without a checksum: whatever is served at build time. A git address pinned to a commit is none. */
export function addedUrls(stages: readonly Stage[]): LintFinding[] {
  return stages.flatMap(({ instructions }) =>
    instructions.flatMap(({ keyword, line, text, exec, flags, onbuild }): LintFinding[] => {
      if (keyword !== 'ADD' || onbuild || flags.some(([name]) => name === 'checksum')) return [];
      const sources = (exec ?? text.split(/\s+/)).slice(0, -1).map((word) => word.replace(/^["']|["']$/g, ''));
      const remote = sources.find((word) => /^(https?|ftp):\/\//i.test(word));
      if (!remote || /\.git#[0-9a-f]{40}\b/.test(remote)) return [];
      return [
        {
          rule: 'add-url',
          line,
          why: 'ADD takes whatever the address serves that day, unchecked.',
          mend: 'Add --checksum=sha256:…, or fetch, check and unpack it in one RUN.',
        },
      ];
    }),
  );
}
