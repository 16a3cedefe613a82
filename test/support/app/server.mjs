// A tiny app whose faults the environment switches on; what tests deploy.

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
  if (request.url === '/secret')
    return answer(200, readFileSync(`/run/secrets/${READ_SECRET}`, 'utf8').length.toString());
  served++;
  // Exact by count: of a hundred requests, ERRORS fail.
  const failing = (served * Number(ERRORS)) % 100 < Number(ERRORS);
  setTimeout(() => answer(failing ? 500 : 200, VERSION), Number(DELAY_MS));
});
console.log(`starting ${VERSION}`);
if (CRASH_AFTER_MS) setTimeout(() => process.exit(3), Number(CRASH_AFTER_MS));
setTimeout(() => server.listen(3000, () => console.log('listening')), Number(BOOT_MS));
process.on('SIGTERM', () => {
  server.close(() => process.exit(0));
  server.closeIdleConnections();
});
