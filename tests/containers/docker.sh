# shellcheck shell=bash
# A Docker daemon of its own for tests, and the base images, where neither systemd nor a registry is at hand: sourced by the
# scripts beside it. WORK: a folder that is kept between runs saves the base system. Takes root.

# Debian's client: it has BuildKit built in.
PATH=/usr/bin:$PATH
export PATH DOCKER_BUILDKIT=1 COMPOSE_DOCKER_CLI_BUILD=1

docker_start() {
    mkdir -p "$WORK"
    export DOCKER_HOST=unix://$WORK/docker.sock
    docker info >/dev/null 2>&1 && return 0
    setsid dockerd --data-root "$WORK/data" --exec-root "$WORK/exec" --pidfile "$WORK/pid" -H "$DOCKER_HOST" \
        >"$WORK/log" 2>&1 </dev/null &
    for _ in $(seq 200); do
        docker info >/dev/null 2>&1 && return 0
        sleep 0.1
    done
    tail -n 20 "$WORK/log" >&2
    return 1
}

docker_stop() {
    local pid
    pid=$(cat "$WORK/pid" 2>/dev/null) || return 0
    kill "$pid"
    while kill -0 "$pid" 2>/dev/null; do sleep 0.1; done
}

# The base of every image, under the name that the Dockerfiles use.
base_image() {
    docker image inspect debian:bookworm-slim >/dev/null 2>&1 && return 0
    if [ ! -e "$WORK/base/etc/debian_version" ]; then
        debootstrap --variant=minbase bookworm "$WORK/base" >"$WORK/debootstrap.log" 2>&1
        : >"$WORK/base/etc/apt/sources.list"
        cp /etc/apt/sources.list.d/debian.sources "$WORK/base/etc/apt/sources.list.d/" 2>/dev/null ||
            grep -h debian /etc/apt/sources.list >"$WORK/base/etc/apt/sources.list"
    fi
    # A machine that trusts more than Debian does, to reach the npm registry, passes that on.
    local certificates=()
    if [ -n "${NODE_EXTRA_CA_CERTS:-}" ]; then
        install -D -m 0644 "$NODE_EXTRA_CA_CERTS" "$WORK/base/usr/local/share/extra-certificates.crt"
        certificates=(--change 'ENV NODE_EXTRA_CA_CERTS=/usr/local/share/extra-certificates.crt')
    fi
    tar -C "$WORK/base" --exclude='./var/cache/apt/archives/*.deb' --exclude='./var/lib/apt/lists/*' -c . |
        docker import --change 'CMD ["bash"]' "${certificates[@]}" \
            --change 'ENV PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin' - debian:bookworm-slim
}

# The images that the compose file takes from a registry.
stand_ins() {
    local name
    for name in postgres:15 redis:7 rabbitmq:3; do
        docker image inspect "$name" >/dev/null 2>&1 || docker build -q -t "$name" "$HERE/images/${name%:*}"
    done
}
