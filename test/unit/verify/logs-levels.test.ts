import { describe, expect, it } from 'vitest';
import { levelOf } from '../../../src/verify/logs/level.ts';

/** Lines in the default formats of public libraries and servers, written for this test. */
const LEVELS: Record<string, Record<string, string[]>> = {
  '.NET console': {
    fatal: ['crit: Shop.Program[0]\n      Host terminated'],
    error: ['fail: Shop.Pay[0]\n      card declined', 'Unhandled exception. System.InvalidOperationException: x'],
    warn: ['warn: Shop.Pay[12]\n      slow bank'],
    info: ['info: Microsoft.Hosting.Lifetime[14]\n      Now listening on: http://[::]:8080', 'dbug: Shop.Pay[0]', 'trce: Shop.Pay[0]'],
  },
  '.NET JSON console': {
    error: ['{"EventId":0,"LogLevel":"Error","Category":"Shop.Pay","Message":"card declined"}'],
    fatal: ['{"EventId":0,"LogLevel":"Critical","Category":"Shop","Message":"down"}'],
    info: ['{"EventId":0,"LogLevel":"Information","Category":"Shop.Pay","Message":"0 errors"}'],
  },
  Serilog: {
    fatal: ['[06:42:35 FTL] Host terminated unexpectedly'],
    error: ['[06:42:35 ERR] card declined', '2026-11-30 06:42:35.123 +00:00 [ERR] card declined', '{"@t":"2026-11-30T06:42:35Z","@mt":"card {Id}","@l":"Error"}', '{"Timestamp":"2026-11-30","Level":"Error","MessageTemplate":"x"}', '[06:42:35 ERR Shop.Pay] card declined'],
    warn: ['[06:42:35 WRN] slow'],
    info: ['[06:42:35 INF] retried after ERROR', '[06:42:35 DBG] x', '[06:42:35 VRB] x'],
  },
  NLog: { error: ['2026-11-30 06:42:35.1234|ERROR|Shop.Pay|card declined'], info: ['2026-11-30 06:42:35.1234|INFO|Shop.Pay|ERROR text'] },
  log4net: { error: ['2026-11-30 06:42:35,123 [1] ERROR Shop.Pay - card declined'] },
  'Laravel and Monolog': {
    fatal: ['[2026-11-30 06:42:35] production.EMERGENCY: down', '[2026-11-30T06:42:35.123456+00:00] request.CRITICAL: Uncaught PHP Exception'],
    error: ['[2026-11-30 06:42:35] production.ERROR: SQLSTATE[42S22]: Column not found {"exception":"[object] (PDOException)"} ', '{"message":"x","context":{},"level":400,"level_name":"ERROR","channel":"app"}', '{"message":"x","level":400,"channel":"app"}'],
    warn: ['[2026-11-30 06:42:35] local.WARNING: slow'],
    info: ['[2026-11-30 06:42:35] production.INFO: 0 errors', '{"message":"x","level":200,"level_name":"INFO","channel":"app"}', '{"message":"x","level":200,"channel":"app"}'],
  },
  Nextcloud: {
    fatal: ['{"reqId":"a","level":4,"time":"t","app":"core","message":"x"}'],
    error: ['{"reqId":"a","level":3,"time":"t","app":"core","message":"x"}'],
    info: ['{"reqId":"a","level":1,"time":"t","app":"core","message":"x"}'],
  },
  'java.util.logging': {
    error: ['严重: card declined', '嚴重: x', '重大: x', '심각: x', 'SCHWERWIEGEND: x', 'GRAVE: x', 'SEVERE: card declined', '30-Nov-2026 06:42:35.123 SEVERE [main] org.apache.catalina.core.X boom', '30-Nov-2026 06:42:35.123 严重 [main] org.apache.catalina.core.X boom', '错误: 找不到或无法加载主类 Shop', '11月 30, 2026 6:42:35 上午 com.shop.Pay charge\n严重: refused', 'Nov 30, 2026 6:42:35 AM com.shop.Pay charge\nSEVERE: refused'],
    warn: ['警告: x', 'WARNUNG: x', 'AVERTISSEMENT: x', 'ADVERTENCIA: x', 'WARNING: x'],
    info: ['信息: order paid', '情報: x', '정보: x', 'INFOS: x', 'Nov 30, 2026 6:42:35 AM com.shop.Pay charge\nINFO: done'],
  },
  'Spring Boot and Logback': {
    error: ['2026-11-30T06:42:35.123Z ERROR 1 --- [shop] [nio-8080-exec-1] c.s.PayController : card declined', '06:42:35.123 [main] ERROR c.s.Pay -- refused', '2026-11-30 06:42:35,123 ERROR [main] c.e.Pay - refused', '2026-11-30 06:42:35 [http-nio-8080-exec-1] ERROR c.s.Pay - refused', '{"@timestamp":"2026-11-30T06:42:35Z","@version":"1","message":"x","logger_name":"c.s.Pay","level":"ERROR","level_value":40000}', '{"level_value":40000,"message":"x"}'],
    warn: ['2026-11-30T06:42:35.123Z  WARN 1 --- [main] o.h.X : deprecated'],
    info: ['2026-11-30T06:42:35.123Z  INFO 1 --- [main] c.s.App : Started with 0 ERROR', '2026-11-30T06:42:35.123Z DEBUG 1 --- [main] c.s.App : error handler registered'],
  },
  'Java stacks and servers': {
    error: ['java.lang.IllegalStateException: x\n\tat a.B.c(B.java:5)', 'Exception in thread "main" java.lang.NullPointerException', '[2026-11-30 06:42:35,123] ERROR [KafkaServer id=1] Fatal error during startup (kafka.server.KafkaServer)', '[2026-11-30T06:42:35,123][ERROR][o.e.x.Y] [node-1] boom', '06:42:35,123 ERROR [org.jboss.as] (Controller Boot Thread) WFLYSRV0026', '2026-11-30 06:42:35 [myid:1] - ERROR [main:QuorumPeerMain@88] - Invalid config', 'ERROR [main] 2026-11-30 06:42:35,123 CassandraDaemon.java:1 - Exception', '[06:42:35] [Server thread/ERROR]: boom', '2026-11-30 06:42:35.123+0000 [id=1]\tSEVERE\thudson.util.X#report: boom', '[ERROR] [11/30/2026 06:42:35.123] [sys-akka.actor.default-dispatcher-5] [akka://sys/user/a] boom'],
    info: ['[2026-11-30 06:42:35,123] INFO [KafkaServer id=1] started (kafka.server.KafkaServer)', '2026-11-30 06:42:35 [myid:1] - INFO [main:X@88] - ok'],
    fatal: ['java.lang.OutOfMemoryError: Java heap space', '[2026-11-30T06:42:35,123][FATAL][o.e.b.X] [node-1] fatal error in thread'],
  },
  Go: {
    fatal: ['panic: boom\n\ngoroutine 1 [running]:', 'fatal error: concurrent map writes', 'FATA[0042] x', 'time="2026-11-30T06:42:35Z" level=fatal msg=x'],
    error: ['2026/11/30 06:42:35 http: panic serving 10.0.0.9:4711: runtime error: invalid memory address\ngoroutine 33 [running]:', '2026/11/30 06:42:35 error: card declined', 'ERRO[0042] card declined', 'ERRO[2026-11-30T06:42:35Z] card declined  order=4711', 'time="2026-11-30T06:42:35Z" level=error msg="card declined" order=4711', 'time=2026-11-30T06:42:35.123Z level=ERROR msg="card declined" order=4711', '{"time":"2026-11-30T06:42:35Z","level":"ERROR","msg":"card declined"}', '2026/11/30 06:42:35 ERROR card declined order=4711', '2026/11/30 06:42:35 [Recovery] 2026/11/30 - 06:42:35 panic recovered:', 't=2026-11-30T06:42:35+0000 lvl=eror msg=x', 'ERROR[11-30|06:42:35] x                     order=1'],
    warn: ['WARN[0042] slow', '{"level":"warn","msg":"x"}'],
    info: ['INFO[0042] order paid', 'DEBU[0042] x', '[GIN] 2026/11/30 - 06:42:35 | 200 |  1.2ms | 10.0.0.1 | GET "/pay"'],
  },
  zerolog: {
    fatal: ['6:42AM FTL x', '6:42AM PNC x'],
    error: ['6:42AM ERR card declined error="x"', '2026-11-30T06:42:35Z ERR card declined', '\u001b[90m6:42AM\u001b[0m \u001b[31mERR\u001b[0m card declined', '{"level":"error","time":1795258800,"message":"x"}'],
    info: ['6:42AM INF order paid', '6:42AM DBG x'],
  },
  zap: {
    fatal: ['2026-11-30T06:42:35.123Z\tDPANIC\tshop/main.go:1\tx'],
    error: ['2026-11-30T06:42:35.123Z\tERROR\tshop/main.go:1\tcard declined\t{"order": 1}', '1.795258800123e+09\terror\tcard declined\t{"order": 1}', '1795258800.123\terror\tshop/main.go:1\tx', '{"level":"error","ts":1795258800.1,"caller":"a.go:1","msg":"x"}'],
    info: ['1.795258800123e+09\tinfo\tshop\terror count 0', '2026-11-30T06:42:35.123Z\tinfo\tproxy\tno error'],
  },
  charm: {
    fatal: ['FATA x'],
    error: ['ERRO card declined order=1', '06:42:35 ERRO card declined', '2026/11/30 06:42:35 ERRO <pay/pay.go:3> shop: card declined'],
    info: ['INFO order paid', '06:42:35 DEBU x'],
    warn: ['WARN slow'],
  },
  'go-zero, hclog, apex': {
    error: ['{"@timestamp":"t","caller":"p.go:2","content":"card declined","level":"error"}', '{"content":"x","level":"severe"}', '2026-11-30T06:42:35.123Z [ERROR] agent.server: card declined: order=1', '{"@level":"error","@message":"card declined","@module":"agent"}', '{"fields":{"order":1},"level":"error","timestamp":"t","message":"x"}', '   ⨯ upload failed             file=a.png'],
    warn: ['{"content":"x","level":"slow"}', '2026-11-30T06:42:35.123Z [WARN]  agent: slow'],
    info: ['{"content":"x","level":"stat"}', '2026-11-30T06:42:35.123Z [INFO]  agent: errors=0', '   • starting'],
  },
  'klog and glog': {
    fatal: ['F1130 06:42:35.123456       1 main.go:3] boom'],
    error: ['E1130 06:42:35.123456       1 pay.go:2] "card declined" err="x" pod="a/b"', 'E20261130 06:42:35.123456 140 pay.cc:2] x', 'E261130 06:42:35.123456 123 server/node.go:1  [n1] 1  x'],
    info: ['I1130 06:42:35.1 1 pay.go:1] "no error"'],
  },
  Python: {
    fatal: ['CRITICAL:root:x', '2026-11-30 06:42:35,123 - shop.pay - CRITICAL - x'],
    error: ['ERROR:shop.pay:refused', '2026-11-30 06:42:35,123 - shop.pay - ERROR - refused', '2026-11-30 06:42:35,123 ERROR shop.pay refused', '[2026-11-30 06:42:35,123: ERROR/ForkPoolWorker-1] Task shop.pay[abc] raised unexpected: ValueError(1)', '[2026-11-30 06:42:35 +0000] [7] [ERROR] Exception in worker process', 'ERROR:    Exception in ASGI application', '[2026-11-30T06:42:35.123+0000] {taskinstance.py:1} ERROR - Task failed', '2026-11-30 06:42:35 [scrapy.core.scraper] ERROR: Spider error', '[E 2026-11-30 06:42:35.123 ServerApp] 500 GET /x', '2026-11-30 06:42:35,123 1 ERROR shop odoo.http: x', '{"levelno":40,"levelname":"ERROR","message":"x"}', '{"levelno":40,"message":"x"}', '{"level":40,"lineno":3,"funcName":"pay","message":"x"}', 'Traceback (most recent call last):\n  File "/a.py", line 1, in f\nValueError: 1', 'Internal Server Error: /pay\nTraceback (most recent call last):\n  File "/a.py", line 1, in f\nValueError: 1'],
    warn: ['WARNING:root:x', '/app/pay.py:3: DeprecationWarning: x'],
    info: ['INFO:shop:ERROR in text', '2026-11-30 06:42:35,123 - shop.pay - INFO - no ERROR', '{"level":20,"lineno":3,"funcName":"pay","message":"x"}', 'INFO:     10.0.0.1:5 - "GET /pay HTTP/1.1" 200 OK'],
  },
  loguru: {
    error: ['2026-11-30 06:42:35.123 | ERROR    | shop.pay:charge:12 - card declined', '{"text":"x\\n","record":{"level":{"icon":"❌","name":"ERROR","no":40},"message":"card declined"}}'],
    info: ['2026-11-30 06:42:35.123 | SUCCESS  | shop.pay:charge:12 - paid', '2026-11-30 06:42:35.123 | INFO     | shop:f:1 - ERROR: 0'],
  },
  structlog: {
    error: ['2026-11-30 06:42:35 [error    ] card declined                  order=4711', '{"order":1,"event":"card declined","level":"error"}', '2026-11-30T06:42:35Z [error    ] card declined [shop.pay] order=1', 'timestamp=t level=error event="card declined"'],
    info: ['2026-11-30 06:42:35 [info     ] paid                           error=None'],
  },
  Node: {
    fatal: ['{"level":60,"time":1,"pid":1,"hostname":"h","msg":"x"}', 'FATAL ERROR: Reached heap limit Allocation failed - JavaScript heap out of memory'],
    error: ['{"level":50,"time":1,"pid":1,"hostname":"h","msg":"x"}', '{"name":"shop","hostname":"h","pid":1,"level":50,"msg":"x","v":0}', '{"level":"error","message":"x","timestamp":"t"}', 'error: card declined {"order":1}', '2026-11-30T06:42:35.123Z [error]: card declined', '2026-11-30 06:42:35 error: card declined', '[2026-11-30T06:42:35.123] [ERROR] default - card declined', '[Nest] 1  - 11/30/2026, 6:42:35 AM   ERROR [PayService] card declined', '[06:42:35.123] ERROR (1): card declined\n    err: {', ' ERROR  card declined', 'payment failed Error: refused\n    at pay (/app/pay.js:3:4)', 'payment failed: TypeError: x is undefined', 'Error: refused\n    at pay (/app/pay.js:3:4)', '(node:1) UnhandledPromiseRejectionWarning: Error: x', '✖  error     card declined', 'npm ERR! code ELIFECYCLE', 'npm error code 1', "{ level: 'error', message: 'x' }", '/app/pay.js:3\n  throw new Error("x")\n  ^\n\nError: x\n    at a (/app/pay.js:3:1)', 'GET /pay 500 12.3 ms - 10'],
    warn: ['{"level":40,"time":1,"pid":1,"hostname":"h","msg":"x"}', '(node:1) [DEP0040] DeprecationWarning: The `punycode` module is deprecated', 'npm WARN deprecated x', '(node:1) MaxListenersExceededWarning: Possible leak'],
    info: ['{"level":30,"msg":"0 errors"}', 'GET /error 200 12.3 ms - 10', '[Nest] 1  - 11/30/2026, 6:42:35 AM     LOG [ErrorFilter] mapped'],
  },
  PHP: {
    fatal: ['[30-Nov-2026 06:42:35] PHP Fatal error:  Uncaught x', 'NOTICE: PHP message: PHP Fatal error:  Uncaught Error: Call to a member function pay() on null in /pay.php:11', '[30-Nov-2026 06:42:35] WARNING: [pool www] child 7 said into stderr: "NOTICE: PHP message: PHP Fatal error:  Uncaught x"', 'PHP Parse error:  syntax error, unexpected x in /a.php on line 3', 'Fatal error: Uncaught Error: x in /a.php:3'],
    warn: ['NOTICE: PHP message: PHP Warning:  x in /a.php on line 3', 'PHP Deprecated:  x'],
    info: ['[30-Nov-2026 06:42:35] NOTICE: ready to handle connections', '- -  30/Nov/2026:06:42:35 +0000 "GET /index.php" 200'],
    error: ['- -  30/Nov/2026:06:42:35 +0000 "GET /index.php" 500', '[30-Nov-2026 06:42:35] ERROR: unable to bind listening socket'],
  },
  Ruby: {
    fatal: ['F, [2026-11-30T06:42:35.123456 #1] FATAL -- : NoMethodError'],
    error: ['E, [2026-11-30T06:42:35.123456 #1] ERROR -- : refused', "/app/pay.rb:3:in 'charge': refused (RuntimeError)\n\tfrom /app/pay.rb:9:in '<main>'", 'Completed 500 Internal Server Error in 12ms'],
    warn: ['W, [2026-11-30T06:42:35.123456 #1]  WARN -- : slow', '2026-11-30T06:42:35.123Z pid=1 tid=abc class=Pay jid=1 elapsed=0.1 WARN: RuntimeError: x'],
    info: ['I, [2026-11-30T06:42:35.123456 #1]  INFO -- : [req] Completed 200 OK in 12ms', 'D, [2026-11-30T06:42:35.123456 #1] DEBUG -- : error'],
  },
  'Erlang and Elixir': {
    error: ['06:42:35.123 [error] GenServer Shop.Pay terminating', '=ERROR REPORT==== 30-Nov-2026::06:42:35.123456 ===', '=CRASH REPORT==== 30-Nov-2026::06:42:35.123456 ===', '2026-11-30 06:42:35.123456+00:00 [error] <0.9.0> closing AMQP connection', '2026-11-30T06:42:35.123456+00:00 error: boom', '** (RuntimeError) boom'],
    info: ['06:42:35.123 [info] Running ShopWeb.Endpoint', '=PROGRESS REPORT==== 30-Nov-2026::06:42:35 ===', '06:42:35.123 request_id=abc [info] Sent 200 in 1ms'],
  },
  Rust: {
    fatal: ["thread 'main' panicked at src/main.rs:5:9:\nboom", "thread 'tokio-runtime-worker' (12) panicked at src/main.rs:5:9:\nboom"],
    error: ['2026-11-30T06:42:35.123456Z ERROR shop::pay: card declined order=1', '2026-11-30T06:42:35.123456Z ERROR request{id=1}: shop::pay: card declined', '{"timestamp":"t","level":"ERROR","fields":{"message":"card declined"},"target":"shop"}', '[2026-11-30T06:42:35Z ERROR shop::pay] card declined', 'Error: refused\n\nCaused by:\n    0: x'],
    info: ['2026-11-30T06:42:35.123456Z  INFO shop::pay: error_count=0', '[2026-11-30T06:42:35Z INFO  shop] x'],
  },
  'syslog and journald': {
    fatal: ['<2>boom', '<10>1 2026-11-30T06:42:35Z h app 1 - - boom', '{"PRIORITY":"2","MESSAGE":"boom"}'],
    error: ['<3>card declined', '<11>1 2026-11-30T06:42:35.123Z host shop 12 ID1 [x@1 a="b"] card declined', '<11>Nov 30 06:42:35 host shop[12]: card declined', '{"PRIORITY":"3","MESSAGE":"card declined","_PID":"1"}', 'Nov 30 06:42:35 host sshd[12]: error: kex_exchange_identification: x'],
    warn: ['<4>slow', '<12>1 2026-11-30T06:42:35Z h app - - - slow'],
    info: ['<6>ok', '<14>1 2026-11-30T06:42:35Z h app - - - order paid', '{"PRIORITY":"6","MESSAGE":"ok"}', '<27>Nov 30 06:42:35 host shop[12]: INFO order paid'],
  },
  'sshd, postfix, git': {
    fatal: ['Nov 30 06:42:35 host sshd[12]: fatal: Timeout before authentication for 10.0.0.1', 'fatal: not a git repository', 'Nov 30 06:42:35 mail postfix/smtpd[12]: fatal: no SASL', 'sshd[12]: fatal: x'],
    warn: ['Nov 30 06:42:35 mail postfix/smtpd[12]: warning: hostname x does not resolve'],
  },
  OpenTelemetry: {
    error: ['{"timeUnixNano":"1","severityText":"ERROR","severityNumber":17,"body":{"stringValue":"card declined"}}', '{"severity_text":"Error","body":"x"}', '{"SeverityText":"ERROR","Body":"x"}', '{"severityNumber":17,"body":{"stringValue":"x"}}', '{"resourceLogs":[{"resource":{},"scopeLogs":[{"logRecords":[{"severityNumber":9,"body":{"stringValue":"a"}},{"severityNumber":17,"body":{"stringValue":"b"}}]}]}]}'],
    info: ['{"severityNumber":9,"severityText":"INFO","body":{"stringValue":"error page"}}'],
    fatal: ['{"severityNumber":21,"body":{"stringValue":"x"}}'],
  },
  MongoDB: {
    fatal: ['{"t":{"$date":"2026-11-30T06:42:35Z"},"s":"F","c":"CONTROL","id":1,"ctx":"main","msg":"x"}'],
    error: ['{"t":{"$date":"2026-11-30T06:42:35Z"},"s":"E","c":"NETWORK","id":1,"ctx":"conn1","msg":"x"}', '2026-11-30T06:42:35.123+0000 E QUERY    [conn1] boom'],
    info: ['{"t":{"$date":"2026-11-30T06:42:35Z"},"s":"I","c":"NETWORK","id":1,"ctx":"conn1","msg":"error"}', '{"t":{"$date":"x"},"s":"D2","c":"X","id":1,"ctx":"a","msg":"x"}'],
    warn: ['{"t":{"$date":"x"},"s":"W","c":"X","id":1,"ctx":"a","msg":"x"}'],
  },
  Redis: {
    error: ["1:M 30 Nov 2026 06:42:35.123 # Can't save in background: fork: Cannot allocate memory"],
    warn: ['1:M 30 Nov 2026 06:42:35.123 # WARNING Memory overcommit must be enabled!'],
    info: ['1:M 30 Nov 2026 06:42:35.123 * Ready to accept connections', '1:C 30 Nov 2026 06:42:35.123 # oO0OoO0OoO0Oo Redis is starting oO0OoO0OoO0Oo'],
  },
  Databases: {
    fatal: ['2026-11-30 06:42:35.123 UTC [12] FATAL:  password authentication failed for user "app"', '2026-11-30 06:42:35.123 UTC [12] PANIC:  could not write'],
    error: ['2026-11-30 06:42:35.123 UTC [12] ERROR:  relation "x" does not exist at character 15', '2026-11-30 06:42:35.123 UTC [12] app@shop ERROR:  deadlock detected', '2026-11-30 06:42:35.123 CST [12] 错误:  关系 "x" 不存在', '2026-11-30 06:42:35.123 CET [12] FEHLER:  Relation »x« existiert nicht', '2026-11-30T06:42:35.123456Z 0 [ERROR] [MY-010119] [Server] Aborting', '2026.11.30 06:42:35.123456 [ 1 ] {a-b} <Error> Application: boom', '2026-11-30 06:42:35.12 spid51      Error: 18456, Severity: 14, State: 8.', '2026-11-30 06:42:35 0 [ERROR] InnoDB: x'],
    warn: ['2026-11-30T06:42:35.123456Z 0 [Warning] [MY-010068] [Server] CA certificate is self signed'],
    info: ['2026-11-30 06:42:35.123 UTC [12] LOG:  checkpoint starting: time', '2026-11-30 06:42:35.123 UTC [12] STATEMENT:  select error from x', '2026-11-30T06:42:35.123456Z 0 [Note] [MY-1] [Server] ready', '2026-11-30 06:42:35.123 UTC [12] DETAIL:  Key (id)=(1) already exists.'],
  },
  'Web servers and proxies': {
    fatal: ['2026/11/30 06:42:35 [crit] 7#7: *1 open() failed', '2026/11/30 06:42:35 [emerg] 1#1: bind() failed', '[ALERT]    (1) : config : x'],
    error: ['2026/11/30 06:42:35 [error] 7#7: *1 connect() failed (111: Connection refused)', '[Mon Nov 30 06:42:35.123456 2026] [core:error] [pid 5] AH001', '10.0.0.1 - - [30/Nov/2026:06:42:35 +0000] "GET /pay HTTP/1.1" 502 12 "-" "curl"', '{"request":"GET /pay HTTP/1.1","status":"502"}', '{"status":502,"method":"GET"}', '{"level":"error","ts":1.2,"logger":"http.log.access","msg":"handled request","status":502}', '[2026-11-30T06:42:35.123Z] "GET /pay HTTP/1.1" 503 UF 0 91 1 - "-" "curl"', '[2026-11-30 06:42:35.123][1][error][config] [source/a.cc:1] x', '[GIN] 2026/11/30 - 06:42:35 | 500 |  1.2ms | 10.0.0.1 | GET "/pay"', '{"httpRequest":{"status":503},"severity":"ERROR"}', '{"req":{"method":"GET"},"res":{"statusCode":500},"msg":"request completed"}', '{"level":"info","DownstreamStatus":502,"RequestMethod":"GET","msg":""}', '30-Nov-2026 06:42:35.123 general: error: x'],
    warn: ['2026/11/30 06:42:35 [warn] 7#7: x'],
    info: ['10.0.0.1 - - [30/Nov/2026:06:42:35 +0000] "GET /error HTTP/1.1" 200 12', '{"request":"GET /pay HTTP/1.1","status":"200"}', '2026/11/30 06:42:35 [notice] 1#1: signal process started'],
  },
  GELF: {
    fatal: ['{"version":"1.1","host":"h","short_message":"x","level":2}'],
    error: ['{"version":"1.1","host":"h","short_message":"x","level":3}'],
    warn: ['{"version":"1.1","host":"h","short_message":"x","level":4}'],
    info: ['{"version":"1.1","host":"h","short_message":"x","level":6}'],
  },
  Clouds: {
    fatal: ['{"severity":"CRITICAL","message":"x"}', '{"severity":"EMERGENCY"}'],
    error: ['{"severity":"ERROR","message":"x"}', '{"severity":500,"message":"x"}', '2026-11-30T06:42:35.123Z\t8e1f-4b\tERROR\tInvoke Error\t{"errorType":"Error"}', '[ERROR] 2026-11-30T06:42:35.123Z 8e1f-4b card declined', '2026-11-30T06:42:35.123Z 8e1f Task timed out after 3.00 seconds', '{"timestamp":"t","level":"ERROR","requestId":"r","message":"x"}', '{"status":"error","message":"x","service":"shop"}'],
    info: ['{"severity":"NOTICE","message":"x"}'],
    unknown: ['START RequestId: 8e1f Version: $LATEST', 'END RequestId: 8e1f'],
  },
  "Docker's frame": {
    error: ['{"log":"ERROR card declined\\n","stream":"stdout","time":"2026-11-30T06:42:35.123Z"}', '{"log":"{\\"level\\":50,\\"msg\\":\\"x\\"}\\n","stream":"stdout","time":"t"}', '{"log":"payment failed for 12\\n","stream":"stderr","time":"t"}', '{"stream":"stdout","log":"[06:42:35 ERR] x","kubernetes":{"pod_name":"a"}}', '2026-11-30T06:42:35.123456789Z stderr F ERROR boom'],
    info: ['{"log":"INFO paid\\n","stream":"stderr","time":"t"}'],
    unknown: ['{"log":"order paid\\n","stream":"stdout","time":"t"}', '{"log":"listening on 8080\\n","stream":"stderr","time":"t"}'],
  },
  ECS: {
    error: ['{"@timestamp":"t","log.level":"error","message":"x","ecs.version":"1.6"}', '{"log":{"level":"ERROR"},"message":"x"}', '{"message":"x","error":{"type":"E","stack_trace":"Error: x\\n  at y"}}'],
  },
  Others: {
    error: ['[1] 2026/11/30 06:42:35.123456 [ERR] boom', '2026-11-30T06:42:35Z E! [outputs.influxdb] boom', '11-30 06:42:35.123  1234  1235 E PayActivity: boom', 'E/PayActivity( 123): boom', '2026-11-30 06:42:35 +0000 [error]: #0 boom', '[2026/11/30 06:42:35] [error] [output:es] boom', '1795258800: Error: boom', '2026-11-30 06:42:35 error connection lost', '2026-11-30 06:42:35.123 UTC,"app","shop",12,"[local]",5f.1,1,"INSERT",2026-11-30,3/1,0,ERROR,23505,"duplicate key"', 'sh: 1: shop: not found', '2016-09-28 04:30:30, Error                 CBS    Failed to resolve', '[2026-11-30 06:42:35.123] [error] [shop] x', '<Nov 30, 2026 6:42:35 AM UTC> <Error> <HTTP> <BEA-1> <boom>', 'level=error ts=5 msg="refused 5"', 'logger=context t=2026-11-30T06:42:35Z level=error msg="x"'],
    fatal: ['Segmentation fault (core dumped)', 'terminate called after throwing an instance of x', '[1] 2026/11/30 06:42:35.123456 [FTL] boom'],
    info: ['[1] 2026/11/30 06:42:35.123456 [INF] error count: 0', '2026-11-30T06:42:35Z I! Starting', '11-30 06:42:35.123  1234  1235 I PayActivity: error: none', '2016-09-28 04:30:30, Info                  CBS    Loaded', '17/06/09 20:10:40 INFO executor.Executor: Finished task'],
    unknown: ['Error pages loaded: 404.html 500.html', '2026-11-30 06:42:35 job sync done: 12 OK, 0 ERROR', '0 errors, 0 warnings', 'errors=0', 'order paid', 'No error found in 12 files', 'Retrying after error from bank', 'error_page 404 /404.html', 'failed=0 ok=3', 'Fatal flaws of design are listed below'],
  },
};

describe('levelOf', () => {
  for (const [family, byLevel] of Object.entries(LEVELS)) {
    it.each(
      Object.entries(byLevel).flatMap(([level, lines]) => lines.map((line) => [level, line])),
    )(`${family}: %s %s`, (level, line) => expect(levelOf(line!)).toBe(level));
  }
});
