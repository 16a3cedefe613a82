/**
 * A labelled set for the redaction, in the shapes of public logs: what stands in ⟦…⟧ is a person's datum or a secret.
 * All people, numbers and keys are made up.
 */

const NAMES = ['Zhang San', 'Maria Gonzalez', 'John A. Smith', 'Aiko Tanaka', 'Léa Dubois', 'Anna Schmidt'];
const CHINESE = ['张三', '李小明', '欧阳娜娜', '王芳', '陳大文', '刘德华'];
const MAILS = ['zhang.san@example.com', 'maria+shop@mail.example.es', 'j_smith@example.co.uk', 'aiko@example.jp'];
const MOBILES = ['13800138000', '+86 139 1234 5678', '15912345678', '186-1234-5678', '0912-345-678', '+442071838750'];
const CARDS = ['4111111111111111', '5500 0000 0000 0004', '3782 822463 10005', '6200000000000005'];
const ADDRESSES = ['221B Baker Street', '12 Long Acre Road'];
const STREETS = ['上海市浦东新区世纪大道100号', '广东省深圳市南山区科技园路12号3栋', '北京市朝阳区建国路88号'];
const SECRETS = ['hunter2', 'S3cr3t-Pa55', 'x9!kQ2', 'correcthorse9'];
const TOKENS = ['9f8e7d6c5b4a39281706', 'c2VjcmV0LXRva2Vu', 'tok_5f2a9bc1d3'];
const IPS = ['203.0.113.9', '198.51.100.77', '2001:db8::7'];
const V4 = ['203.0.113.9', '198.51.100.77'];
const IDS = ['11010519491231002X'];

/** Templates and what fills them; `~` is the datum, and every value makes a line. */
const PERSONAL: [values: string[], templates: string[]][] = [
  [
    NAMES,
    [
      '{"level":"info","msg":"order paid","buyer_name":"~","order":"A-1042"}',
      'level=info msg="order paid" customer="~" order=1042',
      'INFO shipping to receiver ~, parcel ready',
      'I, [2026-11-30T06:42:35 #1]  INFO -- :   Parameters: {"user"=>{"full_name"=>"~", "plan"=>"pro"}}',
      'Order(id=77, buyerName=~, total=3)',
      "INSERT INTO users (id, name, status) VALUES (7, '~', 'new')",
      'User Create (0.4ms)  INSERT INTO "users" [["name", "~"], ["plan", "pro"]]',
      '{"order":{"consignee":{"first":"~"},"id":7}}',
      '<recipient>~</recipient>',
      'Dear ~, your order has shipped',
      '{\\"receiver\\":\\"~\\",\\"id\\":5}',
      "array ( 'buyer_name' => '~', 'id' => 5 )",
      "execute: parameters: $1 = '~', $2 = '5'",
      "{'customer_name': '~', 'ok': True}",
    ],
  ],
  [
    CHINESE,
    [
      '{"姓名":"~","订单":"A1"}',
      '收件人：~，订单号：A123',
      '{"buyerName":"~","sku":"S-1"}',
      '==>  Parameters: ~(String), 5(Integer)',
      '2026-11-30 06:42:35 INFO 收货人 ~ 已下单',
      'level=info receiver=~ order=7',
      '买家: ~ 支付成功',
      '姓名=~&id=5',
      '{"order":{"收件人":"~"}}',
      'binding parameter [1] as [VARCHAR] - [~]',
    ],
  ],
  [
    MAILS,
    [
      'sent receipt to ~ in 12 ms',
      '{"email":"~","id":5}',
      'duplicate key: Key (email)=(~) already exists.',
      'Started POST "/login" email=~',
      'GET /users/~/orders 200',
      '  Parameters: {"session"=>{"email"=>"~"}}',
      'smtp: 550 5.1.1 <~>: Recipient address rejected',
      'user ~ logged in',
    ],
  ],
  [
    MOBILES,
    [
      'sms to ~ queued',
      '{"phone":"~","id":5}',
      '手机：~，已发送',
      'tel=~ status=ok',
      'call ~ failed: busy',
      'receiver_mobile: ~',
      "'mobile' => '~',",
    ],
  ],
  [
    CARDS,
    ['card ~ declined', '{"card_number":"~","ok":false}', 'charge failed for ~: insufficient funds', '银行卡号：~'],
  ],
  [ADDRESSES, ['ship to ~ please', '{"shipping_address":"~","id":5}', 'address=~ order=7', 'deliver at ~, ring twice']],
  [STREETS, ['送货到~', '{"收货地址":"~","id":5}', '地址：~', 'receiver_address=~ id=5', '{"address":"~"}']],
  [
    SECRETS,
    [
      '{"password":"~","user_id":5}',
      'password=~ rejected',
      'login failed, password: ~',
      'DATABASE_URL=postgres://shop:~@db:5432/shop',
      'dsn shop:~@tcp(db:3306)/shop?parseTime=true',
      'connect: app:~@10.0.0.5:5432/shop refused',
      '  Parameters: {"password"=>"~"}',
      '[password] => x\n"password" => "~"',
      'mysql -u root -p~ shop',
      'redis-cli -h cache -a ~ ping',
      'curl -u admin:~ https://h.example/',
      'Server=db;User Id=sa;Password=~;',
      'run --password ~ now',
      '密码：~',
      'redis://:~@cache:6379/0',
      '<password>~</password>',
      'jdbc:mysql://db/shop?user=app&password=~&useSSL=false',
      'scott/~@//db:1521/orcl',
    ],
  ],
  [
    TOKENS,
    [
      'Authorization: Bearer ~',
      '{"access_token":"~","expires_in":7200}',
      'token=~ accepted',
      'https://h.example/cb?token=~&state=5',
      'X-Api-Key: ~',
      'Cookie: sid=~; theme=dark',
      'session_key=~ openid ok',
      '{"headers":[{"name":"Authorization","value":"Bearer ~"}]}',
      'api_key: ~',
      '"secret"=>"~"',
    ],
  ],
  [
    [
      'AKIAIOSFODNN7EXAMPLE',
      'ghp_abcdefghijklmnopqrstuvwxyz0123456789',
      'xoxb-123456789012-abcdefGHIJ',
      'LTAI5tABCDEFGHIJKLMNOPQR',
      'eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.abc_def-123',
    ],
    ['key ~ is used', 'env KEY=~', 'pushed with ~ by ci'],
  ],
  [
    IPS,
    [
      '~ - - [30/Nov/2026:06:42:35 +0000] "GET / HTTP/1.1" 200 12',
      '{"client_ip":"~","status":200}',
      'X-Forwarded-For: ~',
      'remote_addr=~ status=200',
      'web-1  | ~ - - [30/Nov/2026:06:42:35 +0000] "GET / HTTP/1.1" 200 12',
    ],
  ],
  [
    V4,
    [
      '2026/11/30 06:42:35 [error] 7#7: *1 connect() failed, client: ~, server: _',
      '[Mon Nov 30 06:42:35 2026] [error] [client ~:51234] File does not exist',
      'haproxy[1]: ~:51234 [30/Nov/2026:06:42:35.123] fe be/web1 0/0/0/1/1 200 12',
      'Started GET "/pay" for ~ at 2026-11-30 06:42:35 +0000',
      '[GIN] 2026/11/30 - 06:42:35 | 200 | 1.2ms | ~ | GET "/pay"',
      'INFO:     ~:51234 - "GET /pay HTTP/1.1" 200 OK',
      '{"ClientHost":"~","DownstreamStatus":200}',
    ],
  ],
  [IDS, ['身份证 ~ 校验通过', '{"id_card":"~"}', 'idcard=~ ok']],
  [
    ['078-05-1120', '219-09-9999'],
    ['ssn ~ on file', '{"ssn":"~"}', 'customer ~ verified'],
  ],
  [
    ['529.982.247-25', '111.444.777-35'],
    ['CPF ~ válido', '{"cpf":"~"}'],
  ],
  [
    ['DE89370400440532013000', 'GB82 WEST 1234 5698 7654 32'],
    ['payout to ~ sent', 'iban=~'],
  ],
  [['oABC1d2EfGhIjKlMnOpQrStUvWxY'], ['{"openid":"~","subscribe":1}', 'openid=~ login ok', 'unionId: ~']],
  [
    ['E12345678', 'G98765432'],
    ['Passport No: ~', '{"passport":"~"}', '护照号：~'],
  ],
];

export interface Labelled {
  line: string;
  /** What must not be read in the redacted line. */
  data: string[];
}

export const personal: Labelled[] = PERSONAL.flatMap(([values, templates]) =>
  templates.flatMap((template) => values.map((value) => ({ line: template.replace('~', () => value), data: [value] }))),
);

/** Lines of nobody's: `#` is a number that differs. */
const NOBODYS = `
2026-11-30T06:42:3#Z  INFO 1 --- [shop] [exec-#] c.s.OrderController : order # paid in 4# ms
2026-11-30T06:42:3#.123Z ERROR shop::pay: card declined order=#
{"level":30,"time":17952588001#,"pid":1,"hostname":"web-1","name":"shop-api","msg":"request completed # "}
{"name":"shop.pay","levelname":"INFO","lineno":#,"message":"paid"}
{"name":"shop","hostname":"web-1","pid":#,"level":30,"msg":"listening","v":0}
level=info ts=2026-11-30T06:42:3#Z caller=main.go:# msg="listening" address=0.0.0.0:808#
level=info msg="listening" address=[::]:808# proto=http
listening on address: 127.0.0.1:#
bind address=10.0.0.#:5432 ok
instruction address: 0x0000#ed8
os.name=Linux os.arch=amd64 cpus=#
java.vm.name=OpenJDK 64-Bit Server VM build #
thread.name=main-# state=RUNNABLE
container_name=shop-r#-1 image=shop
acquire lock=2#3, flags=0x1, tag="View Lock", name=com.android.systemui, ws=null, uid=100#, pid=22#
release:lock=1#, flg=0x0, tag="*launch*", name=android, ws=WorkSource{1#}, uid=1000, pid=1702
openBluetooth: token=Token{78af5#9 ActivityRecord{3b0 u0 com.app/.Main}}
WindowManager: Skipping AppWindowToken{df079#e visible=false}
081109 2059# 13 INFO dfs.DataBlockScanner: Verification succeeded for blk_-49809165198942896#
Received block blk_3587508140051953# of size 671088#4 from /10.251.42.84
Auth successful for job_14451444237_# (auth:SIMPLE)
token: refresh before it expires, try #
fix(auth): token: rotate on every login (#)
docs: password: describe the policy for reset #
password: must be at least # characters
secret: not found in namespace shop-#
email: is required for step #
phone: required field # is empty
name: is too short, minimum # signs
address: lookup failed after # ms
can't get client address: Connection reset by peer #
customer: unknown error #
cookie: expired # minutes ago
authorization: missing header in request #
收货地址：校验报错，下单失败 #
手机：页面无法打开，第 # 次
密码：错误次数过多，请稍后再试 #
姓名：字段不能为空 #
地址：解析失败，已重试 # 次
token_count=5# phone_verified=true retries=#
password_policy=strict min=#
customer_count=# customers_total=#
user.home=/home/shop run=#
GET /api/orders/138123456# 200 1# ms
https://ci.example.com/shop/actions/runs/138123456#/attempts/2
auth.example.com:44# open through proxy proxy.example.edu:5070 HTTPS
js.passport.example.com:8# close, 496 bytes sent
trace_id=4bf92f3577b34da6a3ce929d0e0e47# span=00f067aa0ba902b7
id 550e8400-e29b-41d4-a716-4466554400#
order 20261123013020291# paid, order=ORD-20261123-0001#
{"order_no":"2026112301202912#","status":"paid"}
took 17952588001234567# ns
pulled shop@sha256:3b1f0a# and left-pad@1.3.#
ssh://deploy@host.example.com:22 refused # times
git clone git@github.com:acme/shop.git #
Basic authentication failed #; bearer authentication required
1:M 30 Nov 2026 06:42:3# * Ready to accept connections
2026-11-30 06:42:3# UTC [12] LOG:  checkpoint complete: wrote # buffers
2026-11-30T06:42:3#Z 0 [Note] [MY-010931] [Server] ready for connections. Version: '8.4.#'
ARPT: 6204#.1: wl0: setup_keepalive: Interval 258, Retry 30
CCLogTap::profileRemoved, Owner: com.apple.iokit.Family, Name: IO80211PeerManager #
[SOAPParser:0x7f82b# parser:didStartElement:namespaceURI:qualifiedName:attributes:] Type not found
Process com.tencent.mobileqq:qzone (pid 122#) has died
getDataEnabled: subId=# phoneId=1
npm WARN deprecated left-pad@1.3.#
INSERT INTO orders (id, sku, status) VALUES (#, 'S-1', 'new')
==>  Parameters: PAID(String), #(Integer)
User Load (0.#ms)  SELECT "users".* FROM "users" WHERE "users"."id" = $1 [["id", #]]
binding parameter [1] as [VARCHAR] - [pending #]
Key (order_id)=(#) already exists.
{"service":"shop","host":"web-#","file_name":"pay.js","class_name":"PayService"}
Exception in thread "main" java.lang.IllegalStateException: state # at Pay.java:12
    at com.shop.PasswordService.check(PasswordService.java:#)
    at com.shop.CustomerController.list(CustomerController.java:#)
PhoneStatusBar: setSystemUiVisibility vis=4000# mask=ffffffff
AuthFail:sts:5_rsn:# retry
handle_will_sleep_auth_and_shield_windows: Reordering 0x7f# done
ratio 1.5-2.5, version 100.200.3#, 002 345
mac 00:1b:44:11:3a:b# up
temperature -49.# and pressure 1013.25
commit 4f1c2d3e5a6b7c8d9e0f1a2b3c4d5e6f708192#
upstream timed out (110: Connection timed out) # while connecting
{"os":{"type":"linux","name":"Linux"},"host":{"ip":["10.0.0.#"],"name":"web-#"}}
{"level":"info","name":"shop.pay","msg":"order # paid"}
{"kind":"Pod","metadata":{"name":"shop-#"},"span":{"name":"GET /pay"}}
level=info metadata.name=shop-# span.name=checkout
worker started thread name=main-# priority=5
`;

export const nobodys: string[] = Array.from({ length: 14 }, (_, i) => String(3 + 7 * i)).flatMap((n) =>
  NOBODYS.trim()
    .split('\n')
    .map((line) => line.replaceAll('#', n)),
);
