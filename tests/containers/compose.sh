#!/bin/bash
# The compose file as its users start it: deploy/docker/up, then the black-box suite through the edge, containers being killed in
# between, then everything is taken down. Takes root, docker.io, docker-compose and debootstrap, the network for Debian's
# packages, and about a quarter of an hour:
#   tests/containers/compose.sh [WORK]
# WORK, kept for the next time, holds a Docker daemon's data and the base system; by default build/containers.
set -euo pipefail
HERE=$(cd "$(dirname "$0")" && pwd)
cd "$HERE/../.."
export WORK
WORK=$(realpath -m "${1:-build/containers}")
# shellcheck source=tests/containers/docker.sh
. "$HERE/docker.sh"

export COMPOSE_PROJECT_NAME=molva-test MOLVA_PORT=${MOLVA_PORT:-18980}
export MOLVA_REGISTRATION=open MOLVA_RATE_LIMITS=off
compose() { docker-compose -f deploy/docker/compose.yaml "$@"; }

clean_up() {
    compose down -v -t 5 >/dev/null 2>&1 || true
    docker_stop
}
trap clean_up EXIT

step() { printf '\n== %s\n' "$*"; }

step "a Docker daemon and the images that stand in for a registry's"
docker_start
base_image
stand_ins

# Beside each other on one platform, tests would find each other's people: one at a time, and a new platform for the second part.
suite() {
    step "deploy/docker/up"
    deploy/docker/up
    compose ps
    step "$*"
    MOLVA_TARGET=compose /usr/bin/python3 -m pytest -q -n 0 -p no:cacheprovider "$@"
}

suite tests/stack/test_model.py tests/integration/test_authorisation.py
compose down -v -t 5
suite tests/integration/test_accounts.py tests/integration/test_conversations.py tests/integration/test_realtime.py \
    tests/integration/test_websocket_wire.py tests/integration/test_fortunes.py
