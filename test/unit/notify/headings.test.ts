import { describe, expect, test } from 'vitest';
import { compose } from '../../../src/notify/document.ts';
import { endingOf } from '../../../src/notify/ending/decide.ts';
import { factsOf, type Given } from '../../../src/notify/ending/facts.ts';
import { endingFrom, gather } from '../../../src/notify/gather.ts';
import { schema } from '../../../src/notify/inputs.ts';
import { wordsOf } from '../../../src/notify/locale/index.ts';
import type { Locale } from '../../../src/notify/message.ts';
import { message } from '../../support/notify.ts';
import { inputsOf, NEW, OLD } from '../../support/notify-facts.ts';

/**
 * What was handed over, and the only true heading for it in both languages. How a line is read stands at `inputsOf`.
 */
const HEADINGS: [facts: string, zh: string, en: string][] = [
  ['good |  | build:success deploy:success', '✅ 部署成功', '✅ deployed'],
  ['good |  | build:success deploy:failure', '⚠️ 已上线，但部署任务失败', '⚠️ live, but deploy job failed'],
  ['good |  | build:success deploy:cancelled', '⚠️ 已上线，但部署任务被取消', '⚠️ live, but deploy job cancelled'],
  ['good | pass | build:success deploy:success', '✅ 部署成功', '✅ deployed'],
  ['good | pass | build:success deploy:failure', '⚠️ 已上线，但部署任务失败', '⚠️ live, but deploy job failed'],
  ['good | pass | build:success deploy:cancelled', '⚠️ 已上线，但部署任务被取消', '⚠️ live, but deploy job cancelled'],
  ['good | fail | build:success deploy:success', '⚠️ 已上线，但验证未通过', '⚠️ live, but verification failed'],
  ['good | fail | build:success deploy:failure', '⚠️ 已上线，但验证未通过', '⚠️ live, but verification failed'],
  ['good | fail | build:success deploy:cancelled', '⚠️ 已上线，但验证未通过', '⚠️ live, but verification failed'],
  ['good | inconclusive | build:success deploy:success', '✅ 部署成功，验证无结论', '✅ deployed, inconclusive'],
  ['good | inconclusive | build:success deploy:failure', '⚠️ 已上线，但部署任务失败', '⚠️ live, but deploy job failed'],
  [
    'good | inconclusive | build:success deploy:cancelled',
    '⚠️ 已上线，但部署任务被取消',
    '⚠️ live, but deploy job cancelled',
  ],
  ['good | error | build:success deploy:success', '⚠️ 已上线，但验证未完成', '⚠️ live, but not verified'],
  ['good | error | build:success deploy:failure', '⚠️ 已上线，但验证未完成', '⚠️ live, but not verified'],
  ['good | error | build:success deploy:cancelled', '⚠️ 已上线，但验证未完成', '⚠️ live, but not verified'],
  ['pending 10 |  | build:success deploy:success', '⏳ 等待放量，当前流量 10%', '⏳ waiting at 10 %'],
  ['pending 10 |  | build:success deploy:failure', '❌ 部署失败，仍有 10% 流量', '❌ deploy failed, still at 10 %'],
  ['pending 10 |  | build:success deploy:cancelled', '⏹️ 部署已取消，仍有 10% 流量', '⏹️ cancelled, still at 10 %'],
  ['pending 10 | pass | build:success deploy:success', '⏳ 等待放量，当前流量 10%', '⏳ waiting at 10 %'],
  ['pending 10 | pass | build:success deploy:failure', '❌ 部署失败，仍有 10% 流量', '❌ deploy failed, still at 10 %'],
  ['pending 10 | pass | build:success deploy:cancelled', '⏹️ 部署已取消，仍有 10% 流量', '⏹️ cancelled, still at 10 %'],
  [
    'pending 10 | fail | build:success deploy:success',
    '⚠️ 验证未通过，停在流量 10%',
    '⚠️ verification failed, waiting at 10 %',
  ],
  ['pending 10 | fail | build:success deploy:failure', '❌ 部署失败，仍有 10% 流量', '❌ deploy failed, still at 10 %'],
  ['pending 10 | fail | build:success deploy:cancelled', '⏹️ 部署已取消，仍有 10% 流量', '⏹️ cancelled, still at 10 %'],
  [
    'pending 10 | inconclusive | build:success deploy:success',
    '⏳ 验证无结论，停在流量 10%',
    '⏳ inconclusive, waiting at 10 %',
  ],
  [
    'pending 10 | inconclusive | build:success deploy:failure',
    '❌ 部署失败，仍有 10% 流量',
    '❌ deploy failed, still at 10 %',
  ],
  [
    'pending 10 | inconclusive | build:success deploy:cancelled',
    '⏹️ 部署已取消，仍有 10% 流量',
    '⏹️ cancelled, still at 10 %',
  ],
  [
    'pending 10 | error | build:success deploy:success',
    '⚠️ 验证未完成，停在流量 10%',
    '⚠️ not verified, waiting at 10 %',
  ],
  [
    'pending 10 | error | build:success deploy:failure',
    '❌ 部署失败，仍有 10% 流量',
    '❌ deploy failed, still at 10 %',
  ],
  ['pending 10 | error | build:success deploy:cancelled', '⏹️ 部署已取消，仍有 10% 流量', '⏹️ cancelled, still at 10 %'],
  ['bad |  | build:success deploy:success', '❌ 部署失败，未切流量', '❌ deploy failed, never live'],
  ['bad |  | build:success deploy:failure', '❌ 部署失败，未切流量', '❌ deploy failed, never live'],
  ['bad |  | build:success deploy:cancelled', '⏹️ 部署已取消，未切流量', '⏹️ cancelled, never live'],
  ['bad | pass | build:success deploy:success', '❌ 部署失败，未切流量', '❌ deploy failed, never live'],
  ['bad | pass | build:success deploy:failure', '❌ 部署失败，未切流量', '❌ deploy failed, never live'],
  ['bad | pass | build:success deploy:cancelled', '⏹️ 部署已取消，未切流量', '⏹️ cancelled, never live'],
  ['bad | fail | build:success deploy:success', '❌ 部署失败，未切流量', '❌ deploy failed, never live'],
  ['bad | fail | build:success deploy:failure', '❌ 部署失败，未切流量', '❌ deploy failed, never live'],
  ['bad | fail | build:success deploy:cancelled', '⏹️ 部署已取消，未切流量', '⏹️ cancelled, never live'],
  ['bad | inconclusive | build:success deploy:success', '❌ 部署失败，未切流量', '❌ deploy failed, never live'],
  ['bad | inconclusive | build:success deploy:failure', '❌ 部署失败，未切流量', '❌ deploy failed, never live'],
  ['bad | inconclusive | build:success deploy:cancelled', '⏹️ 部署已取消，未切流量', '⏹️ cancelled, never live'],
  ['bad | error | build:success deploy:success', '❌ 部署失败，未切流量', '❌ deploy failed, never live'],
  ['bad | error | build:success deploy:failure', '❌ 部署失败，未切流量', '❌ deploy failed, never live'],
  ['bad | error | build:success deploy:cancelled', '⏹️ 部署已取消，未切流量', '⏹️ cancelled, never live'],
  ['rolled-back |  | build:success deploy:success', '❌ 部署失败，已回滚', '❌ deploy failed, rolled back'],
  ['rolled-back |  | build:success deploy:failure', '❌ 部署失败，已回滚', '❌ deploy failed, rolled back'],
  ['rolled-back |  | build:success deploy:cancelled', '⏹️ 部署已取消，已回滚', '⏹️ cancelled, rolled back'],
  ['rolled-back | pass | build:success deploy:success', '❌ 部署失败，已回滚', '❌ deploy failed, rolled back'],
  ['rolled-back | pass | build:success deploy:failure', '❌ 部署失败，已回滚', '❌ deploy failed, rolled back'],
  ['rolled-back | pass | build:success deploy:cancelled', '⏹️ 部署已取消，已回滚', '⏹️ cancelled, rolled back'],
  ['rolled-back | fail | build:success deploy:success', '❌ 部署失败，已回滚', '❌ deploy failed, rolled back'],
  ['rolled-back | fail | build:success deploy:failure', '❌ 部署失败，已回滚', '❌ deploy failed, rolled back'],
  ['rolled-back | fail | build:success deploy:cancelled', '⏹️ 部署已取消，已回滚', '⏹️ cancelled, rolled back'],
  [
    'rolled-back | inconclusive | build:success deploy:success',
    '❌ 验证无结论，已回滚',
    '❌ inconclusive, rolled back',
  ],
  [
    'rolled-back | inconclusive | build:success deploy:failure',
    '❌ 验证无结论，已回滚',
    '❌ inconclusive, rolled back',
  ],
  ['rolled-back | inconclusive | build:success deploy:cancelled', '⏹️ 部署已取消，已回滚', '⏹️ cancelled, rolled back'],
  ['rolled-back | error | build:success deploy:success', '❌ 验证未完成，已回滚', '❌ not verified, rolled back'],
  ['rolled-back | error | build:success deploy:failure', '❌ 验证未完成，已回滚', '❌ not verified, rolled back'],
  ['rolled-back | error | build:success deploy:cancelled', '⏹️ 部署已取消，已回滚', '⏹️ cancelled, rolled back'],
  ['unchanged |  | build:success deploy:success', '✅ 无需部署，版本未变', '✅ unchanged, not deployed'],
  ['unchanged |  | build:success deploy:failure', '❌ 部署失败，线上未动', '❌ deploy failed, no change'],
  ['unchanged |  | build:success deploy:cancelled', '⏹️ 部署已取消，线上未动', '⏹️ cancelled, no change'],
  ['unchanged | pass | build:success deploy:success', '✅ 无需部署，版本未变', '✅ unchanged, not deployed'],
  ['unchanged | pass | build:success deploy:failure', '❌ 部署失败，线上未动', '❌ deploy failed, no change'],
  ['unchanged | pass | build:success deploy:cancelled', '⏹️ 部署已取消，线上未动', '⏹️ cancelled, no change'],
  [
    'unchanged | fail | build:success deploy:success',
    '⚠️ 版本未变，但验证未通过',
    '⚠️ unchanged, but verification failed',
  ],
  ['unchanged | fail | build:success deploy:failure', '❌ 部署失败，线上未动', '❌ deploy failed, no change'],
  ['unchanged | fail | build:success deploy:cancelled', '⏹️ 部署已取消，线上未动', '⏹️ cancelled, no change'],
  [
    'unchanged | inconclusive | build:success deploy:success',
    '✅ 版本未变，但验证无结论',
    '✅ unchanged, but inconclusive',
  ],
  ['unchanged | inconclusive | build:success deploy:failure', '❌ 部署失败，线上未动', '❌ deploy failed, no change'],
  ['unchanged | inconclusive | build:success deploy:cancelled', '⏹️ 部署已取消，线上未动', '⏹️ cancelled, no change'],
  ['unchanged | error | build:success deploy:success', '⚠️ 版本未变，但验证未完成', '⚠️ unchanged, but not verified'],
  ['unchanged | error | build:success deploy:failure', '❌ 部署失败，线上未动', '❌ deploy failed, no change'],
  ['unchanged | error | build:success deploy:cancelled', '⏹️ 部署已取消，线上未动', '⏹️ cancelled, no change'],
  // Without a job of the deploy: a failure before anything was changed has the same state as what serves already.
  ['unchanged | | |', '✅ 无需部署，版本未变', '✅ unchanged, not deployed'],
  ['unchanged | | | success', '✅ 无需部署，版本未变', '✅ unchanged, not deployed'],
  ['unchanged | | | failure', '❌ 部署失败，线上未动', '❌ deploy failed, no change'],
  ['unchanged | | | rollback', '❌ 回滚失败，线上未动', '❌ rollback failed, no change'],
  ['unchanged | | build:success | failure', '❌ 部署失败，线上未动', '❌ deploy failed, no change'],
  ['unchanged | | LOCK_HELD |', '❌ 部署失败，线上未动', '❌ deploy failed, no change'],
  ['unchanged | | LOCK_HELD | success', '❌ 部署失败，线上未动', '❌ deploy failed, no change'],
  ['unchanged | | NO_ROLLBACK_TARGET |', '❌ 回滚失败，线上未动', '❌ rollback failed, no change'],
  ['unchanged | | DEPLOY_UNHEALTHY | rollback', '❌ 回滚失败，线上未动', '❌ rollback failed, no change'],
  ['unchanged | | CANCELLED |', '⏹️ 部署已取消，线上未动', '⏹️ cancelled, no change'],
  ['unchanged | | CANCELLED | rollback', '⏹️ 回滚已取消，线上未动', '⏹️ rollback cancelled'],
  ['unchanged | fail | | failure', '⚠️ 版本未变，但验证未通过', '⚠️ unchanged, but verification failed'],
  ['unchanged | fail | VERDICT_FAIL |', '⚠️ 版本未变，但验证未通过', '⚠️ unchanged, but verification failed'],
  [' | | SSH_UNREACHABLE | rollback', '❌ 回滚失败', '❌ rollback failed'],
  [' | | WATCH_FAILED | rollback', '↩️ 已回滚', '↩️ rolled back'],
  ['good 100 |', '✅ 部署成功', '✅ deployed'],
  ['good 50 |', '⚠️ 部分上线，流量 50%', '⚠️ partly live, at 50 %'],
  ['good 100/0 |', '⚠️ 部分上线，流量 1/2 主机', '⚠️ partly live, on 1 of 2 hosts'],
  ['pending |', '⏳ 等待放量', '⏳ waiting for promotion'],
  ['pending 0 |', '⏳ 等待放量，当前流量 0%', '⏳ waiting at 0 %'],
  ['pending 100/0 |', '⏳ 等待放量，当前流量 1/2 主机', '⏳ waiting on 1 of 2 hosts'],
  ['bad 100/0 |', '❌ 部署失败，仍有 1/2 主机流量', '❌ deploy failed, still on 1 of 2 hosts'],
  ['bad 30 |', '❌ 部署失败，仍有 30% 流量', '❌ deploy failed, still at 30 %'],
  ['bad met |', '❌ 部署失败，已无流量', '❌ deploy failed, not live'],
  ['rolled-back 100/0 |', '❌ 回滚未完成，仍有 1/2 主机流量', '❌ rollback incomplete, still on 1 of 2 hosts'],
  ['rolled-back 0 |', '❌ 部署失败，已回滚', '❌ deploy failed, rolled back'],
  [' | | build:success deploy:skipped', '⏭️ 已跳过，未部署', '⏭️ skipped, not deployed'],
  [' | | build:failure deploy:skipped', '❌ 构建失败，未部署', '❌ build failed, not deployed'],
  [' | | build:cancelled deploy:skipped', '⏹️ 构建被取消，未部署', '⏹️ build cancelled, not deployed'],
  [' | | build:skipped deploy:skipped', '⏭️ 已跳过，未部署', '⏭️ skipped, not deployed'],
  [' | | scan:failure deploy:skipped', '❌ 镜像扫描未通过，未部署', '❌ scan blocked, not deployed'],
  [' | | build:failure deploy:skipped blocked', '❌ 镜像扫描未通过，未部署', '❌ scan blocked, not deployed'],
  [' | | build:success test:failure deploy:skipped', '❌ 任务 test 失败，未部署', '❌ test failed, not deployed'],
  [' | | build:success deploy-shop:success deploy-pay:failure', '❌ 任务 deploy-pay 失败', '❌ job deploy-pay failed'],
  [' | | deploy-shop:cancelled deploy-pay:success', '⏹️ 任务 deploy-shop 被取消', '⏹️ job deploy-shop cancelled'],
  [' | | deploy-shop:success deploy-pay:success', '✅ 任务全部成功', '✅ all jobs succeeded'],
  // One that was not tried is not live because another is.
  [
    ' | | build:success deploy-staging:success deploy-production:skipped',
    '✅ 任务成功，但 deploy-production 被跳过',
    '✅ jobs succeeded, deploy-production skipped',
  ],
  [
    ' | | deploy-staging:failure deploy-production:skipped',
    '❌ 任务 deploy-staging 失败',
    '❌ job deploy-staging failed',
  ],
  [
    ' | | test:failure deploy-staging:skipped deploy-production:skipped',
    '❌ 任务 test 失败，未部署',
    '❌ test failed, not deployed',
  ],
  [
    ' | | deploy:success deploy-canary:skipped verify:failure rollback:success',
    '❌ 验证失败，已回滚',
    '❌ verification failed, rolled back',
  ],
  // What publishes a release's notes deploys nothing.
  [
    ' | | deploy:success release-notes:failure',
    '⚠️ 已上线，但任务 release-notes 失败',
    '⚠️ live, but job release-notes failed',
  ],
  [
    'good | | deploy:success github_release:failure',
    '⚠️ 已上线，但任务 github_release 失败',
    '⚠️ live, but job github_release failed',
  ],
  [' | | release-drafter:success', '✅ 任务全部成功', '✅ all jobs succeeded'],
  [' | | release:failure', '❌ 部署失败', '❌ deploy failed'],
  // Of several jobs that do the same, the name tells which.
  [
    'good | | deploy:success deploy-docs:failure',
    '⚠️ 已上线，但任务 deploy-docs 失败',
    '⚠️ live, but job deploy-docs failed',
  ],
  [
    'good | | deploy:success smoke:success verify:failure',
    '⚠️ 已上线，但任务 verify 失败',
    '⚠️ live, but job verify failed',
  ],
  [
    ' | | build-web:success build-api:failure deploy:skipped',
    '❌ 任务 build-api 失败，未部署',
    '❌ build-api failed, not deployed',
  ],
  [' | | build:failure', '❌ 构建失败，未部署', '❌ build failed, not deployed'],
  [' |  | build:success deploy:success', '✅ 部署成功', '✅ deployed'],
  [' | fail | build:success deploy:success', '⚠️ 已上线，但验证未通过', '⚠️ live, but verification failed'],
  [' | inconclusive | build:success deploy:success', '✅ 部署成功，验证无结论', '✅ deployed, inconclusive'],
  [' | error | build:success deploy:success', '⚠️ 已上线，但验证未完成', '⚠️ live, but not verified'],
  [' |  | build:success deploy:failure', '❌ 部署失败', '❌ deploy failed'],
  [' | fail | build:success deploy:failure', '❌ 部署失败', '❌ deploy failed'],
  [' | inconclusive | build:success deploy:failure', '❌ 部署失败', '❌ deploy failed'],
  [' | error | build:success deploy:failure', '❌ 部署失败', '❌ deploy failed'],
  [' |  | build:success deploy:cancelled', '⏹️ 部署已取消', '⏹️ deploy cancelled'],
  [' | fail | build:success deploy:cancelled', '⏹️ 部署已取消', '⏹️ deploy cancelled'],
  [' | inconclusive | build:success deploy:cancelled', '⏹️ 部署已取消', '⏹️ deploy cancelled'],
  [' | error | build:success deploy:cancelled', '⏹️ 部署已取消', '⏹️ deploy cancelled'],
  ['good | | build:success deploy:success verify:failure', '⚠️ 已上线，但验证失败', '⚠️ live, but verification failed'],
  [
    'good | | build:success deploy:success verify:cancelled',
    '⚠️ 已上线，但验证被取消',
    '⚠️ live, but verification cancelled',
  ],
  ['good | | build:success deploy:success verify:skipped', '✅ 部署成功，未验证', '✅ deployed, not verified'],
  [
    'pending 10 | | build:success deploy:success verify:failure',
    '⚠️ 验证失败，停在流量 10%',
    '⚠️ verification failed, waiting at 10 %',
  ],
  [
    'pending 10 | | build:success deploy:success verify:cancelled',
    '⚠️ 验证被取消，停在流量 10%',
    '⚠️ verification cancelled, waiting at 10 %',
  ],
  ['pending 10 | | build:success deploy:success verify:skipped', '⏳ 等待放量，当前流量 10%', '⏳ waiting at 10 %'],
  [
    'unchanged | | build:success deploy:success verify:failure',
    '⚠️ 版本未变，但验证失败',
    '⚠️ unchanged, but verification failed',
  ],
  [
    'unchanged | | build:success deploy:success verify:cancelled',
    '⚠️ 版本未变，但验证被取消',
    '⚠️ unchanged, but verification cancelled',
  ],
  ['unchanged | | build:success deploy:success verify:skipped', '✅ 无需部署，版本未变', '✅ unchanged, not deployed'],
  ['good | pass | build:success deploy:success verify:success promote:success', '✅ 部署成功', '✅ deployed'],
  [
    'good | pass | build:success deploy:success verify:success promote:failure',
    '⚠️ 已上线，但放量失败',
    '⚠️ live, but promotion failed',
  ],
  [
    'good | pass | build:success deploy:success verify:success promote:cancelled',
    '⚠️ 已上线，但放量被取消',
    '⚠️ live, but promotion cancelled',
  ],
  [
    'pending 10 | pass | build:success deploy:success verify:success promote:success',
    '⏳ 等待放量，当前流量 10%',
    '⏳ waiting at 10 %',
  ],
  [
    'pending 10 | pass | build:success deploy:success verify:success promote:failure',
    '⚠️ 放量失败，停在流量 10%',
    '⚠️ promotion failed, waiting at 10 %',
  ],
  [
    'pending 10 | pass | build:success deploy:success verify:success promote:cancelled',
    '⏹️ 部署已取消，仍有 10% 流量',
    '⏹️ cancelled, still at 10 %',
  ],
  [
    'rolled-back | pass | build:success deploy:success verify:success promote:success',
    '❌ 部署失败，已回滚',
    '❌ deploy failed, rolled back',
  ],
  [
    'rolled-back | pass | build:success deploy:success verify:success promote:failure',
    '❌ 部署失败，已回滚',
    '❌ deploy failed, rolled back',
  ],
  [
    'rolled-back | pass | build:success deploy:success verify:success promote:cancelled',
    '⏹️ 部署已取消，已回滚',
    '⏹️ cancelled, rolled back',
  ],
  ['good | | build:success deploy:success e2e:failure', '⚠️ 已上线，但任务 e2e 失败', '⚠️ live, but job e2e failed'],
  ['good | | build:failure deploy:success', '⚠️ 已上线，但构建失败', '⚠️ live, but build failed'],
  ['back |  | rollback:success', '↩️ 已回滚', '↩️ rolled back'],
  ['back | pass | rollback:success', '↩️ 已回滚', '↩️ rolled back'],
  ['back | fail | rollback:success', '⚠️ 已回滚，但验证未通过', '⚠️ rolled back, verification failed'],
  ['back | inconclusive | rollback:success', '↩️ 已回滚，但验证无结论', '↩️ rolled back, inconclusive'],
  ['back | error | rollback:success', '⚠️ 已回滚，但验证未完成', '⚠️ rolled back, not verified'],
  ['back |  | rollback:failure', '⚠️ 已回滚，但回滚任务失败', '⚠️ rolled back, rollback job failed'],
  ['back | pass | rollback:failure', '⚠️ 已回滚，但回滚任务失败', '⚠️ rolled back, rollback job failed'],
  ['back | fail | rollback:failure', '⚠️ 已回滚，但验证未通过', '⚠️ rolled back, verification failed'],
  ['back | inconclusive | rollback:failure', '⚠️ 已回滚，但回滚任务失败', '⚠️ rolled back, rollback job failed'],
  ['back | error | rollback:failure', '⚠️ 已回滚，但验证未完成', '⚠️ rolled back, not verified'],
  ['back |  | rollback:cancelled', '⚠️ 已回滚，但回滚任务被取消', '⚠️ rolled back, rollback job cancelled'],
  ['back | pass | rollback:cancelled', '⚠️ 已回滚，但回滚任务被取消', '⚠️ rolled back, rollback job cancelled'],
  ['back | fail | rollback:cancelled', '⚠️ 已回滚，但验证未通过', '⚠️ rolled back, verification failed'],
  ['back | inconclusive | rollback:cancelled', '⚠️ 已回滚，但回滚任务被取消', '⚠️ rolled back, rollback job cancelled'],
  ['back | error | rollback:cancelled', '⚠️ 已回滚，但验证未完成', '⚠️ rolled back, not verified'],
  ['unchanged | | rollback:success', '✅ 无需部署，版本未变', '✅ unchanged, not deployed'],
  ['unchanged | | rollback:failure', '❌ 回滚失败，线上未动', '❌ rollback failed, no change'],
  ['unchanged | | rollback:cancelled', '⏹️ 回滚已取消，线上未动', '⏹️ rollback cancelled'],
  // Refused before anything was changed, whether or not a state tells so.
  [' | | rollback:failure NO_ROLLBACK_TARGET', '❌ 回滚失败，线上未动', '❌ rollback failed, no change'],
  [' | | rollback:failure LOCK_HELD', '❌ 回滚失败，线上未动', '❌ rollback failed, no change'],
  [' | | rollback:failure SSH_LOST', '❌ 回滚失败', '❌ rollback failed'],
  // With strategy recreate the one that serves stops first: it serves again, and customers had a gap.
  ['unchanged gap | | rollback:failure', '❌ 回滚失败，服务有中断', '❌ rollback failed, with a gap'],
  ['unchanged gap | | rollback:cancelled', '⏹️ 回滚已取消，服务有中断', '⏹️ rollback cancelled, with a gap'],
  ['unchanged gap | | deploy:failure', '❌ 部署失败，服务有中断', '❌ deploy failed, with a gap'],
  ['bad gap | | deploy:failure', '❌ 部署失败，服务有中断', '❌ deploy failed, with a gap'],
  ['bad gap | | deploy:cancelled', '⏹️ 部署已取消，服务有中断', '⏹️ cancelled, with a gap'],
  ['taken back gap | fail | deploy:failure', '❌ 部署失败，已回滚', '❌ deploy failed, rolled back'],
  ['good gap | | deploy:success', '✅ 部署成功', '✅ deployed'],
  ['back 50 | | rollback:success', '❌ 回滚失败', '❌ rollback failed'],
  [
    'back | | deploy:success verify:failure rollback:success',
    '❌ 验证失败，已回滚',
    '❌ verification failed, rolled back',
  ],
  [
    'back | fail | deploy:success verify:failure rollback:success',
    '❌ 部署失败，已回滚',
    '❌ deploy failed, rolled back',
  ],
  ['back | | deploy:cancelled rollback:success', '⏹️ 部署已取消，已回滚', '⏹️ cancelled, rolled back'],
  ['rolled-back | fail | deploy:failure rollback:skipped', '❌ 部署失败，已回滚', '❌ deploy failed, rolled back'],
  ['pending 10 | fail | deploy:success verify:failure rollback:failure', '❌ 回滚失败', '❌ rollback failed'],
  ['taken back |  | build:success deploy:failure', '❌ 部署失败，已回滚', '❌ deploy failed, rolled back'],
  ['taken back |  | build:success deploy:cancelled', '⏹️ 部署已取消，已回滚', '⏹️ cancelled, rolled back'],
  ['taken back | pass | build:success deploy:failure', '❌ 部署失败，已回滚', '❌ deploy failed, rolled back'],
  ['taken back | pass | build:success deploy:cancelled', '⏹️ 部署已取消，已回滚', '⏹️ cancelled, rolled back'],
  ['taken back | fail | build:success deploy:failure', '❌ 部署失败，已回滚', '❌ deploy failed, rolled back'],
  ['taken back | fail | build:success deploy:cancelled', '⏹️ 部署已取消，已回滚', '⏹️ cancelled, rolled back'],
  ['taken back | inconclusive | build:success deploy:failure', '❌ 验证无结论，已回滚', '❌ inconclusive, rolled back'],
  ['taken back | inconclusive | build:success deploy:cancelled', '⏹️ 部署已取消，已回滚', '⏹️ cancelled, rolled back'],
  ['taken back | error | build:success deploy:failure', '❌ 验证未完成，已回滚', '❌ not verified, rolled back'],
  ['taken back | error | build:success deploy:cancelled', '⏹️ 部署已取消，已回滚', '⏹️ cancelled, rolled back'],
  [' | | | start', '🚀 开始部署', '🚀 deploy started'],
  [' | | | success', '✅ 部署成功', '✅ deployed'],
  [' | | | failure', '❌ 部署失败', '❌ deploy failed'],
  [' | | | rollback', '↩️ 已回滚', '↩️ rolled back'],
  [' | | | alert', '🚨 线上告警', '🚨 alert'],
  [' | | | recovered', '💚 已恢复', '💚 recovered'],
  [' | | | drill', '【演练】🧪 告警演练', '[DRILL] 🧪 alert drill'],
  ['good | pass | | alert', '🚨 线上告警', '🚨 alert'],
  ['good | fail | | alert', '🚨 线上告警', '🚨 alert'],
  ['good | inconclusive | | alert', '🚨 线上告警，巡检无结论', '🚨 alert, inconclusive'],
  ['good | error | | alert', '🚨 线上告警，巡检未完成', '🚨 alert, look unfinished'],
  ['good | pass | | recovered', '💚 已恢复', '💚 recovered'],
  [' | | rollback:success | drill', '【演练】🧪 告警演练', '[DRILL] 🧪 alert drill'],
  [
    ' | | rollback:cancelled | drill',
    '【演练】❌ 演练未完成，回滚任务被取消',
    '[DRILL] ❌ drill: rollback job cancelled',
  ],
  [' | | rollback:skipped | drill', '【演练】❌ 演练未完成，回滚任务被跳过', '[DRILL] ❌ drill: rollback job skipped'],
  [' | | rollback:failure | drill', '【演练】❌ 演练未通过，回滚失败', '[DRILL] ❌ drill: rollback failed'],
  ['good | | | rollback', '✅ 部署成功', '✅ deployed'],
  ['back | | | rollback', '↩️ 已回滚', '↩️ rolled back'],
  ['back | fail | | rollback', '⚠️ 已回滚，但验证未通过', '⚠️ rolled back, verification failed'],
  ['good | | | start', '✅ 部署成功', '✅ deployed'],
  [' | | build:success | start', '🚀 开始部署', '🚀 deploy started'],
  // What looks after a release that serves has deployed nothing, although it hands on its deployment.
  ['good 100 | | scale:success', '✅ 任务 scale 成功', '✅ job scale succeeded'],
  ['good 100 | | scale:failure', '❌ 任务 scale 失败', '❌ job scale failed'],
  ['good 100 | | maintenance:cancelled', '⏹️ 任务 maintenance 被取消', '⏹️ job maintenance cancelled'],
  ['good 100 | pass | watch:success scale:success', '✅ 任务全部成功', '✅ all jobs succeeded'],
  ['good 100 | fail | watch:failure scale:success', '❌ 验证未通过', '❌ verification failed'],
  ['good 100 | | deploy:success scale:failure', '⚠️ 已上线，但任务 scale 失败', '⚠️ live, but job scale failed'],
  ['good 100 | | prune-deploy:success', '✅ 部署成功', '✅ deployed'],
  [' | | test:success lint:success', '✅ 任务全部成功', '✅ all jobs succeeded'],
  [' | | test:success lint:skipped', '✅ 任务全部成功', '✅ all jobs succeeded'],
  [' | | test:skipped lint:skipped', '⏭️ 已跳过，未部署', '⏭️ skipped, not deployed'],
  [' | | test:failure lint:success', '❌ 任务 test 失败，未部署', '❌ test failed, not deployed'],
  [' | | test:cancelled lint:success', '⏹️ 任务 test 被取消，未部署', '⏹️ test cancelled, not deployed'],
  [' | fail | | success', '❌ 验证未通过', '❌ verification failed'],
];

const titles = async (inputs: Record<string, string>) =>
  Promise.all(
    (['zh-CN', 'en'] as const).map(async (locale) => {
      const said = await gather(schema.parse({ ...inputs, locale }), {}, 0, (text) => text);
      return compose(said, locale).title;
    }),
  );

test.each(HEADINGS)('%s: %s / %s', async (facts, zh, en) => {
  expect(await titles(inputsOf(facts))).toEqual([zh, en]);
});

describe('the event never beats what happened', () => {
  /** A state, or a job that deployed or rolled back, tells by itself. */
  const told = HEADINGS.filter(
    ([facts]) => facts.split('|').length < 4 && (/^\w/.test(facts) || /(deploy|rollback):/.test(facts)),
  );
  test.each(told)('%s', (facts) => {
    // By ids that hold no time a rollback can't be told from a deploy; by these it can.
    const inputs = schema.parse(inputsOf(facts));
    const without = endingFrom(inputs);
    for (const event of ['start', 'success', 'failure', 'rollback']) {
      expect(endingFrom({ ...inputs, event }), event).toEqual(without);
    }
  });
});

describe('no sentence claims what is not so, over every combination', () => {
  const states = ['', 'good', 'pending', 'bad', 'rolled-back', 'unchanged'];
  const shares = [undefined, 0, 40, 100];
  const verdicts = [undefined, 'pass', 'fail', 'inconclusive', 'error'];
  const results = [undefined, 'success', 'failure', 'cancelled', 'skipped'];
  const events = [undefined, 'success', 'failure', 'rollback'] as const;

  function* combinations(): Generator<Given & { share?: number; state: string }> {
    for (const state of states)
      for (const share of state ? shares : [undefined])
        for (const verdict of verdicts)
          for (const deploy of results)
            for (const verify of results)
              for (const build of ['success', 'failure'])
                for (const said of events) {
                  const slots = [
                    { release: NEW!, image: '', role: 'candidate' as const, weight: share ?? 0, containers: [] },
                    { release: OLD!, image: '', role: 'current' as const, weight: 100 - (share ?? 0), containers: [] },
                  ];
                  const jobs = Object.entries({ build, deploy, verify }).flatMap(([name, result]) =>
                    result ? [{ name, result }] : [],
                  );
                  const deployment = {
                    ...{
                      app: 'shop',
                      kind: 'docker' as const,
                      environment: 'production',
                      release: NEW!,
                      previous: OLD!,
                      image: '',
                      state,
                    },
                    hosts: share === undefined ? [] : [{ host: 'a', slots }],
                  };
                  yield {
                    ...{ said, verdict, jobs, state, share, rehearsal: false, metCustomers: false, fields: [] },
                    ...(state ? { deployment } : {}),
                  };
                }
  }

  test('in both languages', () => {
    let seen = 0;
    const wrong: string[] = [];
    for (const given of combinations()) {
      const ending = endingOf(factsOf(given));
      if (!ending) continue;
      seen += 1;
      const of = (name: string) => given.jobs.find((job) => job.name === name)?.result;
      const [deploy, verify] = [of('deploy'), of('verify')];
      const { state, share, verdict, said } = given;
      const tried = deploy !== 'skipped';
      const said_ = message({
        ending,
        event: ending.event,
        verdict,
        version: NEW,
        previous: OLD,
        live: undefined,
        jobs: [...given.jobs],
      });
      const quiet = { ...said_, customers: undefined, why: undefined };
      const zh = [wordsOf('zh-CN').result(quiet), ...wordsOf('zh-CN').story(quiet)].join(' ');
      const en = [wordsOf('en').result(quiet), ...wordsOf('en').story(quiet)].join(' ');
      const where = () =>
        JSON.stringify({
          state,
          share,
          verdict,
          deploy,
          verify,
          build: of('build'),
          said,
          kind: ending.kind,
          zh,
        });
      const claims = (chinese: RegExp, english: RegExp, so: boolean) => {
        if (!so && (chinese.test(zh) || english.test(en))) wrong.push(`claims ${chinese}: ${where()} ${en}`);
      };
      const serves =
        tried && (state === 'good' || (!state && (deploy === 'success' || (!deploy && said === 'success'))));
      claims(/已上线|部署成功/, /(?<!which version )\bis live|^live|^deployed/, serves);
      claims(
        /没有通过验证|验证未通过|验证没有通过/,
        /failed its verification|Verification failed|verification failed/,
        verdict === 'fail' || verify === 'failure',
      );
      claims(
        /已回滚/,
        /\brolled back\b/,
        (tried && state === 'rolled-back') || (!state && said === 'rollback' && !deploy),
      );
      claims(/没有切换流量|未切流量/, /not switched|never live/, state === 'bad' && !share);
      claims(
        /线上没有改动|线上未动/,
        /untouched|no change/,
        state === 'unchanged' || !tried || (!state && of('build') === 'failure' && deploy === undefined),
      );
      // The caller's word tells where no job does: a failure before anything was changed has this state as well.
      const blamed = verdict === 'fail' || verdict === 'error' || verify === 'failure' || verify === 'cancelled';
      const early =
        state === 'unchanged' &&
        deploy === undefined &&
        (said === 'rollback' || (said === 'failure' && !blamed && of('build') === 'success'));
      claims(/无需部署|已经在线上/, /unchanged, not|serves already/, state === 'unchanged' && !early);
      claims(/取消/, /cancel/, deploy === 'cancelled' || verify === 'cancelled');
      claims(/跳过/, /skipped/, deploy === 'skipped' || verify === 'skipped');
      claims(/无需再次回滚/, /no need to roll back again/, state === 'rolled-back' || (!state && said === 'rollback'));
      claims(/仍在承接|等待放量/, /still has|waits for promotion|waiting/, state === 'pending' || Boolean(share));
      // And what on-call must learn is never left out.
      const must = (chinese: RegExp, english: RegExp, so: boolean) => {
        if (so && !(chinese.test(zh) && english.test(en))) wrong.push(`leaves out ${chinese}: ${where()} ${en}`);
      };
      must(
        /取消/,
        /cancel/,
        deploy === 'cancelled' && verdict !== 'fail' && verdict !== 'error' && !(verify === 'failure'),
      );
      must(/失败|未|没/, /fail|not|never|inconclusive/, deploy === 'failure');
      must(/失败/, /failed/, early);
      // "failed, at 40 %" would read as the place where it failed, not as what it still has.
      claims(/(?!)/, /^[^.]*(failed|cancelled|incomplete), (at|on|has) /, false);
      if (early && (ending.event !== 'failure' || ending.severity === 'info')) wrong.push(`calm: ${where()}`);
      must(/回滚/, /roll/, tried && state === 'rolled-back');
      must(/40%/, /40 %/, tried && share === 40 && state !== 'unchanged');
    }
    expect(wrong.slice(0, 5)).toEqual([]);
    expect(seen).toBeGreaterThan(10_000);
  });
});

describe('a gap is never told beside "nothing was changed"', () => {
  const lines = HEADINGS.map(([facts]) => facts).filter((facts) => / gap \|/.test(facts));
  test.each(lines)('%s', async (facts) => {
    for (const locale of ['zh-CN', 'en'] as const) {
      const said = await gather(schema.parse({ ...inputsOf(facts), locale }), {}, 0, (text) => text);
      const { title, story } = compose(said, locale);
      expect([title, ...story].join(' ')).not.toMatch(
        /线上未动|线上没有改动|没有任何变化|untouched|no change|nothing was/,
      );
      expect(story.join(' ')).toMatch(/14 秒内没有任何版本可以应答|no version answering for about 14 seconds/);
    }
  });
});

test('why a rollback failed speaks of the release it was to go back to, not of a new version', async () => {
  const said = async (facts: string, locale: Locale) =>
    compose(await gather(schema.parse({ ...inputsOf(facts), locale }), {}, 0, (text) => text), locale).story.join(' ');
  for (const code of ['DEPLOY_UNHEALTHY', 'WATCH_FAILED', 'NO_CAPACITY']) {
    const zh = await said(`unchanged | | rollback:failure ${code}`, 'zh-CN');
    expect(zh).toContain('要回滚到的版本');
    expect(zh).not.toContain('新版本');
    expect(await said(`unchanged | | rollback:failure ${code}`, 'en')).toMatch(/the release to go back to.*\(/);
    expect(await said(`bad | | deploy:failure ${code}`, 'zh-CN')).toContain('新版本');
    // Why one was made that worked.
    expect(await said(`back | | rollback:success ${code}`, 'zh-CN')).toContain('新版本');
  }
});

test('a start is about what comes, not about the release that serves until then', async () => {
  const serves = { app: 'shop', environment: 'production', release: OLD, previous: '', state: 'good', hosts: [] };
  for (const version of ['4f1c2d3', 'v1.4.0', NEW!]) {
    const inputs = schema.parse({ event: 'start', version, deployment: JSON.stringify(serves), locale: 'en' });
    const sha = '4f1c2d3e5a6b7c8d9e0f1a2b3c4d5e6f7a8b9c0d';
    const run = {
      GITHUB_ACTIONS: 'true',
      GITHUB_SERVER_URL: 'https://github.com',
      GITHUB_REPOSITORY: 'a/b',
      GITHUB_SHA: sha,
    };
    const said = await gather(inputs, run, 0, (text) => text);
    const name = version === NEW ? '4f1c2d3' : version;
    expect(compose(said, 'en').story).toEqual(['Live now: 9abcdef, since 2026-11-29 10:15 UTC.', `Deploying ${name}.`]);
    expect([said.commit?.sha, said.previous]).toEqual([sha, OLD]);
  }
});
