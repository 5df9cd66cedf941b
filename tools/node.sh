# shellcheck shell=sh
# Node.js for web/: sourced, in the top folder of the tree. Defines install_node_modules, and puts a node that is new enough
# first in PATH: the system's, else the one that web/package.json brings (Debian 12 has 18).

node_is_new_enough() {
    "$1" -e 'const [a, b] = process.versions.node.split("."); process.exit(a > 22 || (a == 22 && b >= 19) ? 0 : 1)' 2>/dev/null
}

choose_node() {
    node_is_new_enough node && return 0
    for bin in "$PWD"/web/node_modules/node-linux-*/bin; do
        if [ -x "$bin/node" ] && node_is_new_enough "$bin/node"; then
            PATH=$bin:$PATH
            export PATH
        fi
    done
}

# Installs what web/package-lock.json names, unless that is done. By the system's own npm and node.
install_node_modules() {
    # npm leaves its own copy of the lock when it is done.
    if [ ! -e web/node_modules/.package-lock.json ] ||
        [ -n "$(find web/package-lock.json -newer web/node_modules/.package-lock.json)" ]; then
        echo "installing the packages of web/ with npm" >&2
        (cd web && npm ci --ignore-scripts --no-audit --no-fund --loglevel=error >&2) || {
            echo "npm cannot install the packages of web/: it needs its registry, or a cache of it" >&2
            return 1
        }
        touch web/node_modules/.package-lock.json
    fi
    choose_node
}

choose_node
