import type { Message } from '../message.ts';

/**
 * Error codes that workflows hand over as a reason, in words: what happened, in a clause that ends in no full stop. What
 * to do about each stands in docs/errors.md.
 */
const CODES: Record<string, { 'zh-CN': string; en: string }> = {
  CANCELLED: { 'zh-CN': '运行被人取消', en: 'somebody cancelled the run' },
  INTERNAL: { 'zh-CN': '出现了意料之外的故障，请看运行日志', en: 'something unforeseen broke; the run tells' },
  INPUT_INVALID: { 'zh-CN': '有一个输入写得不对', en: 'an input is wrong' },
  INPUT_MISSING: { 'zh-CN': '缺少一个必需的输入', en: 'an input is missing' },
  INPUT_UNKNOWN: { 'zh-CN': '写了一个不存在的输入', en: 'an input is not known' },
  CONFIG_INVALID: { 'zh-CN': 'seatrial.yml 写得不对', en: 'seatrial.yml is wrong' },
  CONFIG_SECRET: { 'zh-CN': 'seatrial.yml 里有密钥', en: 'seatrial.yml holds a secret' },
  TOOL_MISSING: { 'zh-CN': '运行机器上缺少需要的命令', en: 'a command is missing on the runner' },
  NOT_SUPPORTED: { 'zh-CN': '以现有条件做不到所要求的事', en: 'what was asked for can’t be done here' },
  ENGINE_UNREACHABLE: { 'zh-CN': '连不上主机的 Docker 引擎', en: 'the Docker engine of a host does not answer' },
  ENGINE_TIMEOUT: { 'zh-CN': 'Docker 引擎应答太慢', en: 'the Docker engine took too long' },
  ENGINE_REFUSED: { 'zh-CN': 'Docker 引擎拒绝了操作', en: 'the Docker engine refused' },
  SSH_AUTH: { 'zh-CN': '主机不接受 ssh 密钥', en: 'the host takes no ssh key of ours' },
  SSH_HOST_KEY: { 'zh-CN': '主机的 ssh 密钥与固定的不符', en: 'the host’s ssh key is not the pinned one' },
  SSH_KNOWN_HOSTS_MISSING: { 'zh-CN': '没有固定主机的 ssh 密钥', en: 'no host key is pinned' },
  SSH_UNREACHABLE: { 'zh-CN': '用 ssh 连不上主机', en: 'no ssh connection to the host comes about' },
  SSH_LOST: { 'zh-CN': '与主机的 ssh 连接中途断开', en: 'the ssh connection broke off' },
  TLS_REFUSED: { 'zh-CN': '与主机的 TLS 连接被拒绝', en: 'TLS to the host was refused' },
  REGISTRY_LOGIN: { 'zh-CN': '镜像仓库拒绝登录', en: 'the registry refused the login' },
  REGISTRY_UNREACHABLE: { 'zh-CN': '连不上镜像仓库', en: 'the registry does not answer' },
  LINT_FAILED: { 'zh-CN': 'Dockerfile 检查没有通过', en: 'the Dockerfile did not pass its checks' },
  BUILD_FAILED: { 'zh-CN': '镜像构建失败', en: 'the image did not build' },
  SCAN_BLOCKED: {
    'zh-CN': '镜像里有必须修复的漏洞，扫描没有放行',
    en: 'the scan found vulnerabilities that must be mended first',
  },
  SCAN_FAILED: { 'zh-CN': '漏洞扫描器出故障，没有结论', en: 'the scanner broke, so nothing is known' },
  IMAGE_TOO_LARGE: { 'zh-CN': '镜像超过了大小上限', en: 'the image is too large' },
  PUSH_FAILED: { 'zh-CN': '镜像推送失败', en: 'the image could not be pushed' },
  PUSH_MISMATCH: { 'zh-CN': '推送后的镜像与扫描的不是同一个', en: 'what was pushed is not what was scanned' },
  IMAGE_MISSING: { 'zh-CN': '拉不到镜像', en: 'the image can’t be pulled' },
  DISK_FULL: { 'zh-CN': '主机磁盘空间不足', en: 'the host’s disk is full' },
  PORT_TAKEN: { 'zh-CN': '端口已被占用', en: 'the port is taken' },
  LOCK_HELD: { 'zh-CN': '另一次部署正在进行', en: 'another run is deploying this app' },
  LOCK_LOST: { 'zh-CN': '部署锁中途被拿走', en: 'the lock was taken away on the way' },
  NO_CAPACITY: { 'zh-CN': '没有节点放得下新版本', en: 'no node has room for the new version' },
  DEPLOY_UNHEALTHY: { 'zh-CN': '新版本没有通过健康检查', en: 'the new version did not pass its health checks' },
  WATCH_FAILED: { 'zh-CN': '新版本接到流量后崩溃或不再正常应答', en: 'the new version broke down once it had traffic' },
  HOOK_FAILED: { 'zh-CN': '部署前后的命令执行失败', en: 'the command before or after the deploy failed' },
  SECRETS_NEEDED: { 'zh-CN': '缺少应用的密钥', en: 'the app’s secrets are missing' },
  NO_ROLLBACK_TARGET: { 'zh-CN': '没有可以回滚到的正常版本', en: 'there is no good release to go back to' },
  RELEASE_BAD: { 'zh-CN': '要回滚到的版本是一个失败过的版本', en: 'the release to go back to is one that failed' },
  ROLLBACK_UNPROVEN: {
    'zh-CN': '流量已切换，但事实与预期不符',
    en: 'the switch was made, and the facts say otherwise',
  },
  NOTHING_PENDING: { 'zh-CN': '没有等待放量的版本', en: 'no release waits for promotion' },
  EDGE_DOWN: { 'zh-CN': '没有任何版本能接到请求', en: 'no request can reach a release' },
  EDGE_CONFIG: { 'zh-CN': '边缘代理拒绝了配置', en: 'the edge refused its configuration' },
  EDGE_UNREACHABLE: { 'zh-CN': '边缘代理没有应答', en: 'the edge does not answer' },
  COMPOSE_INVALID: { 'zh-CN': 'compose 文件无法使用', en: 'the compose file can’t be used' },
  COMPOSE_FAILED: { 'zh-CN': 'docker compose 执行失败', en: 'docker compose failed' },
  COMPOSE_SERVICE_FAILED: { 'zh-CN': 'compose 里的服务启动失败', en: 'a compose service did not come up' },
  COMPOSE_TIMEOUT: { 'zh-CN': 'docker compose 超时', en: 'docker compose took too long' },
  VERDICT_FAIL: { 'zh-CN': '新版本没有通过验证', en: 'the new version did not pass verification' },
  VERDICT_INCONCLUSIVE: { 'zh-CN': '样本不足，验证没有结论', en: 'verification had too few samples to conclude' },
  VERDICT_ERROR: { 'zh-CN': '验证没能完成', en: 'verification could not finish' },
};

/** What a rollback brings up is no new version. */
const BROUGHT = {
  'zh-CN': ['新版本', '要回滚到的版本'],
  en: ['the new version', 'the release to go back to'],
} as const;

/** The code in words, itself in brackets behind; a code that is not known stays as it is. `back`: a rollback failed with it. */
export function inWords(code: string, locale: 'zh-CN' | 'en', back = false): string {
  const words = CODES[code]?.[locale];
  if (!words) return code;
  const [version, release] = BROUGHT[locale];
  const said = back ? words.replace(version, release) : words;
  return locale === 'zh-CN' ? `${said}（${code}）` : `${said} (${code})`;
}

/** The reason of a message as it is told. */
export function whyOf({ why, code, ending }: Message, locale: 'zh-CN' | 'en'): string | undefined {
  return code ? inWords(code, locale, ending.kind.startsWith('rollback-')) : why;
}
