import { type Project, projectSchema } from '../../../src/deploy/docker/compose/project.ts';
import type { readCompose } from '../../../src/deploy/docker/compose/spec.ts';
import { stackSpec } from '../../../src/deploy/swarm/compose/spec.ts';
import { SwarmTarget } from '../../../src/deploy/swarm/target.ts';
import type { Context } from '../../../src/deploy/target.ts';
import { MemoryClock } from '../memory/clock.ts';
import { commandOn } from '../memory/runs.ts';
import { StandInSwarm } from './stand-in.ts';

const HOSTS = { hosts: 'swarm+unix:///s', watch: '200ms', memory: '64m' };

/** Reads what compose answered beforehand: no test of flows waits for a process. `web` has the traffic. */
const answered =
  (project: Project): typeof readCompose =>
  async (_context, _root, plain, check) => {
    const said = { project, folder: '/nowhere', service: 'web', ports: new Map([['web', undefined]]) };
    check(said);
    return { ...said, doors: undefined, parts: undefined, byItself: 'shop', port: plain.port, publish: plain.publish };
  };

class Composed extends SwarmTarget {
  readonly #context: Context;
  readonly #project: Project;

  constructor(engine: ConstructorParameters<typeof SwarmTarget>[0], context: Context, project: Project) {
    super(engine, context);
    this.#context = context;
    this.#project = project;
  }

  override specify(root: string) {
    return stackSpec(this.#context, root, answered(structuredClone(this.#project)));
  }
}

type Heard = (what: string) => Promise<void> | undefined;

/** A Swarm in memory, and commands over it. */
export class Lab {
  readonly clock = new MemoryClock();
  readonly swarm = new StandInSwarm(this.clock);

  run(inputs: Record<string, string>, call?: Heard) {
    const target = (context: Context) => [new SwarmTarget(this.swarm.engine(call), context)];
    return commandOn(target, { ...HOSTS, ...inputs }, this.clock);
  }

  deploy = (image: string, more: Record<string, string> = {}) => this.run({ image, ...more });

  /** A deploy of what compose has made of a file. */
  compose(project: object, inputs: Record<string, string> = {}, call?: Heard) {
    const read = projectSchema.parse(project);
    const target = (context: Context) => [new Composed(this.swarm.engine(call), context, read)];
    return commandOn(target, { ...HOSTS, memory: '', 'compose-file': 'compose.yml', ...inputs }, this.clock);
  }

  /** One that dies before its n-th change; answers what that was, and nothing where it came to its end. Its lease runs out. */
  cut(project: object, inputs: Record<string, string>, n: number): Promise<string> {
    return this.#cutAt((call) => this.compose(project, inputs, call), n);
  }

  cutRun(inputs: Record<string, string>, n: number): Promise<string> {
    return this.#cutAt((call) => this.run(inputs, call), n);
  }

  async #cutAt(run: (call: Heard) => Promise<unknown>, n: number): Promise<string> {
    const dead = Promise.withResolvers<string>();
    let left = n;
    const call = (what: string) => {
      if (/configs.*lock|set server .* (fqdn|addr|state)|prompt|^show/.test(what)) return undefined;
      // Servers of the front's slots are told the same, one after the other.
      if (/set server (plain|secure)/.test(what) && !/plain.[ab]1 |secure.[ab]8 /.test(what)) return undefined;
      if (left-- > 0) return undefined;
      dead.resolve(what);
      return new Promise<void>(() => undefined);
    };
    const at = await Promise.race([run(call).then(() => ''), dead.promise]);
    this.clock.pass(61_000);
    return at;
  }

  /** Share by image, as users meet it. */
  users() {
    return Object.entries(this.swarm.users()).map(([host, share]) => [this.#imageOf(host), share]);
  }

  #imageOf(host: string) {
    const spec = this.swarm.named(host.replace('tasks.', ''))!.Spec;
    return JSON.parse(spec.Labels['io.seatrial.spec']!).asked;
  }

  /** Where each edge leads testers. */
  leads = () => [...this.swarm.haproxies.values()].map(({ map }) => map.canary);
}
