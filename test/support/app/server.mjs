// A tiny app whose faults the environment switches on; what tests deploy.

import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';

const {
  VERSION = 'v1',
  UNHEALTHY,
  CRASH_AFTER_MS,
  ERRORS = '0',
  DELAY_MS = '0',
  BOOT_MS = '0',
  READ_SECRET,
} = process.env;
let served = 0;
const server = createServer((request, response) => {
  const answer = (status, body) => {
    response.writeHead(status, { 'content-type': 'text/plain', 'x-version': VERSION });
    response.end(body);
  };
  if (request.url === '/healthz') return answer(UNHEALTHY ? 500 : 200, 'health');
  if (request.url === `/crash/${VERSION}`) process.exit(3);
  if (request.url === '/secret')
    return answer(200, readFileSync(`/run/secrets/${READ_SECRET}`, 'utf8').length.toString());
  if (request.url === '/headers') return answer(200, JSON.stringify(request.headers));
  served++;
  // Exact by count: of a hundred requests, ERRORS fail.
  const failing = (served * Number(ERRORS)) % 100 < Number(ERRORS);
  setTimeout(() => answer(failing ? 500 : 200, VERSION), Number(DELAY_MS));
});
// A WebSocket as far as a proxy sees one: an upgrade, and then bytes both ways.
server.on('upgrade', (request, socket) => {
  socket.on('error', () => socket.destroy());
  // RFC 6455, 4.2.2; HAProxy holds an answer without it for broken.
  const key = `${request.headers['sec-websocket-key']}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`;
  const head = [
    'HTTP/1.1 101 Switching Protocols',
    'Upgrade: websocket',
    'Connection: Upgrade',
    `Sec-WebSocket-Accept: ${createHash('sha1').update(key).digest('base64')}`,
  ];
  socket.write(`${head.join('\r\n')}\r\n\r\n`);
  socket.pipe(socket);
});
console.log(`starting ${VERSION}`);
if (CRASH_AFTER_MS) setTimeout(() => process.exit(3), Number(CRASH_AFTER_MS));
setTimeout(() => server.listen(3000, () => console.log('listening')), Number(BOOT_MS));
// Deaf: it runs on, and nobody can reach it.
process.on('SIGUSR2', () => {
  server.close();
  setInterval(() => {}, 1000);
});
// A crash at a moment of the test's choosing.
process.on('SIGHUP', () => process.exit(3));
process.on('SIGTERM', () => {
  server.close(() => process.exit(0));
  server.closeIdleConnections();
});
