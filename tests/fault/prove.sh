#!/bin/sh
# Shows that the fault tests can fail: takes away one thing at a time that keeps the promise, and expects the model-checking
# client to notice. Works on a copy of the tree; takes a few minutes. The last line is "N passed, N failed".
#   tests/fault/prove.sh [MUTATION...]      mutations: tests/fault/mutations/*.patch
set -eu
cd "$(dirname "$0")/../.."
PATH=/usr/bin:/bin:/usr/sbin:/sbin
root=$PWD
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
[ $# -gt 0 ] || set -- no_outbox sleeping_outbox no_fsync no_idempotency_index

passed=0 failed=0
for mutation in "$@"; do
    copy=$work/$mutation
    mkdir "$copy"
    git ls-files --cached --others --exclude-standard | tar -c -T - | tar -x -C "$copy"
    patch --quiet -d "$copy" -p1 <"tests/fault/mutations/$mutation.patch"
    (cd "$copy" && meson setup build/test && ninja -C build/test src/app/molva tests/support/libpowercut.so) >"$work/build.log" 2>&1 || {
        tail -n 20 "$work/build.log"
        exit 1
    }
    # Without the fsync only a power cut loses anything.
    case $mutation in no_fsync) test=test_power_cut.py::test_power_cuts_lose_nothing ;; *) test=test_kill9.py ;; esac
    if (cd "$copy" && MOLVA_BIN=$copy/build/test/src/app/molva python3 -m pytest -q -p no:cacheprovider "tests/fault/$test") \
        >"$work/test.log" 2>&1; then
        failed=$((failed + 1))
        echo "FAILED  $mutation: nobody noticed"
    elif grep -q '^E  ' "$work/test.log"; then
        passed=$((passed + 1))
        echo "ok      $mutation: noticed"
        grep '^E  ' "$work/test.log" | head -n 6
    else
        tail -n 20 "$work/test.log"
        exit 1
    fi
done
cd "$root"
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
