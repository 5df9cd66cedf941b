#!/bin/sh
# nginx, told when its upstreams have moved: it looks their names up only when it reads its configuration, and a container
# that is made anew, or one more of a service, has another address. Requests and WebSockets under way stay where they are.
set -eu

addresses() {
    for name in auth group message notification; do
        getent ahostsv4 "$name" | cut -d ' ' -f 1 | sort -u
    done
}

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
