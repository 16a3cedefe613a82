# Shared by the scripts: where tools are kept, and how waiting is told. Sourced, not run.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
SEATRIAL_CACHE=${XDG_CACHE_HOME:-$HOME/.cache}/seatrial
SEATRIAL_TOOLS=$SEATRIAL_CACHE/tools
mkdir -p "$SEATRIAL_TOOLS" "$SEATRIAL_CACHE/times"
export PATH="$PWD/node_modules/.bin:$PATH"

say() { printf '\033[1m==>\033[0m %s\n' "$*" >&2; }
die() { printf 'seatrial: %s\n' "$*" >&2; exit 1; }

# timed NAME WORDS COMMAND…: runs the command, saying what is waited for and how long it took here last time.
timed() {
  local name=$1 words=$2 started took log
  shift 2
  if [ -f "$SEATRIAL_CACHE/times/$name" ]; then
    say "$words (took $(cat "$SEATRIAL_CACHE/times/$name") s last time here)"
  else
    say "$words"
  fi
  started=$(date +%s)
  log=$(mktemp)
  if ! "$@" >"$log" 2>&1; then
    tail -n 40 "$log" >&2
    rm -f "$log"
    die "$words: failed"
  fi
  rm -f "$log"
  took=$(($(date +%s) - started))
  echo "$took" >"$SEATRIAL_CACHE/times/$name"
  say "  done in $took s"
}

# The Docker configuration of our runs: the pinned plugins, and no credential of the user's.
export_docker_config() {
  export DOCKER_CONFIG=$SEATRIAL_CACHE/docker
  mkdir -p "$DOCKER_CONFIG/cli-plugins"
}
