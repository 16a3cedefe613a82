import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { redact } from '../../../src/lib/redact.ts';

const hidden: [string, string, string[]][] = [
  ['mail', 'sent to zhang.san+x@mail.example.com today', ['zhang', 'example.com']],
  ['mail in a path', 'GET /users/li@example.cn/orders', ['li@']],
  ['encoded mail', 'GET /u?e=li%40example.cn', ['li%40']],
  ['Chinese mobile', 'call 13800138000 now', ['13800138000']],
  ['Chinese mobile in prose', '电话打到13912345678了', ['13912345678']],
  ['mobile with +86', 'from +86 139 1234 5678, +8613912345678, 86-13912345678, 0086 13912345678', ['5678']],
  ['mobile with dashes', '138-0013-8000', ['0013']],
  ['landline', '021-62345678 or 0755 12345678', ['62345678', '12345678']],
  ['E.164', 'text +442071838750 and +1 (415) 555-2671', ['2071838750', '555']],
  ['card', 'card 4111111111111111 declined', ['4111']],
  ['card in groups', 'card 4111 1111 1111 1111, 5500-0000-0000-0004, 3782 822463 10005', ['1111', '0004', '822463']],
  ['card behind other digits', 'at 2026-11-23 1123 4111 1111 1111 1111', ['1111 1111']],
  ['union pay', 'pay 6200000000000005 ok', ['6200000000000005']],
  ['Chinese ID', '身份证 11010519491231002X ok', ['11010519491231002X']],
  ['PEM', 'x -----BEGIN RSA PRIVATE KEY-----\nMIIabc\n-----END RSA PRIVATE KEY----- y', ['MIIabc']],
  ['PEM cut off', '-----BEGIN PRIVATE KEY-----\nMIIabc\nMIIdef', ['MIIabc', 'MIIdef']],
  ['JWT', 'got eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.abc_def-123', ['eyJ']],
  ['authorization header', 'Authorization: Bearer abc.def', ['abc.def']],
  ['authorization logfmt', 'authorization=Basic dXNlcjpwYXNz status=401', ['dXNlc']],
  ['loose bearer', 'sending Bearer 9f8e7d6c5b4a', ['9f8e7d']],
  ['cookie header', 'Cookie: sid=abc123; theme=dark', ['abc123', 'dark']],
  ['set-cookie', 'Set-Cookie: sid=s3cr3t; Path=/', ['s3cr3t']],
  ['password', 'login password=hunter2 failed', ['hunter2']],
  ['password with colon', 'password: hunter2', ['hunter2']],
  ['password with punctuation', 'DB_PASSWORD=a,b;c)d', ['a,b', 'c)d']],
  ['AWS', 'AKIAIOSFODNN7EXAMPLE', ['AKIA']],
  ['AWS secret', 'aws_secret_access_key = wJalrXUtnFEMI/K7MDENG', ['wJalr']],
  ['GitHub', 'ghp_abcdefghijklmnopqrstuvwxyz0123456789', ['ghp_']],
  ['Slack', 'xoxb-123456789012-abcdefGHIJ', ['xoxb']],
  ['Google', 'AIzaSyA1234567890abcdefghijklmnopqrstuvw', ['AIza']],
  ['Aliyun', 'LTAI5tABCDEFGHIJKLMNOPQR', ['LTAI']],
  ['URL credentials', 'postgres://app:s3cr3t@db:5432/shop redis://:pw1@r:6379', ['s3cr3t', 'pw1']],
  ['URL token', 'https://h.example/x?a=1&token=abc123&b=2 https://h.example/s?access_token=zzz9', ['abc123', 'zzz9']],
  ['URL key and sig', 'https://h.example/x?key=abc123&sig=qq77', ['abc123', 'qq77']],
  [
    'JSON',
    '{"buyerName":"张三","receiver_phone":"555","shipping-address":"Lane 5","customer_email":"x"}',
    ['张三', '555', 'Lane', '"x"'],
  ],
  ['JSON number', '{"phone":12345,"ok":true}', ['12345']],
  ['JSON nested', '{"order":{"consignee":{"first":"San","tel":["1","2"]},"id":7}}', ['San']],
  ['JSON array', '{"phones":["0100","0101"],"id":7}', ['0100', '0101']],
  ['JSON in JSON', JSON.stringify({ body: JSON.stringify({ buyerName: '张 "三"', n: 1 }) }), ['张', '三']],
  [
    'JSON in JSON in JSON',
    JSON.stringify({ a: JSON.stringify({ b: JSON.stringify({ name: 'Li "Q" Si' }) }) }),
    ['Li', 'Si'],
  ],
  ['JSON cut off', '{"id":1,"address":"5 Long Ro', ['Long']],
  ['JSON cut off in an object', '{"id":1,"customer":{"first":"San"', ['San']],
  ['JSON with escaped keys', '{"\\u59d3\\u540d":"\\u5f20\\u4e09"}', ['5f20']],
  [
    'JSON Chinese keys',
    '{"姓名":"张三","收件人":"李四","电话":"1","手机号":"2","收货地址":"上海","身份证号":"9"}',
    ['张三', '李四', '上海'],
  ],
  ['Python dict', "{'name': 'Zhang San', 'ok': True}", ['Zhang', 'San']],
  ['JSON in a prose line', 'ERROR pay failed {"id":5,"Buyer":"Zhang"} after 3 tries', ['Zhang']],
  ['logfmt', 'level=error buyer_name="Zhang San" phone=5550100 order=77', ['Zhang', '5550100']],
  ['logfmt unquoted', 'name=zhang san order=77', ['zhang', 'san ']],
  [
    'logfmt Java',
    'Order{id=77, buyerName=Zhang San, address=Long Road 5, Springfield, total=3}',
    ['Zhang', 'San', 'Long', 'Springfield'],
  ],
  ['logfmt in a string', 'msg="paid buyerName=张三 ok"', ['张三']],
  ['form body', 'name=%E5%BC%A0%E4%B8%89&phone=5550100&id=4', ['%E5%BC', '5550100']],
  [
    'Chinese keys',
    '姓名：张三，电话：5550100，地址：上海市浦东新区世纪大道 100 号',
    ['张三', '5550100', '世纪', '100'],
  ],
  ['Chinese key in prose', '用户下单收件人: 李四 订单号: A1', ['李四']],
  ['key in capitals', 'PASSWORD=abc EMAIL="x"', ['abc', '"x"']],
  ['XML', '<buyerName>张三</buyerName>', ['张三']],
  ['passport number', 'Passport No: E12345678', ['E12345678']],
  ['Chinese address', '送到广东省深圳市南山区科技园路12号3栋', ['南山', '12号']],
  ['phone in a path', 'GET /users/13812345678 and https://wa.example/+13812345678', ['138', '+']],
  ['mobile in full width', '手机 １３８００１３８０００ 拨打', ['１３８', '138']],
  [
    'mail in full width',
    '邮箱 ｚｈａｎｇ＠ｅｘａｍｐｌｅ．ｃｏｍ, li＠example.com',
    ['ｚｈａｎｇ', 'zhang', 'li＠', 'li@'],
  ],
  ['Chinese ID in full width', '１１０１０５１９４９１２３１００２Ｘ', ['１１０', '110']],
  ['key in full width', '{"Ｎame":"Zhang"}', ['Zhang']],
  ['mail of Chinese letters', 'to 张三@例子.中国', ['张三']],
  ['numbers parted by dots', '138.0013.8000 4111.1111.1111.1111 415.555.2671', ['0013', '1111', '2671']],
  ['phones in pairs and behind 00', '+33 6 12 34 56 78 or 0044 20 7183 8750', ['34 56', '7183']],
  ['Chinese ID in groups', '110105 19491231 002X', ['19491231']],
  ['card behind its word', 'card4111111111111111 card_4111111111111111', ['4111']],
  ['card by key', '{"card_number":"1234","cardNo":5678,"银行卡号":"622"}', ['1234', '5678', '622']],
  ['traditional Chinese keys', '{"電話":"555","手機":"556","客戶":"Q1","買家暱稱":"Q2"}', ['55', 'Q']],
  ['buyers in Chinese', '{"买家":"Q1","客户名称":"Q2","微信号":"Q3"}', ['Q']],
  ['text in curly quotes', '{“姓名”：“张三”，“订单”：“A1”}', ['张三']],
  ['pairs of name and value', '[{"name":"Cookie","value":"sid=abc"},{"key":"phone","value":"555"}]', ['abc', '555']],
  ['escaped pairs', JSON.stringify({ h: JSON.stringify({ name: 'Authorization', value: 'x y' }) }), ['x y']],
  ['command line', 'run --password hunter2 --token=abc123 --api-key "q q"', ['hunter2', 'abc123', 'q q']],
  [
    'client of an access log',
    '203.0.113.9 - alice [27/Nov/2026:13:00:00 +0000] "GET / HTTP/1.1" 200',
    ['203', 'alice'],
  ],
  ['client by key', 'client_ip=203.0.113.9 {"remote_addr":"203.0.113.9"}', ['203']],
  ['clients of a proxy', 'X-Forwarded-For: 203.0.113.9, 198.51.100.7', ['203', '198']],
  ['key behind a name', 'name=Li X-Api-Token: abc123', ['Li', 'abc123']],
  [
    'name behind its word',
    '收件人 李四，姓名王小二。buyer Zhang San paid, Dear Li Lei,',
    ['李四', '王小二', 'Zhang', 'Li'],
  ],
  ['Rails', 'Parameters: {"email"=>"x", :password=>"pw1", phone: "555"}', ['"x"', 'pw1', '555']],
  ['forms', 'user[email]=x%20y&user%5Bpassword%5D=pw1&id=4', ['x%20y', 'pw1']],
  ['PHP', "'buyer_name' => 'Zhang San', 'mobile' => 5550100,", ['Zhang', '5550100']],
  ['data sources', 'shop:pw1@tcp(db:3306)/s app:pw2@db:5432/s scott/pw3@//db:1521/orcl', ['pw1', 'pw2', 'pw3']],
  ['commands', 'mysql -u root -ppw1 shop; curl -u a:pw2 https://h/', ['pw1', 'pw2']],
  [
    'SQL columns',
    "INSERT INTO users (id, name, phone) VALUES (1, 'Zhang San', '555'), (2, 'Li', '556')",
    ['Zhang', '555', 'Li', '556'],
  ],
  [
    'SQL parameters',
    '==> Parameters: 张三(String), 5(Integer); [["name", "Zhang"]] Key (email)=(x) exists',
    ['张三', 'Zhang', '(x)'],
  ],
  [
    'numbers of persons',
    '0912-345-678 078-05-1120 529.982.247-25 DE89370400440532013000',
    ['345', '1120', '982', '8937'],
  ],
  ['openid', '{"openid":"oABC1d2E","session_key":"k1"}', ['oABC', 'k1']],
  ['clients', 'client: 203.0.113.9, [client 203.0.113.8:5] for 203.0.113.7 at 2026-11-30', ['.9', '.8', '.7']],
  [
    'a credential behind words that sentences begin with',
    'auth: token: abc123def; Authorization: Bearer: eyJq; secret: DB_PASSWORD=pw1; token：刷新eyJhbGci; 密码：芝麻开门',
    ['abc123', 'eyJ', 'pw1', '芝麻'],
  ],
  ['addresses and names that sentences could begin with', '地址：幸福里小区三单元, 姓名：展昭', ['幸福里', '展昭']],
  ['street', 'ship to 221B Baker Street or 12 Long Acre Road please', ['Long', 'Baker']],
];

const kept = [
  'https://ci.example.com/shop/actions/runs/13812345678/attempts/2',
  'GET /api/orders/13812345678 200 order_no=13812345678 {"run_id":13812345678}',
  '1795258800123 took 13 ms',
  '{"t":1795258800.12,"ts":1795258800123,"time":"2026-11-23T01:20:29.123456789Z"}',
  'trace_id=4bf92f3577b34da6a3ce929d0e0e4736 span=00f067aa0ba902b7',
  'trace 0123456789abcdef13800138000abcde',
  'id 550e8400-e29b-41d4-a716-446655440000',
  'order 2026112301202912345 paid, order=ORD-20261123-000123',
  '{"order_no":"202611230120291234","order_id":88123}',
  'took 1795258800123456789 ns',
  'GET /pay 200 41.2ms 127.0.0.1:8080 -> 10.0.0.5:3000',
  'pulled shop@sha256:3b1f0a and left-pad@1.3.0',
  'ssh://deploy@host.example.com:22 refused',
  'service_name=shop hostname=web-1 container_name=shop-r1-1 level=info',
  'Basic authentication failed; bearer authentication required',
  'token_count=512 phone_verified=true {"email":null,"mobile":false}',
  '{"address":""}',
  'bytes=13800138000 duration_ns=13800138000 {"trade_no":"4111111111111111"} 订单号：13800138000',
  '订单 ＡＢＣ１２３，客户端: 4.2，客户任务失败',
  '１２３ｋｇ 到货',
  '{"name_list":{"key":"orders","value":"12"}}',
  'run --verbose now --name-only x; client 203.0.113.9 connected to 10.0.0.1:5432',
  'ratio 1.5-2.5, version 100.200.300, 002 345',
  'offset +0800 and 2026-11-23T01:20:29+08:00',
  'fix(auth): token: refresh before it expires',
  '收货地址：校验报错，下单失败',
  'Auth successful for job_14451444237_3 (auth:SIMPLE)',
  'os.name=Linux address=0.0.0.0:8080 {"address":"[::]:8080"}',
  '{"name":"shop","hostname":"web-1","pid":1,"level":30,"msg":"x","v":0}',
  'at com.shop.PasswordService.check(PasswordService.java:31)',
  'git clone git@github.com:acme/shop.git',
  'auth: token: rotate on login',
  'address: normalise postcodes',
  'docs: authorization: explain bearer tokens',
  'password: closes JIRA-4512; cookie: httpOnly; secure',
  'secret: DB_PASSWORD is missing',
  'cookie: session expired',
  'listen tcp address: bind: address already in use',
  'token：改为自动刷新',
  'token：过期时间从 2h 改为 24h',
  '密码：增加强度校验',
  '登录密码：错误 5 次锁定 15 分钟',
  '会员姓名：脱敏展示',
  '地址：从配置中心读取',
  'com.tencent.mobileqq:qzone auth.example.com:443 name=com.android.systemui',
];

describe('redact', () => {
  it.each(hidden)('hides %s', (_, text, gone) => {
    const clean = redact(text);
    for (const part of gone) expect(clean).not.toContain(part);
  });

  it.each(kept)('keeps %s', (text) => expect(redact(text)).toBe(text));

  it('keeps the order beside what it hides, and JSON valid', () => {
    expect(JSON.parse(redact('{"buyer":{"name":"x","y":[1,{"z":"]"}]},"order":"A1","phone":13800138000}'))).toEqual({
      buyer: '[redacted]',
      order: 'A1',
      phone: '[redacted]',
    });
    expect(redact('收件人：张三 订单号：A123')).toContain('订单号：A123');
    expect(redact('level=error buyer_name="Zhang San" order=77')).toContain('order=77');
    const nested = JSON.parse(redact(JSON.stringify({ body: JSON.stringify({ name: 'a"b\\', order: 'A1' }) })));
    expect(JSON.parse(nested.body)).toEqual({ name: '[redacted]', order: 'A1' });
  });

  const luhnDigit = (digits: string) => {
    const sum = [...digits].reverse().reduce((s, d, i) => s + (i % 2 ? +d : +d > 4 ? +d * 2 - 9 : +d * 2), 0);
    return String((10 - (sum % 10)) % 10);
  };
  const digits = (n: number) => fc.stringMatching(new RegExp(`^\\d{${n}}$`));
  const around = fc.constantFrom(' ', ',', '"', '：', '手机', '(', '\n', '=', '/');

  it('hides every Chinese mobile, Visa and mail, wherever it stands', () => {
    fc.assert(
      fc.property(around, around, digits(9), digits(14), (before, after, nine, fourteen) => {
        const mobile = `13${nine}`;
        const visa = `4${fourteen}${luhnDigit(`4${fourteen}`)}`;
        const mail = `u${nine}@mail.example.org`;
        for (const datum of [mobile, visa, mail]) expect(redact(`x${before}${datum}${after}y`)).not.toContain(datum);
      }),
      { numRuns: 500, seed: 1 },
    );
  });

  it('hides a value under any sensitive key at any depth, and leaves its neighbour', () => {
    const key = fc.constantFrom(
      'name',
      'buyerName',
      'receiver_phone',
      'shipping-address',
      'Customer_Email',
      'idCard',
      'ID_CARD',
      '姓名',
      '收货地址',
      'accessToken',
      'X-Auth-Token',
      'passport',
      'Cookie',
      'authorization',
    );
    const value = fc.string({ minLength: 1, maxLength: 20 }).map((s) => `Qx${s}xQ`);
    fc.assert(
      fc.property(key, value, fc.nat(3), (k, v, depth) => {
        let json = JSON.stringify({ keep: 'K-77', [k]: v, after: [{ [k]: { deep: v } }], n: 3 });
        for (let i = 0; i < depth; i++) json = JSON.stringify({ body: json });
        let clean = redact(`ERROR ${json} end`);
        expect(clean).not.toContain('Qx');
        expect(clean).not.toContain('xQ');
        clean = clean.slice('ERROR '.length, -' end'.length);
        for (let i = 0; i < depth; i++) clean = JSON.parse(clean).body;
        expect(JSON.parse(clean)).toMatchObject({ keep: 'K-77', n: 3 });
      }),
      { numRuns: 1000, seed: 2 },
    );
  });

  it('says the same when asked twice, and never throws', () => {
    const piece = fc.oneof(
      fc.string(),
      fc.constantFrom(
        ...hidden.map((h) => h[1]),
        ...kept,
        'name=',
        '"phone":',
        '\\"',
        '{',
        '[',
        '姓名：',
        '://',
        '@',
        '+86',
      ),
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 6 }), (parts) => {
        const once = redact(parts.join(' '));
        expect(redact(once)).toBe(once);
      }),
      { numRuns: 1500, seed: 3 },
    );
  });

  it('is linear: half a megabyte of hostile text does not take minutes', () => {
    for (const unit of [
      'a.',
      '"name',
      '{"name":{',
      '1',
      '4111 ',
      'a=',
      '\\"',
      '+1',
      'x@',
      '-----BEGIN A-----',
      '姓名：',
      '中',
      ' A',
    ]) {
      const started = performance.now();
      redact(unit.repeat(500_000 / unit.length));
      expect(performance.now() - started, JSON.stringify(unit)).toBeLessThan(30_000);
    }
  });
});
