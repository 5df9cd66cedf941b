#!/bin/sh
# Builds the web client into the program's sources: build_web.sh OUT_DIR TARGET
# All build folders share build/web: dist/ is rebuilt only if its sources have changed. OUT_DIR receives the output of
# tools/embed_web.py, and web_files.d, which tells Ninja when to rebuild TARGET.
set -eu
out=$(cd "$1" && pwd)
cd "$(dirname "$0")/.."
. tools/node.sh

# What the build reads (the table of letters is shared with the server), with the folders, whose times change when files
# are added or removed.
sources() {
    find web src/base/fold.txt \( -name node_modules -o -path web/e2e -o -path web/bench -o -path web/dist \) -prune -o \
        ! -name '*.test.ts' ! -name '*.test.tsx' ! -name '*.md' "$@" -print | LC_ALL=C sort
}

mkdir -p build/web
exec 9>build/web/.lock
flock 9

hash=$(sources -type f | tr '\n' '\0' | xargs -0 sha256sum | sha256sum)
if [ "$(cat build/web/.made-from 2>/dev/null)" != "$hash" ]; then
    use_node
    install_packages web
    rm -f build/web/.made-from
    (cd web && node_modules/.bin/vite build --outDir ../build/web/dist --emptyOutDir) >build/web/build.log 2>&1 || {
        cat build/web/build.log >&2
        exit 1
    }
    echo "$hash" >build/web/.made-from
fi
/usr/bin/python3 tools/embed_web.py build/web/dist "$out"
{
    printf '%s: ' "$2"
    sources | sed "s|^|$PWD/|; s/ /\\\\ /g" | tr '\n' ' '
    printf '%s/tools/embed_web.py %s/tools/node.sh\n' "$PWD" "$PWD"
} >"$out/web_files.d"
