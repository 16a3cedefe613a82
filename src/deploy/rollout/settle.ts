import { asSeatrialError } from '../../lib/errors.ts';
import { pauseContainer } from '../docker/containers.ts';
import type { Host } from '../docker/host.ts';
import { find, waiting } from '../release/history.ts';
import { pruneHost } from './prune.ts';
import type { Run } from './run.ts';
import { drain, stopRelease } from './steps.ts';

/**
 * After a switch: the old release is kept warm as asked, those before it are stopped, the oldest go. The release is
 * good by now, so what fails here is a warning; the next command does it.
 */
export async function settle(run: Run, release: string, olds: ReadonlyMap<Host, string>): Promise<void> {
  const tidy = async (host: Host, old: string) => {
    try {
      if (old && old !== release && host.of(old).length) await keepWarm(run, host, old);
      await sweep(run, host);
      await pruneHost(run, host);
    } catch (error) {
      const problem = asSeatrialError(error);
      run.actions.warning(
        `${host.label}: ${release} is good, but tidying up failed (${problem.code}: ${problem.message}); the next command does it.`,
      );
    }
  };
  await Promise.all([...olds].map(([host, old]) => tidy(host, old)));
}

async function keepWarm(run: Run, host: Host, old: string): Promise<void> {
  const { inputs } = run;
  const spec = find(host.history, old)?.spec;
  // A worker that takes jobs from a queue must not go on doing so beside its successor.
  const as = inputs['keep-warm'] === 0 || !spec?.port || !host.edged ? 'stopped' : inputs['keep-warm-as'];
  if (as === 'running') return;
  await drain(run, host, old);
  await host.lock?.guard();
  if (as === 'stopped') await stopRelease(host, old);
  else {
    for (const { id, state } of host.of(old)) if (state === 'running') await pauseContainer(host.engine, id, true);
  }
  await host.refresh();
}

/** Stops what runs without traffic and without a reason: warm time over, or no slot any more. */
export async function sweep(run: Run, host: Host): Promise<void> {
  const { history } = host;
  const needed = new Set([history.current, waiting(history)?.release, history.open?.release, history.open?.back]);
  for (const release of host.releases()) {
    if (needed.has(release) || !host.of(release).some((c) => c.state !== 'exited' && c.state !== 'created')) continue;
    const until = Date.parse(find(history, release)?.warmUntil ?? '');
    if (host.slotOf(release) && until > host.now()) continue;
    run.say(`${host.label}: ${release} is no longer kept warm; stopping it`);
    await drain(run, host, release);
    await stopRelease(host, release);
  }
}
