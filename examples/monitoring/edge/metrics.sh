#!/bin/sh
# Writes what Seatrial's edges and releases on this host are doing, in Prometheus' text format.
# Usage: metrics.sh FILE [SECONDS]    with SECONDS: again and again
# It asks docker ps, docker inspect and, within each edge, HAProxy's "show stat"; it changes nothing.
set -u
here=$(dirname "$0")
file=$1

label() { printf '{{index .Config.Labels "io.seatrial.%s"}}' "$1"; }
ids() { docker ps -aq --no-trunc --filter "label=io.seatrial.role=$1"; }

write() {
  edges=$(ids edge) && apps=$(ids app) || return 1
  {
    for id in $edges; do
      docker inspect --format "edge $(label app) $(label environment) {{.State.Running}}" "$id" || continue
      printf 'show stat\n' | timeout 10 docker exec -i "$id" nc 127.0.0.1 9999
    done
    for id in $apps; do
      docker inspect --format \
        "app $(label app) $(label environment) $(label release) $(label slot) {{.Name}} {{.State.Running}} {{.RestartCount}} {{.State.OOMKilled}} {{if .State.Health}}{{.State.Health.Status}}{{else}}none{{end}}" "$id"
    done
  } 2>/dev/null | awk -f "$here/metrics.awk" >"$file.new" && mv "$file.new" "$file"
}

if [ -z "${2:-}" ]; then
  write
  exit
fi
while :; do
  write
  sleep "$2"
done
