// A small order service with faults that can be switched on, to see what Seatrial does about them.
// Every fault is an environment variable; the Dockerfile takes each as a build argument too.
import { createServer } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';

const { env } = process;
const share = (text) => Number.parseFloat(text || '0') / 100;
const settings = {
  version: env.SHOP_VERSION || 'dev',
  port: Number(env.PORT || 8080),
  errorShare: share(env.FAULT_ERRORS), //             "30%" of POST /pay answer 500
  latencyMs: Number(env.FAULT_LATENCY_MS || 0), //    added to /orders and /pay
  crashAfterMs: Number(env.FAULT_CRASH_AFTER_MS || 0),
  neverHealthy: env.FAULT_NEVER_HEALTHY === 'true',
  logBuyer: env.FAULT_LOG_BUYER === 'true', //        error lines with a buyer's name, phone and card
};

const log = (level, msg, fields = {}) =>
  console.log(JSON.stringify({ time: new Date().toISOString(), level, msg, version: settings.version, ...fields }));

let orders = 0;
// Counts instead of dice: of every hundred payments exactly the share fails, so that a demo can be told in advance.
let owed = 0;
function paymentFails() {
  owed += settings.errorShare;
  if (owed < 1) return false;
  owed -= 1;
  return true;
}

const routes = {
  'GET /healthz': () => (settings.neverHealthy ? [503, { status: 'starting' }] : [200, { status: 'ok' }]),
  'GET /version': () => [200, { version: settings.version }],
  'GET /orders': async () => {
    await sleep(settings.latencyMs);
    return [200, { orders, version: settings.version }];
  },
  'POST /pay': async () => {
    await sleep(5 + settings.latencyMs);
    orders += 1;
    if (!paymentFails()) return [201, { order: `o-${orders}`, version: settings.version }];
    const buyer = settings.logBuyer
      ? { buyer: '张伟', phone: '13812345678', card: '4111 1111 1111 1111', address: '浙江省杭州市西湖区文三路 90 号' }
      : {};
    log('error', 'payment failed: gateway answered 502', { order: `o-${orders}`, ...buyer });
    return [500, { error: 'payment failed' }];
  },
};

const server = createServer(async (request, response) => {
  request.resume();
  const route = routes[`${request.method} ${new URL(request.url, 'http://shop').pathname}`];
  const [status, body] = route ? await route() : [404, { error: 'not found' }];
  response.writeHead(status, { 'content-type': 'application/json', 'x-shop-version': settings.version });
  response.end(JSON.stringify(body));
});

server.listen(settings.port, () => log('info', 'shop is open', { port: settings.port }));

if (settings.crashAfterMs) {
  setTimeout(() => {
    log('error', 'out of stock of memory, giving up');
    process.exit(1);
  }, settings.crashAfterMs);
}

process.once('SIGTERM', () => {
  log('info', 'closing: no new customers, finishing the ones inside');
  server.close(() => process.exit(0));
  server.closeIdleConnections();
});
