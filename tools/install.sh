#!/bin/sh
# Installs Debian packages, as root: install.sh PACKAGE...
# Tests and ./dev stack start their own servers, so no installed one is started now, which would fail without an init
# system, nor at the next boot. Packages that were already installed stay unchanged.
set -eu
policy=/usr/sbin/policy-rc.d
services_before=$(mktemp)
ours=

clean_up() {
    [ -z "$ours" ] || rm -f "$policy"
    rm -f "$services_before"
}
trap clean_up EXIT
trap 'exit 1' HUP INT TERM

# services_at_boot: which of these servers systemd would start, one link a line.
services_at_boot() {
    find /etc/systemd/system -path '*.wants/*' 2>/dev/null |
        grep -E '/(postgresql|redis-server|rabbitmq-server|nginx|epmd)\.[a-z]+$' | sort
}

# Respect an administrator's own policy.
if [ ! -e "$policy" ]; then
    ours=1
    printf '#!/bin/sh\n# While packages are installed for Molva.\nexit 101\n' >"$policy"
    chmod 755 "$policy"
fi
services_at_boot >"$services_before"
apt-get update -q -o Acquire::Retries=3
DEBIAN_FRONTEND=noninteractive apt-get install -q -y --no-install-recommends \
    -o Acquire::Retries=3 -o Dpkg::Use-Pty=0 "$@"
services_at_boot | comm -13 "$services_before" - | xargs -r rm -f
