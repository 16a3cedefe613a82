# Where the tools are, for scripts and tests. Sourced after lib.sh.
export_docker_config
tool() { if command -v "$1" >/dev/null && [ ! -x "$SEATRIAL_TOOLS/$2/$3" ]; then command -v "$1"; else echo "$SEATRIAL_TOOLS/$2/$3"; fi; }
SEATRIAL_TRIVY=$(tool trivy trivy-0.74.0 trivy)
SEATRIAL_ACT=$(tool act act-0.2.89 act)
SEATRIAL_BUILDKITD=$SEATRIAL_TOOLS/buildkit-0.32.2/buildkitd
SEATRIAL_KUBERNETES=$SEATRIAL_TOOLS/kubernetes-1.34.4/kubernetes
SEATRIAL_LINT=$SEATRIAL_TOOLS/lint-1.32.0-1.17.0
export SEATRIAL_TRIVY SEATRIAL_ACT SEATRIAL_BUILDKITD SEATRIAL_KUBERNETES SEATRIAL_LINT
# Programs of Go that tests start by the thousand (docker, act, registries, engines of their own) live for moments, and spend
# up to a third of them collecting garbage.
export GOGC=${GOGC:-400}
