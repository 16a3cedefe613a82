import { command, type Told } from '../../support/memory/runs.ts';
import { World } from '../../support/memory/world.ts';

export const one = () => new World('host-1');
export const deploy = (world: World, image: string, more: Record<string, string> = {}) =>
  command([world], { image, ...more });

/** What a world looks like to a user of the outputs, and to users of the app. */
export function seen(world: World) {
  const history = world.read()!;
  return {
    current: history.releases.find(({ release }) => release === history.current)?.image ?? '',
    statuses: history.releases.map(({ image, status }) => `${image} ${status}`),
    traffic: [...world.shares()]
      .filter(([, share]) => share > 0)
      .map(([release, share]) => `${history.releases.find((r) => r.release === release)?.image} ${share}`)
      .sort(),
    open: history.open,
    lock: world.lock,
    outages: world.outages,
  };
}
export const calm = { open: undefined, lock: undefined, outages: [] as string[] };
export const releaseOf = ({ outputs }: Told) => String(outputs.release);
export const state = ({ end, outputs }: Told) => [end, outputs.state, outputs['rolled-back']];
