import { isDeepStrictEqual } from 'node:util';
import { describe, expect, it } from 'vitest';
import { claimNames, joinEdge, leaveFront, releaseNames, stands } from '../../../src/deploy/docker/front/front.ts';
import { readFront } from '../../../src/deploy/docker/front/read.ts';
import { saveCertificates } from '../../../src/deploy/docker/front/save.ts';
import { upgradeFront } from '../../../src/deploy/docker/front/upgrade.ts';
import type { Host } from '../../../src/deploy/docker/host.ts';
import type { Claim } from '../../../src/deploy/front/claim.ts';
import { FRONT, FRONT_LEAVING } from '../../../src/deploy/front/names.ts';
import { parseTable } from '../../../src/deploy/front/table.ts';
import { type FrontFate, FrontWorld, frontFilesOf, frontHost, MemoryEngine } from '../../support/memory/front-host.ts';

/*
 * The front door is shared: a run of one app may die at any call while it makes, changes or remakes it. The traffic of the
 * others never notices, the front would come back with all of them if its container were started again at that moment,
 * and the next run of whichever app puts in order what is left.
 */

const auto = (domains: string[], more: Partial<Claim> = {}): Claim => ({
  domains,
  redirects: [],
  tls: 'auto',
  acme: { server: 'https://ca.example/dir' },
  ...more,
});
const PEM =
  '-----BEGIN CERTIFICATE-----\nown\n-----END CERTIFICATE-----\n-----BEGIN PRIVATE KEY-----\nkey\n-----END PRIVATE KEY-----\n';
const own = (domains: string[]): Claim => ({ domains, redirects: [], tls: 'own' });

type Step = (host: Host, world: FrontWorld) => Promise<unknown>;
/** What a deploy does at the front: its names, and where its edge is; then its edge keeps what it claims. */
const claims =
  (claim: Claim): Step =>
  async (host, world) => {
    const standing = await claimNames(host, claim);
    await joinEdge(host);
    world.keep(host.app, standing);
  };
/** A deploy that asks for what it has already: it looks, and mends what is not so. */
const looks =
  (claim: Claim): Step =>
  async (host, world) => {
    const { app: _app, image: _image, http: _http, https: _https, ...kept } = world.kept(host.app) ?? {};
    if (!isDeepStrictEqual(kept, claim) || !(await stands(host, claim))) return claims(claim)(host, world);
    return joinEdge(host);
  };
const leaves: Step = async (host, world) => {
  await releaseNames(host);
  world.keep(host.app, undefined);
  await leaveFront(host);
};

interface Ended {
  end: 'ok' | 'died' | string;
  calls: string[];
}
/** One run of an app, to its end or to its death; what `watch` finds after each call is wrong. */
async function run(
  world: FrontWorld,
  app: string,
  step: Step,
  { fate, watch = () => [] }: { fate?: FrontFate; watch?: () => string[] } = {},
): Promise<Ended & { wrong: string[] }> {
  const wrong: string[] = [];
  const engine = new MemoryEngine(
    world,
    (call) => wrong.push(...watch().map((words) => `after "${call}": ${words}`)),
    fate,
  );
  const inputs = app === 'own' ? { 'tls-certificate': PEM } : undefined;
  const whole = step(frontHost(world, engine, app, inputs), world).then(
    () => 'ok',
    (error: Error) => String(error),
  );
  const end = await Promise.race([whole, engine.died.then(() => 'died')]);
  return { end, calls: engine.calls, wrong };
}

const SHOP = auto(['shop.test', 'www.shop.test/api']);
const BLOG = auto(['www.shop.test', 'blog.test']);
const OWN = own(['own.test']);
const OTHERS: [string, Claim][] = [
  ['blog', BLOG],
  ['own', OWN],
];

/** Two other apps behind the front, and the shop with an edge and no names yet. */
async function withOthers(): Promise<FrontWorld> {
  const world = new FrontWorld();
  for (const app of ['blog', 'own', 'shop']) world.edge(app);
  for (const [app, claim] of OTHERS) {
    expect((await run(world, app, claims(claim))).end).toBe('ok');
    world.issue();
  }
  return world;
}
async function withShop(): Promise<FrontWorld> {
  const world = await withOthers();
  expect((await run(world, 'shop', claims(SHOP))).end).toBe('ok');
  world.issue();
  return world;
}
async function empty(): Promise<FrontWorld> {
  const world = new FrontWorld();
  for (const app of ['shop', 'blog', 'own']) world.edge(app);
  return world;
}
const lostContainer = async () => {
  const world = await withShop();
  // What was not yet on the disk is gone with it.
  const save: Step = async (host) => saveCertificates(host.engine, FRONT, (await readFront(host)).table);
  expect((await run(world, 'blog', save)).end).toBe('ok');
  world.boxes.delete(world.find(FRONT)!.id);
  return world;
};

interface Story {
  before: () => Promise<FrontWorld>;
  cut: Step;
  /** What the shop has when it is done; none where it has left. */
  claim?: Claim;
  /** Others that have traffic before, and whose traffic must never notice. */
  untouched: [string, Claim][];
}

/** The runs that may come next, before the shop's own is done again: none, or one of another app that asks for little or much. */
const NEXTS: [string, Step][][] = [
  [],
  [['blog', looks(BLOG)]],
  [['blog', claims(auto([...BLOG.domains, 'new.test']))]],
  [['shop', looks(SHOP)]],
];
const moved = auto(['shop.test', 'www.shop.test/v2', 'm.shop.test'], {
  redirects: [{ from: 'old.test', to: 'shop.test' }],
});
const paths = auto(['shop.test', 'www.shop.test/v2']);

const stories: Record<string, Story> = {
  'the first app makes the front': { before: empty, cut: claims(SHOP), claim: SHOP, untouched: [] },
  'an app comes behind it': { before: withOthers, cut: claims(SHOP), claim: SHOP, untouched: OTHERS },
  'an app gets other paths': { before: withShop, cut: claims(paths), claim: paths, untouched: OTHERS },
  'an app gets other names': { before: withShop, cut: claims(moved), claim: moved, untouched: OTHERS },
  'an app asks for what it has': { before: withShop, cut: looks(SHOP), claim: SHOP, untouched: OTHERS },
  'an app leaves it': { before: withShop, cut: leaves, untouched: OTHERS },
  'a lost front is made anew': { before: lostContainer, cut: looks(SHOP), claim: SHOP, untouched: [] },
};

/** The calls to die at; only sending files has a middle. */
const callsOf = ({ calls }: Ended, how: FrontFate['how']): number[] =>
  calls.flatMap((call, i) => (how !== 'die midway' || call.startsWith('put files') ? [i + 1] : []));

describe.each(Object.entries(stories))('%s', (_, { before, cut, claim, untouched }) => {
  it.each(['die before', 'die midway', 'die after'] as const)('and may %s any of its calls', async (how) => {
    const start = await before();
    const whole = await run(start.copy(), 'shop', cut);
    expect(whole.end).toBe('ok');
    expect(whole.calls.length).toBeGreaterThan(5);
    for (const at of callsOf(whole, how)) {
      const world = start.copy();
      const watch = () => untouched.flatMap(([app, has]) => world.astray(app, has));
      const life = `${how} call ${at} (${whole.calls[at - 1]})`;
      const died = await run(world, 'shop', cut, { fate: { at, how }, watch });
      expect([life, died.end, died.wrong]).toEqual([life, 'died', []]);
      // The host starts again at this moment: what is on the disk is whole, unless it was cut in the middle of a write.
      if (untouched.length && how !== 'die midway') {
        const restarted = world.copy();
        restarted.start(restarted.find(FRONT)!);
        restarted.resolve();
        const lost = untouched
          .flatMap(([app, has]) => restarted.astray(app, has))
          .filter((words) => !/certificate/.test(words));
        expect([life, lost]).toEqual([life, []]);
      }
      world.t += 61_000; // its lease runs out
      const own: [string, Step] = ['shop', claim ? (at % 2 ? claims(claim) : looks(claim)) : leaves];
      for (const [app, step] of [...NEXTS[at % NEXTS.length]!, own]) {
        const next = await run(world, app, step, { watch });
        expect([life, next.end, next.wrong]).toEqual([life, 'ok', []]);
      }
      world.issue();
      expect([life, claim ? world.astray('shop', claim) : []]).toEqual([life, []]);
      // A dead run's lock that nobody needed goes with the next change.
      expect((await run(world, 'own', claims(OWN))).end).toBe('ok');
      expect([life, world.find(`${FRONT}-lock`)]).toEqual([life, undefined]);
      const routes = [...world.find(FRONT)!.worker!.routes.values()];
      expect([life, routes.includes('app-shop')]).toEqual([life, claim !== undefined]);
      const table = parseTable(frontFilesOf(world).get('front.json') ?? '');
      expect([life, typeof table === 'string' ? table : Object.keys(table.apps).includes('shop')]).toEqual([
        life,
        claim !== undefined,
      ]);
    }
  });
});

describe('the front is made anew by its own command', () => {
  it.each(['die before', 'die midway', 'die after'] as const)('and may %s any of its calls', async (how) => {
    const start = await withShop();
    const all: [string, Claim][] = [...OTHERS, ['shop', SHOP]];
    const anew: Step = (host) => upgradeFront(host);
    const done = start.copy();
    const whole = await run(done, 'shop', anew);
    expect([whole.end, all.flatMap(([app, claim]) => done.astray(app, claim))]).toEqual(['ok', []]);
    for (const at of callsOf(whole, how)) {
      const world = start.copy();
      const life = `${how} call ${at} (${whole.calls[at - 1]})`;
      expect([life, (await run(world, 'shop', anew, { fate: { at, how } })).end]).toEqual([life, 'died']);
      world.t += 61_000;
      const nexts: [string, Step][] = at % 2 ? [['blog', looks(BLOG)]] : [['shop', anew]];
      for (const next of nexts) expect([life, (await run(world, ...next)).end]).toEqual([life, 'ok']);
      // Of those whose own run it was not, the edge is found by the addresses on the host.
      world.issue();
      expect([life, all.flatMap(([app, claim]) => world.astray(app, claim))]).toEqual([life, []]);
      // One that has ended and is in nobody's way goes with the next change.
      expect([life, world.find(FRONT_LEAVING)?.running ?? false]).toEqual([life, false]);
      expect((await run(world, 'own', claims(OWN))).end).toBe('ok');
      expect([life, world.find(FRONT_LEAVING)]).toEqual([life, undefined]);
    }
  });
});
