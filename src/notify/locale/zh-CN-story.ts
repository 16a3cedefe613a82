import type { Message } from '../message.ts';
import { whyOf } from './codes.ts';
import { clock, isAboutNewVersion, isAgainst, isRehearsed, namesOf, offset, servesSince } from './words.ts';
import { shareText, troubled } from './zh-CN-result.ts';

const VERDICTS: Record<string, string> = {
  pass: '验证通过。',
  fail: '验证没有通过。',
  inconclusive: '样本不足，验证没有结论。',
  error: '验证没能完成，不能当作通过。',
};

export const JOBS: Record<string, string> = {
  success: '成功',
  failure: '失败',
  cancelled: '已取消',
  skipped: '已跳过',
};

/** 「4f1c2d3 上线后」之后：为什么被撤下。 */
function takenBack(message: Message, name: string, to: string): string {
  const where = to ? `已回滚到 ${to}` : '已回滚';
  switch (message.ending.trouble?.what) {
    case 'fail':
      return `${name}上线后没有通过验证，${where}。`;
    case 'inconclusive':
      return `${name}上线后样本不足，验证没有结论，${where}。`;
    case 'error':
      return `${name}上线后验证没能完成，${where}。`;
    case undefined:
      return message.verdict === 'pass'
        ? `${name}通过了验证，但随后的步骤失败，${where}。`
        : `${name}部署失败，承接过的流量${to ? `已回滚到 ${to}` : '已回滚'}。`;
    default:
      return `${name}上线后，${troubled(message.ending.trouble!)}，${where}。`;
  }
}

function happened(message: Message): string {
  const { kind, traffic, trouble, gap, about, before } = message.ending;
  const share = shareText(message);
  const name = namesOf(message);
  const [release, from] = [about ?? message.version, before].map((id) => (id ? name(id) : ''));
  const version = release ? `版本 ${release} ` : '新版本';
  const but = trouble ? troubled(trouble) : '';
  const where = share ? `${share}的流量` : '流量';
  switch (kind) {
    case 'started':
      return release ? `开始部署版本 ${release}。` : '开始部署。';
    case 'deployed':
    case 'live-but': {
      const live = `${version}已上线${from && from !== release ? `，替换 ${from}` : ''}`;
      return kind === 'live-but' ? `${live}，正在承接流量，但${but}。` : `${live}${but ? `；${but}` : ''}。`;
    }
    case 'partly-live':
      return traffic === 'gone'
        ? `${version}标记为正常，却没有流量。`
        : `${version}只承接了 ${share}的流量，没有在每台主机上接管。`;
    case 'waiting':
      return `${version}已启动，${share ? `承接 ${share}的流量` : '尚未全量'}，等待放量${but ? `；${but}` : ''}。`;
    case 'unchanged':
      return about
        ? `没有部署新版本：${name(about)} 已经在线上，没有任何变化${but ? `；但${but}` : ''}。`
        : `没有部署新版本，线上没有改动${but ? `；但${but}` : ''}。`;
    case 'failed':
      if (traffic === 'back') return takenBack(message, version, from ?? '');
      if (traffic === 'left') return `${version}部署失败，回滚没有完成，它仍在承接 ${where}。`;
      if (traffic === 'has') return `${version}部署失败，仍在承接 ${where}。`;
      if (traffic === 'never') return `${version}部署失败，没有切换流量。`;
      if (traffic === 'gone') return `${version}部署失败，现在没有流量。`;
      if (gap) return `${version}部署失败，服务中断过；线上还是原来的版本。`;
      return traffic === 'untouched' ? '部署还没有开始就失败了，线上没有改动。' : `${version}部署失败。`;
    case 'cancelled':
      if (traffic === 'back')
        return `${version}的部署被取消，${from ? `已回滚到 ${from}` : '已回滚'}${message.verdict === 'fail' ? '' : '；没有人判定它有问题'}。`;
      if (traffic === 'left') return `${version}的部署被取消，回滚没有完成，它仍在承接 ${where}。`;
      if (traffic === 'has') return `${version}的部署被取消，它仍在承接 ${where}。`;
      if (traffic === 'never') return `${version}的部署被取消，没有切换流量。`;
      if (traffic === 'gone') return `${version}的部署被取消，它现在没有流量。`;
      if (gap) return `${version}的部署被取消，服务中断过；线上还是原来的版本。`;
      return traffic === 'untouched' ? '部署被取消，线上没有改动。' : `${version}的部署被取消。`;
    case 'not-deployed':
      return `${but}，所以没有部署；线上没有改动，不受影响。`;
    case 'skipped':
      return '部署被跳过，没有部署任何东西；线上没有改动，不受影响。';
    case 'rolled-back': {
      const to = release ? `已${from ? `从 ${from} ` : ''}回滚到 ${release}` : '已回滚到上一个正常的版本';
      return `${to}${but ? `，但${but}` : ''}。`;
    }
    case 'rollback-failed':
      if (gap) return '回滚失败：服务中断过，线上还是原来的版本。';
      return traffic === 'untouched' ? '回滚失败，线上没有改动。' : '回滚没有完成。';
    case 'rollback-cancelled':
      if (gap) return '回滚被取消：服务中断过，线上还是原来的版本。';
      return traffic === 'untouched' ? '回滚被取消，线上没有改动。' : '回滚被取消，可能只做了一部分。';
    case 'jobs-done':
    case 'jobs-failed':
    case 'jobs-cancelled':
      return '';
    case 'alert':
      if (trouble?.what === 'inconclusive') return '线上巡检样本不足，没有结论。';
      if (trouble?.what === 'error') return '线上巡检没能完成，服务是否正常尚不清楚。';
      return message.verdict === 'pass' ? '收到一条告警；这次巡检本身是通过的。' : '线上巡检发现异常。';
    case 'recovered':
      return '异常已解除，服务恢复正常。';
    case 'drill':
      return '这是一次告警通道演练，线上没有异常。';
    case 'drill-failed':
      if (trouble?.what !== 'failure') return `这是演练，线上没有异常；但${but}，回滚这条路没有演练到。`;
      return '演练中回滚没有成功。这是演练，线上没有异常；但真出事故时，回滚可能不管用。';
  }
}

/** 结果里已经说过的结论，不再说一遍。 */
function verdictSaid(message: Message): string {
  const { kind, trouble } = message.ending;
  const told = kind === 'failed' && message.ending.traffic === 'back' && message.verdict === 'pass';
  const saidBy = trouble?.role === 'verify' && kind !== 'cancelled';
  if (told || saidBy || kind === 'alert') return '';
  return message.verdict ? (VERDICTS[message.verdict] ?? '') : '';
}

function customersMet(message: Message): string {
  const { requests, lost, seconds, gap } = message.customers ?? {};
  const { kind, traffic } = message.ending;
  const without = gap ? `约 ${gap} 秒内没有任何版本可以应答` : '';
  // 新版本没有接过流量，不等于旧版本一直在服务：它可能先被停下，也可能本来就没有。
  if (traffic === 'never' && (kind === 'failed' || kind === 'cancelled'))
    return `客户影响：${without && `${without}；`}新版本没有接过客户流量。`;
  if (kind === 'alert' || kind === 'recovered') {
    if (requests === undefined || lost === undefined) return '';
    return `客户影响：${seconds === undefined ? '' : `约 ${seconds} 秒内 `}${requests} 个请求，${lost === 0 ? '没有失败' : `${lost} 个失败`}。`;
  }
  if (!isAboutNewVersion(message)) return without && `客户影响：${without}。`;
  const parts = [
    without,
    requests === undefined ? '' : `新版本处理了 ${requests} 个请求`,
    lost === undefined ? '' : lost === 0 ? '没有请求失败' : `${lost} 个请求失败`,
    seconds === undefined ? '' : `${requests === undefined ? '新版本' : ''}承接流量约 ${seconds} 秒`,
  ].filter(Boolean);
  return parts.length ? `客户影响：${parts.join('，')}。` : '';
}

export function live(message: Message): string {
  const name = namesOf(message);
  const share = (releases: { release: string; share: number }[]) =>
    releases.length === 1
      ? name(releases[0]!.release)
      : releases.map(({ release, share: part }) => `${name(release)}（${Math.round(part * 100)}%）`).join('、');
  if (!message.live) return '';
  return message.live.hosts
    ? message.live.hosts.map(({ host, releases }) => `${host} 上是 ${share(releases)}`).join('，')
    : share(message.live.releases);
}

function serving(message: Message): string {
  const now = live(message);
  if (!now) return '';
  const { since } = message;
  const at = since === undefined ? '' : `${clock(since, message)}（${offset(since, message.zone)}）`;
  const when = {
    now: '，刚刚上线',
    again: at ? `，刚刚切回，${at}部署` : '，刚刚切回',
    before: at && `，自 ${at}起`,
  }[servesSince(message)];
  return `${message.live?.hosts ? '现在线上：' : '现在线上是 '}${now}${message.live!.releases.length === 1 ? when : ''}。`;
}

function todo(message: Message): string {
  if (isRehearsed(message)) return '收到即可，无需处理。';
  const { kind, traffic, trouble } = message.ending;
  const page = message.links.rollback ? '；需要时打开回滚页面一键回滚' : '；需要时回滚';
  switch (kind) {
    case 'live-but':
      return isAgainst(trouble) ? `请查看验证报告和运行日志${page}。` : '';
    case 'partly-live':
      return '请立即查看运行日志，并确认每台主机上的版本。';
    case 'waiting':
      return isAgainst(trouble)
        ? `请查看验证报告，决定放量还是回滚${message.links.rollback ? '（回滚页面）' : ''}。`
        : '';
    case 'unchanged':
      return isAgainst(trouble) ? `请查看验证报告${page}。` : '';
    case 'failed':
      if (traffic === 'back') {
        const before =
          trouble?.what === 'inconclusive'
            ? '请加大流量或延长验证时间，再重新部署'
            : trouble?.what === 'error'
              ? '请修好验证的数据来源，再重新部署'
              : '请查看运行日志，修复后重新部署';
        return `${before}；客户已不在新版本上，无需再次回滚。`;
      }
      if (traffic === 'has' || traffic === 'left') return `请立即查看运行日志${page}。`;
      if (message.code === 'LOCK_HELD' && traffic === 'untouched') return '等另一次部署结束后，再重新部署。';
      if (traffic === 'never' || traffic === 'untouched') return '请查看运行日志，修复后重新部署。';
      return '请立即查看运行日志，并确认当前线上的版本。';
    case 'cancelled':
      if (traffic === 'left') return '请立即回滚。';
      if (traffic === 'has') return `请决定继续部署还是回滚${message.links.rollback ? '（回滚页面）' : ''}。`;
      if (traffic === 'unknown' || traffic === 'gone') return '请查看运行日志，并确认当前线上的版本。';
      return '需要时重新部署即可。';
    case 'not-deployed':
      return trouble?.what === 'cancelled' ? '需要时重新运行即可。' : '请查看运行日志，修复后重新部署。';
    case 'rolled-back':
      if (trouble?.what === 'fail') return '请立即查看：回滚到的版本也没有通过验证，可能需要回滚到更早的版本。';
      if (trouble) return '请立即确认服务是否正常。';
      return '请查明原因，修复后再部署；无需再次回滚。';
    case 'rollback-failed':
      if (message.code === 'LOCK_HELD') return '等另一次部署结束后，需要时再次回滚。';
      return '请立即查看运行日志，并确认当前线上的版本。';
    case 'rollback-cancelled':
      return '请确认当前线上的版本，需要时再次回滚。';
    case 'jobs-failed':
      return '请查看运行日志。';
    case 'alert':
      return message.links.rollback ? '请立即查看；需要时打开回滚页面一键回滚。' : '请立即查看。';
    case 'drill':
      return '收到即可，无需处理。';
    case 'drill-failed':
      return trouble?.what === 'failure' ? '请在下一次部署之前查明原因并修复。' : '请再演练一次。';
    default:
      return '';
  }
}

function digest(jobs: Message['jobs']): string {
  if (jobs.length < 2) return '';
  const of = (...results: string[]) => jobs.filter(({ result: r }) => results.includes(r)).map(({ name }) => name);
  const [skipped, done] = [of('skipped'), of('success')];
  const failed = jobs
    .filter(({ result: r }) => r !== 'success' && r !== 'skipped')
    .map(({ name, result: r }) => (r === 'failure' ? name : `${name}（${JOBS[r] ?? r}）`));
  if (failed.length) return `${jobs.length} 个任务中 ${failed.length} 个未成功：${failed.join('、')}。`;
  return skipped.length
    ? `${done.length} 个任务成功，${skipped.length} 个被跳过：${skipped.join('、')}。`
    : `${jobs.length} 个任务全部成功。`;
}

/** 现在线上、发生了什么、客户影响、原因、怎么办。 */
export function story(message: Message): string[] {
  return [
    isRehearsed(message) ? '这是一次演练，以下内容并没有真的发生，线上没有异常。' : '',
    serving(message),
    happened(message),
    customersMet(message),
    verdictSaid(message),
    message.why ? `原因：${whyOf(message, 'zh-CN')}` : '',
    digest(message.jobs),
    todo(message),
  ].filter(Boolean);
}
