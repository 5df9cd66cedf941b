#!/bin/bash
# Shows that a bare Debian 12 needs nothing but git and sh: makes one with debootstrap, and runs ./dev run and ./dev test
# in it as a newcomer would. Takes root, debootstrap, the network and about a quarter of an hour: bare_debian.sh [DIR]
# DIR, kept for the next time, holds the system; without it a temporary folder does, which is removed at the end.
set -euo pipefail
cd "$(dirname "$0")/../.."

keep=${1:-}
root=${keep:-$(mktemp -d)}
server=

clean_up() {
    [ -z "$server" ] || kill "$server" 2>/dev/null || true
    wait 2>/dev/null || true
    umount "$root/dev/shm" "$root/proc" 2>/dev/null || true
    [ -n "$keep" ] || rm -rf --one-file-system "$root"
}
trap clean_up EXIT

step() {
    printf '\n== %s\n' "$*"
}

environment=(HOME=/root PATH=/usr/sbin:/usr/bin:/sbin:/bin TERM=dumb)
in_root() {
    env -i "${environment[@]}" chroot "$root" sh -c "cd /root/molva && $1"
}

make_system() {
    debootstrap --variant=minbase --include=git,ca-certificates bookworm "$root" >/dev/null
    # The machine's own mirrors of Debian, security and updates too.
    : >"$root/etc/apt/sources.list"
    cp /etc/apt/sources.list.d/debian.sources "$root/etc/apt/sources.list.d/" 2>/dev/null ||
        grep -h debian /etc/apt/sources.list >"$root/etc/apt/sources.list"
    # No service of a package starts in here.
    printf '#!/bin/sh\nexit 101\n' >"$root/usr/sbin/policy-rc.d"
    chmod +x "$root/usr/sbin/policy-rc.d"
}

step "a bare Debian 12 in $root"
[ -x "$root/bin/sh" ] || make_system
chmod 755 "$root" # a temporary folder is 700, and "/" has to be open to the user postgres
mount -t proc proc "$root/proc"
mkdir -p "$root/dev/shm"
mount -t tmpfs tmpfs "$root/dev/shm"
cp /etc/resolv.conf "$root/etc/resolv.conf"
# Where a proxy answers for others, its certificate too: npm has its own idea of whom to trust.
if [ -n "${NODE_EXTRA_CA_CERTS:-}" ]; then
    cp /etc/ssl/certs/ca-certificates.crt "$root/etc/ssl/certs/ca-certificates.crt"
    environment+=(NODE_EXTRA_CA_CERTS=/etc/ssl/certs/ca-certificates.crt)
fi
for tool in gcc meson ninja python3 pkg-config node npm; do
    [ ! -e "$root/usr/bin/$tool" ] || echo "note: $tool is there already"
done

step "the tree, as git would clone it"
rm -rf "$root/root/molva"
mkdir -p "$root/root/molva"
git ls-files -z --cached --others --exclude-standard |
    while IFS= read -r -d '' path; do [ ! -e "$path" ] || printf '%s\0' "$path"; done |
    tar --null -T - -c | tar -C "$root/root/molva" -x
in_root "git init -q . && git add -A && git -c user.name=t -c user.email=t@localhost commit -qm tree"

step "./dev run"
log=$root/root/run.log
started=$SECONDS
# Not through in_root: the process in the background is to be the server itself, so that it can be ended.
env -i "${environment[@]}" chroot "$root" sh -c "cd /root/molva && exec ./dev run --listen 127.0.0.1:0" >"$log" 2>&1 &
server=$!
while ! url=$(grep -aoE -m1 'http://127\.0\.0\.1:[0-9]+' "$log"); do
    kill -0 "$server" 2>/dev/null || {
        cat "$log"
        echo "0 passed, 1 failed"
        exit 1
    }
    sleep 1
done
tail -n 3 "$log"
python3 - "$url" <<'END'
import sys, urllib.request
print("GET /readyz:", urllib.request.urlopen(sys.argv[1] + "/readyz", timeout=10).status)
page = urllib.request.urlopen(sys.argv[1] + "/", timeout=10).read()
print("GET /: the web client" if b'id="root"' in page else "GET /: NOT the web client")
END
echo "from nothing to a running server: $((SECONDS - started)) s"
kill "$server"
wait "$server" || true
server=

step "./dev test"
in_root "./dev test"
