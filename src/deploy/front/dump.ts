import { ADMIN_PORT } from '../../lib/haproxy.ts';
import { DUMP_FILE, FRONT_FILE, FRONT_MOUNT } from './names.ts';

/** Rounds of the loop an hour. */
const HOURLY = 180;

/**
 * What the front's container runs: HAProxy, and beside it a look every 20 s at what it holds in memory alone. The umask is
 * for the account's key, which HAProxy writes itself.
 */
export const START = [
  'sh',
  '-c',
  [
    'umask 077',
    `(n=0; while sleep 20; do n=$((n+1)); [ $n -lt ${HOURLY} ] || n=0; sh ${FRONT_MOUNT}/${DUMP_FILE} $n; done) &`,
    `exec haproxy -W -db -f ${FRONT_MOUNT}/${FRONT_FILE}`,
  ].join('\n'),
];

/**
 * Writes certificates that have come to the disk: HAProxy keeps them in memory, and a reload without the file begins
 * without a certificate and orders another. In round 0, once an hour, those that never came or end within a day are asked
 * for again: HAProxy's own round comes every 12 hours. Pure.
 */
export const dumpScript = (files: readonly string[]): string => `# Written by action-deploy.
umask 077
ask() { echo "$1" | nc 127.0.0.1 ${ADMIN_PORT} 2>/dev/null; }
for file in ${files.join(' ')}; do
  case "$(ask "show ssl cert $file")" in *'Serial: '[0-9A-F]*) ;; *) continue ;; esac
  text=$(ask "dump ssl cert $file")
  case "$text" in *'PRIVATE KEY'*) ;; *) continue ;; esac
  case "$text" in *'END CERTIFICATE'*) ;; *) continue ;; esac
  [ -f "$file" ] && [ "$text" = "$(cat "$file")" ] && continue
  printf '%s\\n' "$text" >"$file.new" && mv "$file.new" "$file"
done
[ "$1" = 0 ] || exit 0
ask 'acme status' | while IFS=$(printf '\\t') read -r file section state ends left rest; do
  case "$file$state" in */*Running) continue ;; */*) ;; *) continue ;; esac
  case "$left" in '0d '*) ask "acme renew $file" >/dev/null ;; esac
done
`;
