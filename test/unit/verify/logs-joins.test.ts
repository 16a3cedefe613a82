import { describe, expect, it } from 'vitest';
import { Joiner } from '../../../src/verify/logs/entries.ts';
import { signatureOf } from '../../../src/verify/logs/signature.ts';

/** The entries of a text, each line a millisecond after the one before. */
function joined(text: string, marked = () => true): string[] {
  const joiner = new Joiner();
  const entries = text.split('\n').map((line, i) => joiner.push(i / 1000, line, marked()));
  return [...entries, joiner.flush(1e9, true)].flatMap((entry) => (entry ? [entry.text] : []));
}

/** One event each; `#` differs from time to time. */
const EVENTS: Record<string, string> = {
  'Spring, exception at the margin behind a blank line': `2026-11-30T06:42:35.1Z ERROR 1 --- [shop] [exec-#] o.a.c.c.C.[.[.[/].[dispatcherServlet] : Servlet.service() threw exception

java.lang.IllegalStateException: order # is closed
	at com.shop.Pay.charge(Pay.java:5#) ~[shop.jar!/:1]
	at org.apache.catalina.core.X.y(X.java:1)
	... 3 common frames omitted
Caused by: java.sql.SQLException: connection # lost
	at com.shop.Db.get(Db.java:7)
	... 30 more`,
  'Logback, exception at the margin': `06:42:35.123 [exec-#] ERROR c.s.Pay -- refused #
com.shop.BankException: order #
	at com.shop.Pay.charge(Pay.java:5)
	Suppressed: java.io.IOException: x
		at com.shop.Pay.close(Pay.java:9)
Caused by: java.net.SocketTimeoutException: Read timed out
	at com.shop.Http.get(Http.java:#)`,
  'java.util.logging': `Nov 30, 2026 6:42:3# AM com.shop.Pay charge
SEVERE: order # refused
java.lang.RuntimeException: x
	at com.shop.Pay.charge(Pay.java:5)`,
  '.NET with an inner exception': `fail: Shop.Pay[#]
      order # refused
      System.InvalidOperationException: outer #
       ---> System.Net.Http.HttpRequestException: inner #
         at Shop.Bank.Ask(Int32 id) in /src/Bank.cs:line #
         --- End of inner exception stack trace ---
         at Shop.Pay.Charge(Int32 id) in /src/Pay.cs:line 12`,
  '.NET unhandled': `Unhandled exception. System.InvalidOperationException: order #
 ---> System.IO.IOException: inner
   at Shop.Bank.Ask(Int32 id) in /src/Bank.cs:line #
   --- End of inner exception stack trace ---
   at Shop.Pay.Charge(Int32 id) in /src/Pay.cs:line 12
--- End of stack trace from previous location ---
   at Shop.Program.Main(String[] args)`,
  'Node with causes': `payment # failed Error: outer #
    at pay (/app/pay.js:#:4)
    at process.processTicksAndRejections (node:internal/process/task_queues:95:5) {
  code: 'E_PAY',
  [cause]: Error: inner #
      at bank (/app/bank.js:7:#) {
    [errors]: [ [Error] ]
  }
}`,
  'Node uncaught': `/app/pay.js:3
  throw new Error('x');
  ^

Error: order # refused
    at pay (/app/pay.js:3:9)
    at Object.<anonymous> (/app/main.js:1:1)`,
  'Go panic': `panic: order # refused

goroutine # [running]:
main.charge(0x1#)
	/app/pay.go:5 +0x1#
main.main()
	/app/main.go:9 +0x1
exit status 2`,
  'Go panic in a handler': `2026/11/30 06:42:35 http: panic serving 10.0.0.#:47#: runtime error: index out of range [#] with length 3
goroutine # [running]:
net/http.(*conn).serve.func1()
	/usr/local/go/src/net/http/server.go:1897 +0xbd
panic({0x6a#, 0xc#})
	/usr/local/go/src/runtime/panic.go:770 +0x132
main.charge(...)
	/app/pay.go:#
created by net/http.(*Server).Serve in goroutine 1
	/usr/local/go/src/net/http/server.go:3285 +0x4b4`,
  'Python chained': `ERROR:shop.pay:order # refused
Traceback (most recent call last):
  File "/app/bank.py", line #, in ask
    raise ValueError(#)
ValueError: #

During handling of the above exception, another exception occurred:

Traceback (most recent call last):
  File "/app/pay.py", line 9, in charge
    ask()
    ~~~^^
shop.errors.PayError: order #`,
  'Python group': `ERROR:    Exception in ASGI application
  + Exception Group Traceback (most recent call last):
  |   File "/app/pay.py", line #, in charge
  |     ask()
  | ExceptionGroup: unhandled errors in a TaskGroup (1 sub-exception)
  +-+---------------- 1 ----------------
    | Traceback (most recent call last):
    |   File "/app/bank.py", line #, in ask
    |     raise ValueError
    | ValueError: #
    +------------------------------------`,
  Ruby: `/app/pay.rb:3:in 'Pay#charge': order refused (Shop::Refused)
	from /app/pay.rb:#:in 'block in run'
	from /app/main.rb:1:in '<main>'`,
  Rails: `F, [2026-11-30T06:42:35.#1 #1] FATAL -- : [a-#]
NoMethodError (undefined method 'pay' for nil):

app/models/order.rb:#:in 'charge'
app/controllers/pay_controller.rb:5:in 'create'`,
  PHP: `PHP Fatal error:  Uncaught PDOException: order # in /app/pay.php:#
Stack trace:
#0 /app/bank.php(#): PDO->query('select #')
#1 /app/pay.php(7): Bank->ask()
#2 {main}
  thrown in /app/pay.php on line #`,
  Laravel: `[2026-11-30 06:42:35] production.ERROR: order # refused {"exception":"[object] (App\\\\Refused(code: 0): x at /app/pay.php:#)
[stacktrace]
#0 /app/bank.php(#): App\\\\Bank->ask()
#1 /app/vendor/laravel/x.php(1): y()
#2 {main}
"} `,
  Rust: `thread 'tokio-#' panicked at src/pay.rs:5:9:
order # refused
stack backtrace:
   0: rust_begin_unwind
             at /rustc/abc/library/std/src/panicking.rs:652:5
   1: shop::pay::charge
             at ./src/pay.rs:5:9
note: run with \`RUST_BACKTRACE=full\` for a verbose backtrace.`,
  anyhow: `Error: order refused

Caused by:
    0: bank did not answer
    1: Connection refused (os error 111)`,
  Elixir: `06:42:35.12# [error] GenServer #PID<0.#.0> terminating
** (RuntimeError) order refused
    (shop 0.1.0) lib/pay.ex:#: Shop.Pay.charge/1
    (stdlib 5.0) gen_server.erl:1077: :gen_server.try_handle_call/4
Last message: {:charge, #}
State: %{n: #}`,
  Erlang: `=ERROR REPORT==== 30-Nov-2026::06:42:35.1# ===
** Generic server shop_pay terminating
** Last message in was {charge,#}
** When Server state == []`,
  'a printed object': `{
  level: 'error',
  message: 'order refused',
  code: #
}`,
  'pretty JSON': `{
  "body": "order refused",
  "severity_number": 17,
  "trace_id": "0x#"
}`,
};

describe('Joiner', () => {
  for (const [name, event] of Object.entries(EVENTS)) {
    const of = (n: number) => event.replaceAll(/#(?![A-Z0-9{]| ?PID|\d)/g, String(n));
    it(`keeps ${name} one event with one signature`, () => {
      const entries = joined(
        `2026-11-30 06:42:34 INFO before\n${of(3)}\n2026-11-30 06:42:36 INFO between\n${of(77)}\n2026-11-30 06:42:37 INFO behind`,
      );
      expect(entries).toHaveLength(5);
      const [one, two] = [signatureOf(entries[1]!), signatureOf(entries[3]!)];
      expect(['error', 'fatal']).toContain(one.level);
      expect(one.key).toBe(two.key);
    });
  }

  it('leaves entries of their own apart', () => {
    const lines = [
      'INFO GET /pay 200',
      'java.lang.IllegalStateException: printed by itself',
      'ERROR one',
      'ERROR two',
      '  2026-11-30T06:42:35Z  INFO pretty',
      ' WARN right-aligned',
      'Error: three',
    ];
    expect(joined(lines.join('\n'))).toEqual(lines);
  });

  it('ends an entry at 200 lines', () => expect(joined(`ERROR x${'\n\tat a.B.c'.repeat(450)}`)).toHaveLength(3));

  it('gives out the open entry half a second after its last line', () => {
    const joiner = new Joiner();
    joiner.push(10, 'Error: x');
    joiner.push(10.4, '    at pay (/a.js:1:1)');
    expect(joiner.flush(10.8)).toBeUndefined();
    expect(joiner.flush(10.9)?.text).toBe('Error: x\n    at pay (/a.js:1:1)');
  });

  it('joins unmarked lines with the marked one that shows what they are', () => {
    const marks = [false, true, false, false];
    expect(joined('{\n  "level": "error",\n  "msg": "x"\n}', () => marks.shift()!)).toEqual([
      '{\n  "level": "error",\n  "msg": "x"\n}',
    ]);
  });
});
