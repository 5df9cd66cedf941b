# shellcheck shell=sh
# Node.js for web/: sourced, in the top folder of the tree.

node_is_new_enough() {
    "$1" -e 'const [a, b] = process.versions.node.split("."); process.exit(a > 22 || (a == 22 && b >= 19) ? 0 : 1)' 2>/dev/null
}

packages_are_installed() {
    [ -n "$(find "$1/package-lock.json" ! -newer "$1/node_modules/.package-lock.json" 2>/dev/null)" ]
}

# install_packages FOLDER: installs the packages of its package-lock.json, unless npm's own copy of the lock shows that
# this is done. One at a time, because npm first clears the folder, which another process may be installing or using.
install_packages() {
    packages_are_installed "$1" && return 0
    mkdir -p build
    (
        flock 8
        packages_are_installed "$1" && exit 0 # another process has installed them meanwhile
        echo "installing the packages of $1 with npm" >&2
        cd "$1" || exit 1
        npm ci --ignore-scripts --no-audit --no-fund --loglevel=error >&2 8>&- || {
            echo "npm cannot install the packages of $1: it needs its registry, or a cache of it" >&2
            exit 1
        }
        touch node_modules/.package-lock.json
    ) 8>build/.packages-lock
}

# use_node: puts a node and an npm first in PATH that are new enough: the system's, else those that tools/node names,
# fetched with the system's. (Debian 12 has node 18, which would also leave out the native parts of the build tools.)
use_node() {
    node_is_new_enough node && return 0
    install_packages tools/node || return 1
    # The package's own folder: Debian's npm makes no link for a program called node.
    for bin in "$PWD"/tools/node/node_modules/node-linux-*/bin; do
        PATH=$bin:$PWD/tools/node/node_modules/.bin:$PATH
    done
    export PATH
    node_is_new_enough node && return 0
    echo "there is no node that is new enough, and none for this machine in tools/node" >&2
    return 1
}
