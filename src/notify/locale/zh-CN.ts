import type { Message } from '../message.ts';
import {
  ICONS,
  isAboutNewVersion,
  isOffNewVersion,
  isRehearsed,
  neverServed,
  rollbackFailed,
  type Words,
  wasTakenBack,
} from './words.ts';

const JOBS: Record<string, string> = {
  success: '成功',
  failure: '失败',
  cancelled: '已取消',
  skipped: '已跳过',
};

const VERDICTS: Record<string, string> = {
  pass: '验证通过。',
  fail: '验证没有通过。',
  inconclusive: '样本不足，验证没有结论。',
  error: '验证没能完成，不能当作通过。',
};

function happened(message: Message): string {
  const version = message.version ? ` ${message.version} ` : '';
  switch (message.event) {
    case 'start':
      return `开始发布${version}。`.replace(' 。', '。');
    case 'success':
      return `${version ? `新版本${version}` : '新版本'}已上线。`.replace('  ', ' ');
    case 'failure':
      if (rollbackFailed(message)) return '回滚没有完成。';
      if (wasTakenBack(message)) return `新版本${version}上线后被判定有问题，已自动回滚。`;
      return neverServed(message) ? `新版本${version}没有通过上线检查，未切换流量。` : `新版本${version}发布失败。`;
    case 'rollback':
      if (wasTakenBack(message)) return `新版本${version}上线后被判定有问题，已自动回滚。`;
      return message.version ? `已回滚到 ${message.version}。` : '已回滚到上一个正常的版本。';
    case 'alert':
      return '线上检查发现异常。';
    case 'recovered':
      return '异常已解除，服务恢复正常。';
    case 'drill':
      return '这是一次告警通道演练，线上没有异常。';
  }
}

function customersSaw(message: Message): string {
  const { requests, lost, seconds } = message.customers ?? {};
  if (neverServed(message)) return '客户影响：无，新版本没有接过客户流量。';
  if (!isAboutNewVersion(message)) return '';
  const parts = [
    requests === undefined ? '' : `新版本处理了 ${requests} 个请求`,
    seconds === undefined ? '' : `${requests === undefined ? '新版本' : ''}承接流量约 ${seconds} 秒`,
    lost === undefined ? '' : lost === 0 ? '没有请求失败' : `${lost} 个请求失败`,
  ].filter(Boolean);
  return parts.length ? `客户影响：${parts.join('，')}。` : '';
}

function todo(message: Message): string {
  if (isRehearsed(message)) return todo({ ...message, event: 'drill', drill: false });
  if (wasTakenBack(message)) return '请查看运行日志，修复后重新发布；客户不受新版本影响，无需再次回滚。';
  switch (message.event) {
    case 'failure':
      if (isOffNewVersion(message)) return '请查看运行日志，修复后重新发布；客户不受新版本影响。';
      return '请立即查看运行日志，并确认当前线上的版本。';
    case 'rollback':
      return '请查看原因，修复后再发布；无需再次回滚。';
    case 'alert':
      return message.links.rollback ? '请立即查看；需要时打开回滚页面一键回滚。' : '请立即查看。';
    case 'drill':
      return '收到即可，无需处理。';
    default:
      return '';
  }
}

export const zhCN: Words = {
  drill: '【演练】',
  environment: '环境',
  service: '服务',
  version: '版本',
  resultLabel: '结果',
  serving: '当前线上版本',
  who: '操作人',
  runLink: '运行日志',
  reportLink: '验证报告',
  rollbackLink: '回滚页面',
  commitLink: '代码提交',
  colon: '：',
  icon: (message) => ICONS[message.event],
  severity: { info: '通知', warning: '警告', critical: '严重' },
  jobResult: (result) => JOBS[result] ?? result,
  digest(jobs) {
    const failed = jobs.filter(({ result }) => result !== 'success' && result !== 'skipped').map(({ name }) => name);
    return failed.length
      ? `${jobs.length} 个任务中 ${failed.length} 个未成功：${failed.join('、')}。`
      : `${jobs.length} 个任务全部完成。`;
  },
  result(message) {
    switch (message.event) {
      case 'start':
        return '开始部署';
      case 'success':
        return '部署成功';
      case 'failure':
        if (rollbackFailed(message)) return '回滚失败';
        return wasTakenBack(message) ? '部署失败，已回滚' : '部署失败';
      case 'rollback':
        return wasTakenBack(message) ? '部署失败，已回滚' : '已回滚';
      case 'alert':
        return '线上告警';
      case 'recovered':
        return '已恢复';
      case 'drill':
        return '告警演练';
    }
  },
  story: (message) =>
    [
      isRehearsed(message) ? happened({ ...message, event: 'drill' }) : '',
      happened(message),
      message.verdict ? (VERDICTS[message.verdict] ?? '') : '',
      message.why ? `原因：${message.why}` : '',
      message.jobs.length ? zhCN.digest(message.jobs) : '',
      customersSaw(message),
      message.serving ? `现在线上是 ${message.serving}。` : '',
      todo(message),
    ].filter(Boolean),
};
