import { seeded } from '../../../src/verify/judge/math.ts';

/** Templates in the shapes of public logs, written for this test; `{…}` is a value. */
const SETS: Record<string, { head: string; templates: string[] }> = {
  sshd: {
    head: 'Nov 30 06:42:{s} host sshd[{n}]: ',
    templates: [
      'Failed password for invalid user {user} from {ip} port {n} ssh2',
      'Failed password for root from {ip} port {n} ssh2',
      'Invalid user {user} from {ip}',
      'error: maximum authentication attempts exceeded for {user} from {ip} port {n} ssh2 [preauth]',
      'fatal: Timeout before authentication for {ip}',
      'Received disconnect from {ip}: 11: Bye Bye [preauth]',
      'Connection closed by {ip} [preauth]',
      'pam_unix(sshd:auth): authentication failure; logname= uid=0 euid=0 tty=ssh ruser= rhost={ip}',
      'reverse mapping checking getaddrinfo for {host} [{ip}] failed - POSSIBLE BREAK-IN ATTEMPT!',
      'error: kex_exchange_identification: Connection closed by remote host',
      'Did not receive identification string from {ip}',
      'Accepted publickey for {user} from {ip} port {n} ssh2: RSA SHA256:{hash}',
    ],
  },
  Spring: {
    head: '2026-11-30T06:42:{s}.123Z ERROR 1 --- [shop] [nio-8080-exec-{d}] ',
    templates: [
      'c.s.PayController : card was declined',
      'c.s.PayController : card was refunded',
      'c.s.StockService : count below zero',
      'c.s.StockService : count of item {n} is {n} too low',
      'c.s.OrderService : order {n} of customer {n} is closed',
      'c.s.OrderService : order {n} of customer {n} is unpaid',
      'o.h.e.j.s.SqlExceptionHelper : Connection is not available, request timed out after {n}ms.',
      'o.h.e.j.s.SqlExceptionHelper : ERROR: duplicate key value violates unique constraint "{word}"',
      'c.s.MailClient : could not reach {host}:{n}: Connection refused',
      'c.s.Cache : key {uuid} expired {n} s ago',
    ],
  },
  nginx: {
    head: '2026/11/30 06:42:{s} [error] 7#7: *{n} ',
    templates: [
      'connect() failed (111: Connection refused) while connecting to upstream, client: {ip}, server: _, request: "GET {path} HTTP/1.1", upstream: "http://{ip}:{n}{path}"',
      'upstream timed out (110: Connection timed out) while reading response header from upstream, client: {ip}, server: _, request: "POST {path} HTTP/1.1"',
      'open() "{path}" failed (2: No such file or directory), client: {ip}, server: _',
      'upstream prematurely closed connection while reading response header from upstream, client: {ip}',
      'no live upstreams while connecting to upstream, client: {ip}, server: _',
      'client intended to send too large body: {n} bytes, client: {ip}',
      'directory index of "{path}" is forbidden, client: {ip}',
      'SSL_do_handshake() failed (SSL: error:{hex}:SSL routines::bad key share) while SSL handshaking, client: {ip}',
    ],
  },
  'a distributed file system': {
    head: '081109 2059{s} {n} WARN dfs.DataNode$DataXceiver: ',
    templates: [
      '{ip}:{n}:Got exception while serving blk_{id} to /{ip}:',
      'Received block blk_{id} of size {n} from /{ip}',
      'PacketResponder {d} for block blk_{id} terminating',
      'writeBlock blk_{id} received exception java.io.IOException: Connection reset by peer',
      'BLOCK* NameSystem.addStoredBlock: blockMap updated: {ip}:{n} is added to blk_{id} size {n}',
      'Verification failed for blk_{id}. It may be due to race with write.',
      'Unexpected error trying to delete block blk_{id}. BlockInfo not found in volumeMap.',
      'Exception in receiveBlock for block blk_{id} java.io.EOFException: while trying to read {n} bytes',
    ],
  },
  'a proxy': {
    head: '[11.30 06:42:{s}] ',
    templates: [
      '{word}.exe - {host}:{n} close, {n} bytes sent, {n} bytes received, lifetime {clock}',
      '{word}.exe - {host}:{n} open through proxy {host}:{n} HTTPS',
      '{word}.exe - {host}:{n} error : Could not connect through proxy {host}:{n} - Proxy server cannot establish a connection with the target, status code {code}',
      '{word}.exe - {host}:{n} error : Could not resolve {host}',
    ],
  },
  structlog: {
    head: '',
    templates: [
      '{"order_id": {n}, "event": "card declined", "level": "error", "timestamp": "2026-11-30T06:42:{s}Z"}',
      '{"order_id": {n}, "event": "ledger row missing", "level": "error", "timestamp": "2026-11-30T06:42:{s}Z"}',
      '{"event": "bank did not answer in time", "bank": "{word}", "level": "error", "timestamp": "2026-11-30T06:42:{s}Z"}',
      '{"event": "stock of {word} below zero", "level": "error", "timestamp": "2026-11-30T06:42:{s}Z"}',
      '{"event": "webhook refused", "status": {code}, "level": "error", "timestamp": "2026-11-30T06:42:{s}Z"}',
      '{"event": "user {user} locked out", "level": "error", "timestamp": "2026-11-30T06:42:{s}Z"}',
    ],
  },
  'zap and klog': {
    head: '',
    templates: [
      '2026-11-30T06:42:{s}.123Z\tERROR\tpay/pay.go:5\tcard declined\t{"order": {n}}',
      '2026-11-30T06:42:{s}.123Z\tERROR\tpay/pay.go:9\tledger row missing\t{"order": {n}}',
      '2026-11-30T06:42:{s}.123Z\tERROR\tbank/ask.go:7\tcall failed\t{"error": "dial tcp {ip}:{n}: connect: connection refused"}',
      'E1130 06:42:{s}.123456       1 pay.go:2] "Failed to sync pod" err="x" pod="{word}/{word}"',
      'E1130 06:42:{s}.123456       1 lease.go:4] "Failed to renew lease" err="x" node="{word}"',
      'E1130 06:42:{s}.123456       1 reflector.go:8] Failed to watch *v1.Pod: connection to {ip}:{n} lost',
    ],
  },
  PostgreSQL: {
    head: '2026-11-30 06:42:{s}.123 UTC [{n}] ',
    templates: [
      'ERROR:  relation "{word}" does not exist at character {n}',
      'ERROR:  duplicate key value violates unique constraint "{word}"',
      'ERROR:  deadlock detected',
      'FATAL:  password authentication failed for user "{word}"',
      'ERROR:  canceling statement due to statement timeout',
      'ERROR:  null value in column "{word}" of relation "{word}" violates not-null constraint',
      'FATAL:  sorry, too many clients already',
      'ERROR:  could not serialize access due to concurrent update',
      'FATAL:  terminating connection due to administrator command',
    ],
  },
  Chinese: {
    head: '2026-11-30 06:42:{s},123 ERROR [exec-{d}] c.s.Pay - ',
    templates: [
      '订单{n}支付失败：银行卡被拒绝',
      '订单{n}支付失败：余额不足',
      '库存不足，商品{n}剩余{n}件',
      '调用银行接口超时，耗时{n}毫秒',
      '用户{n}登录失败，密码错误',
      '发送短信失败，模板{n}不存在',
      '数据库连接池已满，等待{n}个',
      '优惠券{n}已过期',
    ],
  },
  '.NET': {
    head: '',
    templates: [
      'fail: Shop.Pay[{d}]\n      card {hash} declined',
      'fail: Shop.Stock[{d}]\n      count below zero',
      'fail: Shop.Bank[0]\n      bank answered {code} after {n} ms',
      'fail: Microsoft.EntityFrameworkCore.Database.Command[20102]\n      Failed executing DbCommand ({n}ms)',
      'crit: Shop.Program[{d}]\n      host {host} lost its lease',
    ],
  },
};

const USERS = 'webmaster admin oracle guest pi test ftpuser postgres chen deploy git nagios'.split(' ');
const WORDS =
  'orders_pkey users_email_key shop_items chrome telegram dropbox node-17 web_7d9f kube-proxy idx_sku tcp-mux pay_v2'.split(
    ' ',
  );

function fill(template: string, random: () => number): string {
  const n = (most: number) => Math.floor(random() * most);
  const hex = (length: number) => Array.from({ length }, () => n(16).toString(16)).join('');
  const values: Record<string, () => string> = {
    s: () => String(10 + n(50)),
    d: () => String(n(10)),
    n: () => String(n(90_000)),
    f: () => (random() * 90).toFixed(2),
    code: () => ['403', '404', '500', '502', '503'][n(5)]!,
    ip: () => `${1 + n(220)}.${n(255)}.${n(255)}.${n(255)}`,
    host: () => `${WORDS[n(WORDS.length)]!.replaceAll('_', '-')}-${n(90)}.example.com`,
    user: () => USERS[n(USERS.length)]!,
    word: () => WORDS[n(WORDS.length)]!,
    id: () => `${random() < 0.5 ? '-' : ''}${1e18 + n(9e15)}`,
    hash: () => `${hex(20)}a1`,
    hex: () => `0${hex(7)}`,
    uuid: () => `${hex(8)}-${hex(4)}-4${hex(3)}-a${hex(3)}-${hex(12)}`,
    path: () => `/${WORDS[n(WORDS.length)]}/${n(900)}`,
    clock: () => `00:${10 + n(49)}`,
  };
  return template.replace(/\{(\w+)\}/g, (whole, name: string) => values[name]?.() ?? whole);
}

export interface Grouped {
  entry: string;
  /** Number of the template it was made from. */
  template: number;
}

/** Entries of every set, the first templates of each far more frequent than the last. */
export function logSets(seed: number, lines = 400): [name: string, entries: Grouped[]][] {
  const random = seeded(seed);
  return Object.entries(SETS).map(([name, { head, templates }]) => [
    name,
    Array.from({ length: lines }, () => {
      const template = Math.floor(random() ** 2 * templates.length);
      return { entry: fill(head + templates[template]!, random), template };
    }),
  ]);
}
