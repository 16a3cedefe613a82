import type { Trouble } from '../ending/ending.ts';
import { isUpkeep, makesImage } from '../ending/jobs.ts';
import { percentText } from '../ending/traffic.ts';
import type { Message } from '../message.ts';

/** 「10% 」或「1/2 主机」，后面接「流量」；流量多少不清楚时没有。 */
export function shareText({ ending: { share } }: Message): string | undefined {
  if (!share) return undefined;
  return percentText(share)?.replace(' %', '% ') ?? `${share.on}/${share.hosts} 主机`;
}

/** 「验证未通过」「构建失败」「任务 e2e 被取消」：什么没有好好结束。 */
export function troubled({ role, job, named, what }: Trouble): string {
  if (what === 'blocked') return '镜像扫描未通过';
  if (what === 'fail') return '验证未通过';
  if (what === 'inconclusive') return '验证无结论';
  if (what === 'error') return '验证未完成';
  const ended = what === 'failure' ? '失败' : what === 'cancelled' ? '被取消' : '被跳过';
  if (named) return `任务 ${job} ${ended}`;
  if (role === 'build') return makesImage(job) ? `构建${ended}` : `任务 ${job} ${ended}`;
  if (role === 'verify') return what === 'skipped' ? '未验证' : `验证${ended}`;
  if (role === 'promote') return `放量${ended}`;
  if (role === 'rollback') return `回滚任务${ended}`;
  return role === 'deploy' ? `部署任务${ended}` : `任务 ${job} ${ended}`;
}

/** 只照看线上的任务，名字就说清了做的是什么。 */
const allWell = ({ jobs }: Message) =>
  jobs.length === 1 && isUpkeep(jobs[0]!) ? `任务 ${jobs[0]!.name} 成功` : '任务全部成功';

export function result(message: Message): string {
  const { kind, traffic, trouble, gap } = message.ending;
  const share = shareText(message);
  const but = trouble ? troubled(trouble) : '';
  switch (kind) {
    case 'started':
      return '开始部署';
    case 'deployed':
      return but ? `部署成功，${but}` : '部署成功';
    case 'live-but':
      return `已上线，但${but}`;
    case 'partly-live':
      return traffic === 'gone' ? '新版本没有流量' : `部分上线，流量 ${share?.trim()}`;
    case 'waiting':
      if (!share) return but ? `${but}，尚未放量` : '等待放量';
      return but ? `${but}，停在流量 ${share.trim()}` : `等待放量，当前流量 ${share.trim()}`;
    case 'unchanged':
      return but ? `版本未变，但${but}` : '无需部署，版本未变';
    case 'failed':
      if (traffic === 'back') return trouble && trouble.what !== 'fail' ? `${but}，已回滚` : '部署失败，已回滚';
      if (traffic === 'left') return `回滚未完成，仍有 ${share}流量`;
      if (traffic === 'has') return share ? `部署失败，仍有 ${share}流量` : '部署失败，仍有流量';
      if (gap) return '部署失败，服务有中断';
      if (traffic === 'never') return '部署失败，未切流量';
      if (traffic === 'gone') return '部署失败，已无流量';
      return traffic === 'untouched' ? '部署失败，线上未动' : '部署失败';
    case 'cancelled':
      if (traffic === 'back') return '部署已取消，已回滚';
      if (traffic === 'left') return `部署已取消，回滚未完成`;
      if (traffic === 'has') return share ? `部署已取消，仍有 ${share}流量` : '部署已取消，仍有流量';
      if (gap) return '部署已取消，服务有中断';
      if (traffic === 'never') return '部署已取消，未切流量';
      return traffic === 'untouched' ? '部署已取消，线上未动' : '部署已取消';
    case 'not-deployed':
      return `${but}，未部署`;
    case 'skipped':
      return '已跳过，未部署';
    case 'rolled-back':
      return but ? `已回滚，但${but}` : '已回滚';
    case 'rollback-failed':
      if (gap) return '回滚失败，服务有中断';
      return traffic === 'untouched' ? '回滚失败，线上未动' : '回滚失败';
    case 'rollback-cancelled':
      if (gap) return '回滚已取消，服务有中断';
      return traffic === 'untouched' ? '回滚已取消，线上未动' : '回滚已取消';
    case 'jobs-done':
      return trouble?.what === 'skipped' ? `任务成功，但 ${trouble.job} 被跳过` : allWell(message);
    case 'jobs-failed':
      return but || '任务失败';
    case 'jobs-cancelled':
      return but || '任务已取消';
    case 'alert':
      if (trouble?.what === 'inconclusive') return '线上告警，巡检无结论';
      return trouble?.what === 'error' ? '线上告警，巡检未完成' : '线上告警';
    case 'recovered':
      return '已恢复';
    case 'drill':
      return '告警演练';
    case 'drill-failed':
      return trouble?.what === 'failure' ? '演练未通过，回滚失败' : `演练未完成，${but}`;
  }
}
