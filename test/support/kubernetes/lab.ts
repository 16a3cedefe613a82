import { expect } from 'vitest';
import { KubernetesTarget } from '../../../src/deploy/kubernetes/target.ts';
import { Api } from '../../../src/lib/kubernetes/api.ts';
import type { Deployment } from '../../../src/lib/kubernetes/types.ts';
import { MemoryClock } from '../memory/clock.ts';
import { commandOn, type Told } from '../memory/runs.ts';
import { StandIn } from './stand-in.ts';

const HOSTS = { hosts: 'kubernetes://lab/shop', kubeconfig: 'of no use here', watch: '200ms' };

interface Seen extends Told {
  /** Share by image, as users meet it. */
  users: [image: string, share: number][];
}

/** A cluster in memory, and commands over it. */
export class Lab {
  readonly clock: MemoryClock;
  readonly cluster: StandIn;

  constructor(clock = new MemoryClock(), cluster = new StandIn(clock)) {
    this.clock = clock;
    this.cluster = cluster;
  }

  /** Another one that stands as this one does. */
  copy(): Lab {
    const clock = new MemoryClock(this.clock.now());
    return new Lab(clock, this.cluster.copy(clock));
  }

  #imageOf(release: string): string {
    const found = this.cluster
      .all<Deployment>('deployments')
      .find(({ metadata }) => metadata.labels?.['io.seatrial.release'] === release);
    return found?.metadata.annotations?.['io.seatrial.image'] ?? release;
  }

  async run(inputs: Record<string, string>, call?: (what: string) => Promise<void> | undefined): Promise<Seen> {
    const deploys = !inputs.command || inputs.command === 'deploy';
    const own: Record<string, string> = deploys ? { publish: '' } : {};
    const target = (context: ConstructorParameters<typeof KubernetesTarget>[1]) =>
      new KubernetesTarget(new Api(this.cluster.wire(call)), context);
    const told = await commandOn((context) => [target(context)], { ...HOSTS, ...own, ...inputs }, this.clock);
    const users = [...this.cluster.users()].filter(([, share]) => share > 0);
    return { ...told, users: users.map(([release, share]) => [this.#imageOf(release), share]) };
  }

  /** A run that dies before its n-th change. Time goes on until its lease is over. */
  async cut(inputs: Record<string, string>, n: number, counts = changes): Promise<string> {
    const dead = Promise.withResolvers<string>();
    let left = n;
    const call = (what: string) => {
      if (!counts(what) || left-- > 0) return undefined;
      dead.resolve(what);
      return new Promise<void>(() => undefined);
    };
    const end = await Promise.race([this.run(inputs, call).then(() => ''), dead.promise]);
    this.clock.pass(61_000);
    return end;
  }
}

/** What makes a difference when it is the last. */
const changes = (what: string) =>
  /^(POST|PUT|PATCH|DELETE) |^HAPROXY set/.test(what) && !/ask what we may do|leases/.test(what);

/** One that serves v2, with v1 warm. */
export async function withTwo(lab = new Lab()): Promise<Lab> {
  expect(await lab.run({ image: 'v1' })).toMatchObject({ end: 'ok', users: [['v1', 1]] });
  expect(await lab.run({ image: 'v2' })).toMatchObject({ end: 'ok', users: [['v2', 1]] });
  return lab;
}
