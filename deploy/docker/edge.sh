#!/bin/sh
# nginx, told when its upstreams have moved: it looks their names up only when it reads its configuration, and a container
# that is made anew, or one more of a service, has another address. Requests and WebSockets under way stay where they are.
# TRUSTED_PROXIES: a list of the proxies in front, by address, network, or as "gateway": the host as this container sees it,
# from where all connections come that reach a port published on the host's 127.0.0.1. Empty or "none": nobody.
set -eu

# services.py: names
services='auth group message notification'
# services.py: end

addresses() {
    for name in $services; do
        getent ahostsv4 "$name" | cut -d ' ' -f 1 | sort -u
    done
}

# The kernel writes it as a hexadecimal number, its last byte first.
gateway() {
    while read -r _ destination hex _; do
        [ "$destination" = 00000000 ] || continue
        # Four words: splitting is meant.
        # shellcheck disable=SC2046,SC2183
        printf '%d.%d.%d.%d\n' $(echo "$hex" | sed 's/\(..\)\(..\)\(..\)\(..\)/0x\4 0x\3 0x\2 0x\1/')
        return
    done </proc/net/route
}

trusted_proxies() {
    for proxy in $(echo "${TRUSTED_PROXIES:-}" | tr ',' ' '); do
        case $proxy in none) continue ;; gateway) proxy=$(gateway) ;; esac
        [ -z "$proxy" ] || echo "set_real_ip_from $proxy;"
    done
}

trusted_proxies >/tmp/trusted_proxies.conf
known=$(addresses)
nginx -g 'daemon off;' &
nginx=$!
trap 'kill -QUIT $nginx' QUIT TERM INT
while kill -0 $nginx 2>/dev/null; do
    sleep 2 &
    wait $! || true
    now=$(addresses)
    # Refused while a name stands for nobody: what is configured goes on until it stands for somebody again.
    if [ "$now" != "$known" ] && nginx -s reload 2>/dev/null; then known=$now; fi
done
wait $nginx
