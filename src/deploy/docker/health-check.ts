import type { Engine } from '../../lib/docker/engine.ts';
import { execIn } from '../../lib/docker/exec.ts';
import { lastWords } from '../../lib/docker/inspect.ts';
import type { ContainerInspectInfo } from '../../lib/docker/types.ts';
import type { Look } from '../target.ts';

/** The check as the words of a command: `CMD` gives words, `CMD-SHELL` a script. Undefined where there is none. */
export function checkCommand(test: readonly string[] | undefined, shell?: readonly string[]): string[] | undefined {
  const [kind, ...words] = test ?? [];
  if (kind === 'CMD-SHELL') return [...(shell?.length ? shell : ['/bin/sh', '-c']), words[0] ?? 'true'];
  return kind === 'CMD' && words.length ? words : undefined;
}

/**
 * Runs a container's own health check once, as the engine would. The engine asks in the image's rhythm, every 30 s where
 * it names none; a gate that waited for that would take as long. What can't be run says nothing: the engine's word holds.
 */
export async function runCheck(
  engine: Engine,
  info: ContainerInspectInfo,
  timeoutMs: number,
  signal?: AbortSignal,
): Promise<Partial<Pick<Look, 'health' | 'healthSaid'>>> {
  const { Healthcheck, Shell } = info.Config as { Healthcheck?: { Test?: string[] }; Shell?: string[] };
  const command = checkCommand(Healthcheck?.Test, Shell);
  if (!command) return {};
  try {
    const { exitCode, stdout, stderr } = await execIn(engine, info.Id, command, { timeoutMs, signal });
    const healthSaid = lastWords(`${stdout} ${stderr}`);
    return exitCode === 0 ? { health: 'healthy', healthSaid } : { healthSaid };
  } catch (error) {
    signal?.throwIfAborted();
    return { healthSaid: lastWords(error instanceof Error ? error.message : String(error)) };
  }
}
