// Runs contract receivers as a server of their own:
//   node test/support/receivers/serve.ts [--port 0] [--channels dingtalk,wecom] [--out messages.jsonl]
// Prints one line of JSON ({url, pid, out, inputs}) when ready; appends each message received to `out` as a JSON line.
import { appendFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { appReceivers, otherReceivers, strictReceivers } from './index.ts';
import { startReceivers } from './server.ts';

// By default every channel once: an app takes its robot's inputs, so it is asked for by name.
const usual = { ...strictReceivers, ...otherReceivers };
const known = { ...usual, ...appReceivers };
const { values } = parseArgs({
  options: {
    port: { type: 'string', default: '0' },
    channels: { type: 'string', default: Object.keys(usual).join(',') },
    out: { type: 'string', default: join(tmpdir(), `seatrial-receivers-${process.pid}.jsonl`) },
  },
});
const names = values.channels.split(',').filter(Boolean);
const stranger = names.find((name) => !known[name]);
if (stranger) {
  console.error(`no receiver for ${stranger}; there are ${Object.keys(known).join(', ')}`);
  process.exit(2);
}
const server = await startReceivers(
  names.map((name) => known[name]!()),
  {
    port: Number(values.port),
    onReceived({ at, channel, taken, rings, status, reply, message }) {
      appendFileSync(values.out, `${JSON.stringify({ at, channel, taken, rings, status, reply, message })}\n`);
    },
  },
);
console.log(JSON.stringify({ url: server.url, pid: process.pid, out: values.out, inputs: server.inputs }));
for (const signal of ['SIGINT', 'SIGTERM'] as const)
  process.once(signal, () => server.close().then(() => process.exit(0)));
