import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { MemoryClock } from '../../support/memory/clock.ts';
import { command, postOf } from '../../support/memory/runs.ts';
import { type Fate, SLOTS, type Slots, World } from '../../support/memory/world.ts';

type Step = Record<string, string>;

/** What went well before, and what is then cut off. */
interface Story {
  before: Step[];
  cut: Step;
  hosts?: number;
  /** What may come next; one after the other, by the call at which it was cut. */
  nexts?: Step[];
  /** Users were to be lost. */
  gap?: true;
}

/** What is not true of a world after a run has come to its end; empty when all is. */
function lies(world: World, { before, cut, gap }: Pick<Story, 'before' | 'cut' | 'gap'>): string[] {
  const found: string[] = gap ? [] : [...world.outages];
  const mayWait = [...before, cut].some(({ promote }) => promote === 'manual');
  const say = (wrong: unknown, words: string) => wrong && found.push(`${world.label}: ${words}`);
  const history = world.read();
  say(world.lock, 'the lock is held');
  say(!history && world.instances.length, 'something runs, and no history knows it');
  if (!history) return found;
  say(history.open, 'a command is written down as unfinished');
  // Without an edge, what runs is what serves.
  const running = new Set(world.instances.filter(({ state }) => state === 'running').map(({ release }) => release));
  const all = world.edge ? world.shares() : new Map([...running].map((release) => [release, 1]));
  const shares = [...all].filter(([, share]) => share > 0);
  const status = (release: string) => history.releases.find((r) => r.release === release)?.status;
  const waits = history.releases.some((r) => r.status === 'pending');
  say(waits && !mayWait, 'a release waits that nobody asked to');
  for (const [release] of shares) {
    say(!world.runs(release), `${release} has traffic and does not run`);
    say(!['good', 'pending'].includes(status(release)!), `${release} has traffic and is ${status(release)}`);
  }
  say(history.current && status(history.current) !== 'good', `the current release is ${status(history.current)}`);
  say(
    history.current && !shares.some(([release]) => release === history.current),
    'the current release has no traffic',
  );
  say(!waits && shares.length > 1, 'two releases share the traffic and none of them waits');
  say(!history.current && shares.length, 'something serves, and nothing is current');
  // Whose workers rest and whose work is settled when a run has ended; what fails there is a warning.
  const working = new Set(world.instances.filter((w) => w.aside && w.state === 'running').map((w) => w.release));
  const asleep = world.instances.some((w) => w.aside && w.release === history.current && w.state !== 'running');
  say(asleep, `workers of ${history.current} rest`);
  for (const release of working)
    say(release !== history.current && status(release) !== 'pending', `workers of ${release} go on beside`);
  const testers = world.edge?.testers;
  say(testers && status(testers) !== 'pending', `testers are led to ${testers}, which is ${status(testers ?? '')}`);
  const written = history.edge as Slots | undefined;
  for (const slot of SLOTS) {
    const [use, is] = [written?.[slot], world.edge?.slots[slot]];
    say(use && use.release !== is?.release, `slot ${slot} is written down for another release than it leads to`);
    say(use && Math.abs(use.share - (world.shares().get(use.release) ?? 0)) > 0.001, `the share of ${slot} is wrong`);
  }
  return found;
}

const canary = { strategy: 'canary', 'canary-steps': '10%,100%', watch: '100ms' };
const quick = { watch: '100ms' };
const base: Step[] = [
  { image: 'v0', ...quick },
  { image: 'v1', ...quick },
];
/** One without a port: nothing can be asked, it serves as long as it runs. */
const worker = { strategy: 'recreate', publish: '', port: '', 'health-path': '', 'deploy-timeout': '9s', ...quick };
const pending: Step = { image: 'v2', strategy: 'canary', promote: 'manual', ...quick };

/** Only testers meet it. */
const testersFirst: Step = { ...pending, 'canary-weight': '0%', 'canary-match': 'header X-Canary: 1' };

const nexts: Step[] = [{ image: 'v9', ...quick }, { command: 'rollback' }, { command: 'prune' }];
/** With a worker beside: it takes no traffic, and rests while its release is only kept warm. */
const crewed = (step: Step): Step => ({ ...step, workers: 'queue: work', 'deploy-timeout': '9s' });
const crew = [crewed(nexts[0]!), nexts[1]!];
const stories: Record<string, Story> = {
  // With nothing there, a rollback or a prune has nothing to do and touches nothing, not even a lock that ran out.
  'the first deploy': { before: [], cut: { image: 'v1', ...quick }, nexts: [{ image: 'v9', ...quick }] },
  'a deploy by blue-green': { before: base, cut: { image: 'v2', ...quick } },
  'a deploy by canary, two replicas': { before: base, cut: { image: 'v2', replicas: '2', ...canary } },
  'a deploy of a sick release': { before: base, cut: { image: 'v2-sick', 'deploy-timeout': '300ms', ...quick } },
  'a deploy of a faulty release': { before: base, cut: { image: 'v2-faulty', ...quick } },
  'a deploy that waits for its promote': { before: base, cut: pending },
  'a deploy over one that waits': { before: [...base, pending], cut: { image: 'v3', ...quick } },
  'a deploy for testers first': { before: base, cut: testersFirst },
  'a promote of what testers had': { before: [...base, testersFirst], cut: { command: 'promote', ...quick } },
  'a rollback of what testers had': { before: [...base, testersFirst], cut: { command: 'rollback' } },
  'a promote': { before: [...base, pending], cut: { command: 'promote', ...quick } },
  'a rollback': { before: base, cut: { command: 'rollback' } },
  'a rollback of one that waits': { before: [...base, pending], cut: { command: 'rollback' } },
  'a rollback to what was stopped': {
    before: [...base, { image: 'v2', 'keep-warm': '0s' }],
    cut: { command: 'rollback' },
  },
  'a deploy by recreate': { before: base, cut: { image: 'v2', strategy: 'recreate', ...quick }, gap: true },
  'a rollback to a release by recreate': {
    before: [{ ...base[0]!, strategy: 'recreate' }, base[1]!],
    cut: { command: 'rollback' },
    gap: true,
  },
  'a deploy of a worker': {
    before: [
      { image: 'v0', ...worker },
      { image: 'v1', ...worker },
    ],
    cut: { image: 'v2', ...worker },
    nexts: [{ image: 'v9', ...worker }, ...nexts.slice(1)],
  },
  'a rollback of a worker': {
    before: [
      { image: 'v0', ...worker },
      { image: 'v1', ...worker },
    ],
    cut: { command: 'rollback' },
    nexts: [{ image: 'v9', ...worker }, ...nexts.slice(1)],
  },
  'a deploy with workers': { before: base.map(crewed), cut: crewed({ image: 'v2', ...quick }), nexts: crew },
  'a rollback with workers': { before: base.map(crewed), cut: { command: 'rollback' }, nexts: crew },
  'a deploy to two hosts': { before: base, cut: { image: 'v2', ...quick }, hosts: 2 },
  'a promote on two hosts': { before: [...base, pending], cut: { command: 'promote', ...quick }, hosts: 2 },
  'a rollback on two hosts': { before: base, cut: { command: 'rollback' }, hosts: 2 },
};

const known = new Map<string, Promise<World[]>>();

/** Worlds in which these steps went well; they are taken once and copied for each life. */
async function worldsAfter(before: readonly Step[], hosts = 1): Promise<World[]> {
  const key = JSON.stringify([before, hosts]);
  if (!known.has(key)) known.set(key, begin(before, hosts));
  const worlds = await known.get(key)!;
  const clock = new MemoryClock(worlds[0]!.clock.now());
  return worlds.map((world) => world.copy(clock));
}

async function begin(before: readonly Step[], hosts: number): Promise<World[]> {
  const first = new World('host-1');
  const worlds = [first, ...Array.from({ length: hosts - 1 }, (_, i) => new World(`host-${i + 2}`, '', first.clock))];
  for (const step of before) expect((await command(worlds, step)).end).toBe('ok');
  return worlds;
}

/** The lease of a killed run has to run out. */
const later = (worlds: readonly World[]) => worlds[0]!.clock.pass(61_000);

describe.each(Object.entries(stories))('%s', (_, story) => {
  const { before, cut, hosts, nexts: then = nexts } = story;
  it.each(['die before', 'die after'] as const)(
    'may %s any of its calls: the next run finds and tells the truth',
    async (how) => {
      const whole = await command(await worldsAfter(before, hosts), cut);
      expect(whole.calls.length).toBeGreaterThan(5);
      for (let at = 1; at <= whole.calls.length; at++) {
        const next = then[at % then.length]!;
        const worlds = await worldsAfter(before, hosts);
        const life = `${how} call ${at} (${whole.calls[at - 1]}), then ${next.command ?? 'deploy'}`;
        expect((await command(worlds, cut, { at, how })).end, life).toBe('killed');
        later(worlds);
        const told = await command(worlds, next);
        expect([life, told.end, worlds.flatMap((world) => lies(world, story))]).toEqual([
          life,
          expect.stringMatching(/^(ok|NO_ROLLBACK_TARGET)$/),
          [],
        ]);
        const served = new Set(worlds.map((world) => world.read()?.current ?? ''));
        expect([life, served.size]).toEqual([life, 1]);
      }
    },
  );
});

describe('a post step', () => {
  it.each(Object.entries(stories))(
    'finishes %s that was cut off at any call, while its lease runs',
    async (_, story) => {
      const { before, cut, hosts } = story;
      const whole = await command(await worldsAfter(before, hosts), cut);
      for (let at = 1; at <= whole.calls.length; at++) {
        const worlds = await worldsAfter(before, hosts);
        const told = await command(worlds, cut, { at, how: 'die before' });
        const locked = told.state.get('locks') ?? '';
        if (locked === '' || locked === '[]') continue;
        const life = `die before call ${at} (${whole.calls[at - 1]})`;
        const post = await postOf(told, worlds, cut);
        expect([life, post.end, worlds.flatMap((world) => lies(world, story))]).toEqual([life, 'ok', []]);
      }
    },
  );
});

describe('a run that fails at any call', () => {
  it.each(Object.entries(stories))('%s leaves the truth, or the next run does', async (_, story) => {
    const { before, cut, hosts, nexts: [next] = nexts } = story;
    const whole = await command(await worldsAfter(before, hosts), cut);
    for (let at = 1; at <= whole.calls.length; at++) {
      const how = at % 2 ? 'fail before' : 'fail after';
      const worlds = await worldsAfter(before, hosts);
      await command(worlds, cut, { at, how });
      later(worlds);
      await command(worlds, next!);
      const life = `${how} call ${at} (${whole.calls[at - 1]})`;
      expect([life, worlds.flatMap((world) => lies(world, story))]).toEqual([life, []]);
    }
  });
});

it('lives cut short again and again, also while they repair, end in the truth', async () => {
  const cuts = Object.values(stories)
    .filter(({ gap, cut }) => !gap && cut.strategy !== 'recreate')
    .map(({ cut }) => cut);
  const fate = fc.record({
    at: fc.integer({ min: 1, max: 60 }),
    how: fc.constantFrom('die before', 'die after', 'fail before', 'fail after') as fc.Arbitrary<Fate['how']>,
  });
  const lives = fc.array(fc.tuple(fc.constantFrom(...cuts, ...nexts), fate), { minLength: 1, maxLength: 5 });
  await fc.assert(
    fc.asyncProperty(lives, fc.integer({ min: 1, max: 3 }), async (steps, hosts) => {
      const worlds = await worldsAfter(base, hosts);
      for (const [step, cut] of steps) {
        await command(worlds, step, cut);
        later(worlds);
      }
      const told = await command(worlds, { image: 'v9', ...quick });
      expect(told.end).toBe('ok');
      expect(worlds.flatMap((world) => lies(world, { before: base, cut: pending }))).toEqual([]);
    }),
    { numRuns: 200 },
  );
});
