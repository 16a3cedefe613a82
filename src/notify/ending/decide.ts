import { isOlder } from '../release.ts';
import { NOT_BEGUN, NOWHERE_BACK, UNTOUCHED } from './codes.ts';
import type { Ending, Role, Traffic, Trouble } from './ending.ts';
import { type Facts, ran } from './facts.ts';
import { isUpkeep, makesImage, outputOf, type Tally } from './jobs.ts';
import { ending } from './make.ts';
import { shareOf } from './traffic.ts';

const byJob = (role: Role, { all, failed, cancelled }: Tally): Trouble | undefined => {
  const alike = role === 'build' ? all.filter(({ name }) => makesImage(name)) : all;
  const several = alike.length > 1 ? { named: true } : {};
  if (failed) return { role, job: failed.name, what: 'failure', ...several };
  return cancelled && { role, job: cancelled.name, what: 'cancelled', ...several };
};

const byVerdict = ({ verdict }: Facts): Trouble | undefined =>
  verdict === 'fail' || verdict === 'error' || verdict === 'inconclusive'
    ? { role: 'verify', what: verdict }
    : undefined;

/** The first thing that speaks against a release that serves: a verdict says more than the job it made fail. */
function troubleOf(facts: Facts, roles: readonly Role[]): Trouble | undefined {
  const judged = byVerdict(facts);
  if (judged && judged.what !== 'inconclusive') return judged;
  const found = roles.flatMap((role) => byJob(role, facts[role]) ?? []);
  // What failed says more than what was cancelled for it.
  const worst = found.find(({ what }) => what === 'failure') ?? found[0];
  if (worst) return judged && worst.role === 'verify' ? judged : worst;
  return judged;
}

/** What stopped a deploy that was never tried. */
function stopper(facts: Facts): Trouble | undefined {
  const { build, code } = facts;
  if (build.failed) {
    const why = code ?? outputOf(build, 'error-code');
    const blocked =
      why === 'SCAN_BLOCKED' || outputOf(build, 'blocked') === 'true' || /scan|trivy/i.test(build.failed.name);
    if (blocked) return { role: 'build', job: build.failed.name, what: 'blocked' };
  }
  return byJob('build', build) ?? byJob('other', facts.other) ?? byJob('verify', facts.verify);
}

/** A deploy or promotion was cut off by somebody. */
const isCancelled = ({ deploy, promote, code }: Facts): boolean =>
  Boolean(deploy.cancelled || promote.cancelled) ||
  code === 'CANCELLED' ||
  outputOf(deploy, 'error-code') === 'CANCELLED';

const has = ({ share }: Facts): boolean => (share?.max ?? 0) > 0;

/** A rollback that was asked for, with nothing deployed beside it. Undefined where there was none. */
function rolledBack(facts: Facts): Ending | undefined {
  const { rollback, deploy, deployment, said, verdict, state } = facts;
  const asked = ran(rollback);
  const back = deployment?.state === 'good' && deployment.release !== '';
  const older = back && isOlder(deployment.release, deployment.previous);
  if (!asked) {
    const byFacts = older && (ran(deploy) ? deploy.succeeded : true);
    // An id that is newer than the one before is a deploy's, whatever the caller calls it.
    const newer = back && isOlder(deployment.previous, deployment.release);
    const byWord = said === 'rollback' && back && !newer && !ran(deploy);
    if (facts.replaced || !(byFacts || byWord)) return undefined;
  }
  const there = { about: deployment?.release || undefined, before: deployment?.previous || undefined };
  const share = back ? shareOf(deployment, deployment.release) : undefined;
  if (share && share.min < 0.995) return ending(facts, 'rollback-failed');
  const proved =
    outputOf(rollback, 'rolled-back') === 'true' || (back && (older || said === 'rollback' || verdict !== undefined));
  if (asked && !rollback.succeeded && !proved) {
    const told = (outputOf(rollback, 'state') ?? state) === 'unchanged' || UNTOUCHED.test(facts.code ?? '');
    const untouched = told ? 'untouched' : 'unknown';
    return ending(facts, rollback.failed ? 'rollback-failed' : 'rollback-cancelled', { traffic: untouched });
  }
  // It went well and changed nothing: a look at what it would do. The release it names is not what serves.
  if (asked && state === 'unchanged') {
    return ending(facts, 'unchanged', { about: undefined, trouble: troubleOf(facts, ['verify']) });
  }
  // What a rollback was to mend may stand beside it: a deploy that failed, a verdict against the new release.
  const mended = ran(deploy) && asked;
  if (mended) return mendedBy(facts);
  return ending(facts, 'rolled-back', { ...there, trouble: troubleOf(facts, ['verify', 'rollback', 'other']) });
}

/** A run that deployed and then rolled back, each in a job of its own. */
function mendedBy(facts: Facts): Ending {
  const { deployment } = facts;
  // The rollback's own deployment names what it took away as the release before.
  const swapped = deployment?.state === 'good' && isOlder(deployment.release, deployment.previous);
  const releases = swapped ? { about: deployment.previous, before: deployment.release } : {};
  if (isCancelled(facts)) return ending(facts, 'cancelled', { traffic: 'back', ...releases });
  const trouble = troubleOf(facts, ['verify', 'deploy', 'promote']);
  if (trouble) return ending(facts, 'failed', { traffic: 'back', trouble, ...releases });
  return ending(facts, 'rolled-back', { about: releases.before, before: releases.about ?? facts.about });
}

/** A deploy whose state is known. */
function byState(facts: Facts, state: string): Ending {
  const cancelled = isCancelled(facts);
  const deployFailed = Boolean(facts.deploy.failed);
  const judged = byVerdict(facts);
  const lost = (traffic: Traffic) => ending(facts, cancelled ? 'cancelled' : 'failed', { traffic, trouble: judged });
  switch (state) {
    case 'rolled-back':
      return lost(has(facts) ? 'left' : 'back');
    case 'bad':
      if (has(facts)) return lost('has');
      return lost(facts.metCustomers ? 'gone' : 'never');
    case 'pending': {
      if (cancelled || deployFailed) return lost(has(facts) ? 'has' : facts.share ? 'gone' : 'unknown');
      const trouble = troubleOf(facts, ['promote', 'verify', 'other']);
      return ending(facts, 'waiting', { trouble, traffic: has(facts) ? 'has' : 'unknown' });
    }
    case 'unchanged':
      return unchanged(facts);
    default:
      return live(facts);
  }
}

/**
 * Nothing was changed: because the release serves already, or because the command failed before it began. The state is
 * the same; a job, an error code or else the caller's word tells which it was.
 */
function unchanged(facts: Facts): Ending {
  const { said, code, build, deploy, promote, deployment } = facts;
  const acted = ran(deploy) || ran(promote);
  // A deploy that failed so early has no release yet; a rollback names the one it was to go back to.
  const back =
    !acted &&
    (said === 'rollback' ||
      NOWHERE_BACK.has(code ?? '') ||
      (said !== 'success' && isOlder(deployment?.release, deployment?.previous)));
  const traffic = 'untouched';
  if (isCancelled(facts))
    return ending(facts, back ? 'rollback-cancelled' : 'cancelled', { traffic, trouble: byVerdict(facts) });
  const trouble = troubleOf(facts, ['verify', 'build', 'other']);
  // A verdict's code, and a build's, are about that look and that build.
  const byCode = code !== undefined && !code.startsWith('VERDICT_') && !build.failed;
  const byWord = said === 'rollback' || (said === 'failure' && !isTroubled(trouble));
  const failed = acted ? deploy.failed || promote.failed : byCode || byWord;
  if (!failed) return ending(facts, 'unchanged', { traffic, trouble });
  return ending(facts, back ? 'rollback-failed' : 'failed', { traffic, trouble: byVerdict(facts) });
}

/** A release that is called good, or whose deploy job succeeded. */
function live(facts: Facts): Ending {
  const { share, verify } = facts;
  const trouble = troubleOf(facts, ['verify', 'promote', 'deploy', 'build', 'other']);
  if (share && share.min < 0.995)
    return ending(facts, 'partly-live', { traffic: has(facts) ? 'has' : 'gone', trouble });
  if (trouble && trouble.what !== 'inconclusive') return ending(facts, 'live-but', { traffic: 'has', trouble });
  const unproved: Trouble | undefined =
    trouble ?? (verify.all.length && !ran(verify) ? { role: 'verify', what: 'skipped' } : undefined);
  return ending(facts, 'deployed', { traffic: 'has', trouble: unproved });
}

/** A release that is no longer what serves, told by a deployment of the one that does. */
function replaced(facts: Facts): Ending {
  const { said, deployment, about, deploy } = facts;
  const back = said === 'rollback' || outputOf(deploy, 'rolled-back') === 'true' || deployment?.previous === about;
  const kind = isCancelled(facts) ? 'cancelled' : 'failed';
  return ending(facts, kind, { traffic: back ? 'back' : 'gone', trouble: byVerdict(facts) });
}

/** No deploy was tried, and the jobs say so. */
function notDeployed(facts: Facts): Ending | undefined {
  const { jobs, deploy, build, rollback, promote, deployment } = facts;
  if (!jobs.length || ran(rollback) || ran(promote)) return undefined;
  if (jobs.every(({ result }) => result === 'skipped')) return ending(facts, 'skipped', { traffic: 'untouched' });
  const trouble = stopper(facts);
  const none = deploy.all.length > 0 && !ran(deploy);
  const unnamed = deploy.all.length === 0 && !deployment && Boolean(byJob('build', build));
  if (none && trouble) return ending(facts, 'not-deployed', { traffic: 'untouched', trouble });
  if (none) return ending(facts, 'skipped', { traffic: 'untouched' });
  return unnamed ? ending(facts, 'not-deployed', { traffic: 'untouched', trouble }) : undefined;
}

/** Several deploys under one message, such as a monorepo's: of none alone, so they are told as jobs, by their names. */
function severalDeploys(facts: Facts): Ending | undefined {
  const { deploy, deployment, rollback } = facts;
  if (deployment || deploy.all.length < 2 || !ran(deploy)) return undefined;
  // One that was taken back is told as that, whatever was left out beside it.
  if (deploy.ran.length === 1 && ran(rollback)) return undefined;
  const named = (result: string) => deploy.all.filter((job) => job.result === result).map(({ name }) => name);
  for (const [what, kind] of [
    ['failure', 'jobs-failed'],
    ['cancelled', 'jobs-cancelled'],
  ] as const) {
    const names = named(what);
    if (names.length)
      return ending(facts, kind, { trouble: { role: 'other', job: names.join(', '), named: true, what } });
  }
  const trouble = troubleOf(facts, ['verify', 'build', 'other']);
  if (isTroubled(trouble)) return ending(facts, 'jobs-failed', { trouble });
  // Where one was not tried, the others say nothing of it.
  const left = named('skipped').join(', ');
  return ending(facts, 'jobs-done', {
    trouble: left ? { role: 'other', job: left, named: true, what: 'skipped' } : trouble,
  });
}

const isTroubled = (trouble: Trouble | undefined) => trouble !== undefined && trouble.what !== 'inconclusive';

/** By the jobs alone. */
function byJobs(facts: Facts): Ending | undefined {
  const { deploy, promote, verify, other, build, said, jobs } = facts;
  const acted = ran(deploy) ? deploy : ran(promote) ? promote : undefined;
  if (acted?.failed) return ending(facts, 'failed', { trouble: byVerdict(facts) });
  if (acted?.cancelled) return ending(facts, 'cancelled', { trouble: byVerdict(facts) });
  if (acted?.succeeded) return live(facts);
  const trouble = troubleOf(facts, ['verify', 'other']);
  if (trouble && trouble.what !== 'inconclusive') {
    return ending(facts, trouble.what === 'cancelled' ? 'jobs-cancelled' : 'jobs-failed', { trouble });
  }
  if (!jobs.length) return undefined;
  const onlyBuilt = ran(build) && !ran(verify) && !ran(other);
  if (said === undefined || (said === 'success' && onlyBuilt)) return ending(facts, 'jobs-done');
  return undefined; // nothing here speaks against the caller's word
}

/** Jobs that scaled, pruned or switched maintenance: a good release that they hand on was there before. */
function upkeep(facts: Facts): Ending | undefined {
  const { deploy, promote, rollback, build, other } = facts;
  if ([deploy, promote, rollback, build].some(ran) || !other.ran.some(isUpkeep)) return undefined;
  const trouble = troubleOf(facts, ['other', 'verify']);
  if (!isTroubled(trouble)) return ending(facts, 'jobs-done');
  return ending(facts, trouble?.what === 'cancelled' ? 'jobs-cancelled' : 'jobs-failed', { trouble });
}

/** By the caller's word, of which nothing is proved. */
function bySaid(facts: Facts): Ending | undefined {
  const trouble = byVerdict(facts);
  switch (facts.said) {
    case 'start':
      return ending(facts, 'started');
    case 'success':
      return ending(facts, 'deployed', { trouble });
    case 'failure':
      return ending(facts, isCancelled(facts) ? 'cancelled' : 'failed', { trouble });
    case 'rollback':
      if (isCancelled(facts)) return ending(facts, 'cancelled', { traffic: 'back', trouble });
      if (UNTOUCHED.test(facts.code ?? '')) return ending(facts, 'rollback-failed', { traffic: 'untouched' });
      if (NOT_BEGUN.test(facts.code ?? '')) return ending(facts, 'rollback-failed');
      return ending(facts, 'rolled-back', { before: undefined, trouble: undefined });
    default:
      return undefined;
  }
}

/** What of the way back did not hold in a drill: told by its job, else by the field in which a workflow says so. */
function drillTrouble({ rollback, fields }: Facts): Trouble | undefined {
  const [job] = rollback.all;
  const of = (what: Trouble['what']): Trouble => ({ role: 'rollback', ...(job ? { job: job.name } : {}), what });
  if (rollback.failed || outputOf(rollback, 'rollback') === 'failed') return of('failure');
  if (rollback.cancelled) return of('cancelled');
  if (job) return ran(rollback) ? undefined : of('skipped');
  const said = fields.some(
    ({ name, value }) => /^(roll[- ]?back|回滚)$/i.test(name) && /^(failed|failure|失败)$/i.test(value),
  );
  return said ? of('failure') : undefined;
}

/**
 * How it ended. The caller's `said` counts only for what no state, weight, verdict or job tells: an alert, a recovery, a
 * drill, a start; and a deploy or rollback of which nothing else was handed over. Undefined when nothing tells at all.
 */
export function endingOf(facts: Facts): Ending | undefined {
  const { said, state, deployment, version, jobs } = facts;
  const drill = () => {
    const trouble = drillTrouble(facts);
    return ending(facts, trouble ? 'drill-failed' : 'drill', { trouble });
  };
  if (said === 'drill') return drill();
  if (said === 'alert' || said === 'recovered') {
    return ending(facts, said, { trouble: byVerdict(facts), traffic: 'has' });
  }
  // A start is told beside what serves until then.
  const upcoming = version !== undefined && deployment !== undefined && version !== deployment.release;
  if (said === 'start' && upcoming && !ran(facts.deploy) && !notDeployed(facts)) {
    // Its release has no id yet: it is called as the caller calls it, and never by the one that serves.
    return ending(facts, 'started', { about: version, before: deployment.release || undefined });
  }
  const found =
    notDeployed(facts) ??
    severalDeploys(facts) ??
    upkeep(facts) ??
    rolledBack(facts) ??
    (facts.replaced ? replaced(facts) : undefined) ??
    (state ? byState(facts, state) : undefined) ??
    byJobs(facts) ??
    bySaid(facts);
  if (found) return found;
  return facts.rehearsal && !jobs.length ? drill() : undefined;
}
