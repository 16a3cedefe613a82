import { iconOf, type Words } from './words.ts';
import { result } from './zh-CN-result.ts';
import { JOBS, live, story } from './zh-CN-story.ts';

export const zhCN: Words = {
  drill: '【演练】',
  environment: '环境',
  service: '服务',
  version: '版本',
  before: '原版本',
  serving: '当前线上版本',
  commit: '提交',
  who: '操作人',
  short: { environment: '环境', service: '服务', version: '版本', serving: '线上', who: '操作人', before: '原版本' },
  runLink: '运行日志',
  reportLink: '验证报告',
  rollbackLink: '回滚页面',
  commitLink: '代码提交',
  compareLink: '代码变更',
  colon: '：',
  icon: iconOf,
  severity: { info: '通知', warning: '警告', critical: '严重' },
  jobResult: (name) => JOBS[name] ?? name,
  result,
  live,
  story,
};
