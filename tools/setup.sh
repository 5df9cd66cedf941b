# shellcheck shell=sh
# Installs the Debian packages that a task needs, when they are missing. Sourced by ./dev; nothing runs by itself.
# Why each package: docs/dependencies.md.

packages_of() {
    case $1 in
    build)
        echo gcc libc6-dev pkg-config meson ninja-build \
            libuv1-dev node-llhttp libprotobuf-c-dev protobuf-c-compiler protobuf-compiler libprotobuf-dev \
            libsodium-dev libjansson-dev libssl-dev libsqlite3-dev libutf8proc-dev python3 python3-protobuf python3-yaml
        ;;
    drivers) echo libgrpc-dev libpq-dev libhiredis-dev librabbitmq-dev librdkafka-dev ;;
    test)
        echo libcmocka-dev python3-brotli python3-pytest python3-pytest-xdist python3-aiohttp python3-websockets \
            redis-server rabbitmq-server postgresql-15 \
            python3-grpcio curl fortunes fortunes-ru
        ;;
    stack) echo postgresql-15 redis-server rabbitmq-server nginx-light nftables iproute2 ;;
    web)
        # Node from another source has its own npm.
        command -v npm >/dev/null || echo nodejs npm
        echo python3-brotli
        ;;
    browser) echo chromium fonts-noto-core fonts-noto-color-emoji openssl ;;
    lint) echo clang clang-format clang-tidy cppcheck shellcheck python3-pyflakes ;;
    fuzz) echo clang libclang-rt-14-dev ;;
    esac
}

# missing_of GROUP...: the packages of the groups that are not installed, on a Debian system.
missing_of() {
    # Splitting is intended: one word per package.
    # shellcheck disable=SC2046
    set -- $(for group in "$@"; do packages_of "$group"; done)
    installed=$(dpkg-query -W -f '${db:Status-Status} ${Package}\n' "$@" 2>/dev/null | sed -n 's/^installed //p' | sort -u)
    for package in "$@"; do
        echo "$installed" | grep -qx "$package" || echo "$package"
    done | sort -u
}

# need GROUP...: returns when all packages of the groups are installed, ends the script with a message when they
# cannot be.
need() {
    if ! command -v dpkg-query >/dev/null; then
        echo "dev: this is no Debian system; make sure to have what these packages of Debian 12 hold:" >&2
        for group in "$@"; do packages_of "$group"; done | tr '\n' ' ' | fold -s -w 100 >&2
        echo >&2
        return 0
    fi
    missing=$(missing_of "$@" | tr '\n' ' ')
    [ -n "$missing" ] || return 0

    if [ "$(id -u)" = 0 ]; then
        as_root=
    elif command -v sudo >/dev/null; then
        as_root=sudo
    else
        echo "dev: these packages are missing, and installing them takes root or sudo:" >&2
        echo "    apt-get install --no-install-recommends $missing" >&2
        exit 1
    fi
    echo "dev: installing $missing" >&2
    # shellcheck disable=SC2086
    $as_root sh tools/install.sh $missing >&2
}
