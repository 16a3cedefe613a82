import { ADMIN_PORT } from '../../../lib/haproxy.ts';
import {
  certificateFile,
  FRONT,
  FRONT_FILE,
  FRONT_MOUNT,
  HANDED_PORT,
  HTTP_INSIDE,
  ORDERS_BACKEND,
  STRANGERS_FILE,
} from '../../front/names.ts';
import { ordered } from '../../front/table.ts';
import { KEPT, ORDERS, ORDERS_VOLUME } from './names.ts';
import { CHECKED, checkedFiles } from './orders.ts';
import type { DoorFile } from './reads.ts';
import type { FrontTable } from './table.ts';

/* How a door comes to certificates that another task has ordered: it takes them, in memory, and keeps them on its node. */

const SCRIPT = `${FRONT_MOUNT}/handed.sh`;
const AT = `tasks.${ORDERS}`;

/** Sections of a door's configuration. Both ends show that they have the front's own secret. Pure. */
export const renderHanded = (): string => `
backend ${ORDERS_BACKEND}
  server acme ${AT}:${HTTP_INSIDE} init-addr none no-check

frontend handed_in
  mode tcp
  bind 127.0.0.1:${HANDED_PORT}
  default_backend handed

backend handed
  mode tcp
  server acme ${AT}:${HANDED_PORT} init-addr none no-check ssl crt ${STRANGERS_FILE} ca-file ${STRANGERS_FILE} verify required verifyhost ${FRONT}
`;

/**
 * `begin`: what the node has kept is served at once, and for what it has not yet the one for strangers. Else: takes what
 * has come or was renewed; fails while a certificate is missing. Pure.
 */
const handedScript = (files: readonly string[]): string => `# Written by action-deploy.
umask 077
save() { printf '%s\\n' "$text" >"$1.handed" && mv -f "$1.handed" "$1"; }
own() { nc 127.0.0.1 ${ADMIN_PORT} 2>/dev/null; }
ask() { echo "$1" | nc 127.0.0.1 ${HANDED_PORT} 2>/dev/null; }
missing=0
for file in ${files.join(' ')}; do
  kept=${KEPT}/\${file##*/}
  if [ "$1" = begin ]; then
    if [ -s "$kept" ]; then cp "$kept" "$file"; else cp ${STRANGERS_FILE} "$file"; fi
    continue
  fi
  has=$(cat "$file")
  [ "$has" = "$(cat ${STRANGERS_FILE})" ] && mine=0 || mine=1
  case "$(ask "show ssl cert $file")" in *'Serial: '[0-9A-F]*) ;; *) [ $mine = 1 ] || missing=1; continue ;; esac
  text=$(ask "dump ssl cert $file" | grep -v '^$')
  case "$text" in *'PRIVATE KEY'*) ;; *) continue ;; esac
  case "$text" in *'END CERTIFICATE'*) ;; *) continue ;; esac
  if [ "$text" != "$has" ]; then
    said=$(printf 'set ssl cert %s <<\\n%s\\n\\n' "$file" "$text" | own; echo "commit ssl cert $file" | own)
    case "$said" in
      *Success*) save "$file" ;;
      *) missing=1; echo "abort ssl cert $file" | own >/dev/null; echo "$file was handed over and is refused: $said" >&2; continue ;;
    esac
  fi
  [ -f "$kept" ] && [ "$text" = "$(cat "$kept")" ] || save "$kept"
done
exit $missing
`;

/** Pure: what a door reads for that. */
export const handedFiles = (table: FrontTable, adminNet: string): DoorFile[] => [
  { path: SCRIPT, content: handedScript(ordered(table).map(({ host }) => certificateFile(host))) },
  ...checkedFiles(table, adminNet),
];

/** HAProxy's master ends when its last child has: the one that looks for certificates is the shell's, which ends with HAProxy. */
export const START_HANDED = [
  'umask 077',
  "trap 'exit 0' USR1",
  `sh ${SCRIPT} begin && haproxy -c -q -f ${CHECKED} || exit 1`,
  `haproxy -W -db -f ${FRONT_MOUNT}/${FRONT_FILE} & front=$!`,
  "trap 'kill -USR1 $front' USR1",
  `(while :; do if sh ${SCRIPT}; then sleep 20; else sleep 2; fi; done) &`,
  'while :; do wait $front; code=$?; kill -0 $front 2>/dev/null || exit $code; done',
].join('\n');

/** What it serves is in memory; what it keeps is the node's. */
export const HANDED_MOUNTS = [
  { Type: 'tmpfs', Target: FRONT_MOUNT, TmpfsOptions: { SizeBytes: 16 * 1024 ** 2, Mode: 0o700 } },
  { Type: 'volume', Source: ORDERS_VOLUME, Target: KEPT },
];
