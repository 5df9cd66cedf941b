#!/bin/sh
# Checks everything that can be checked without running the server: lint.sh BUILD_DIR [CHECK...]
# BUILD_DIR is configured with clang. Each check counts once; the last line is "N passed, N failed".
set -u
PATH=/usr/bin:/bin:$PATH
build=$1
shift
. tools/node.sh
use_node || exit 1
all_checks='build roles format tidy cppcheck shellcheck python includes cycles functions headers settings proto types eslint prettier'
log=$(mktemp)
trap 'rm -f "$log"' EXIT

# Our files: tracked or new, not ignored. `files PATTERN...`
files() {
    git -c safe.directory="$PWD" ls-files --cached --others --exclude-standard -- "$@" | while read -r path; do
        [ ! -f "$path" ] || echo "$path"
    done
}

shell_scripts() {
    files dev .ci deploy tools tests | while read -r path; do
        if head -n 1 "$path" | LC_ALL=C grep -qaE '^#!.*\b(ba|da)?sh$|^# shellcheck shell='; then echo "$path"; fi
    done
}

# Everything compiles with clang too, with all warnings as errors.
check_build() {
    ninja -C "$build" --quiet
}

# The check of thread roles finds deliberate violations.
check_roles() {
    ninja -C "$build" --quiet && python3 tests/tools/roles_test.py "$build"
}

check_format() {
    files 'src/*.[ch]' 'tests/*.[ch]' | xargs clang-format --dry-run --Werror
}

# Our own files in the compilation database, not the generated ones.
check_tidy() {
    ninja -C "$build" --quiet &&
        files 'src/*.c' 'tests/*.c' ':!tests/tools' | xargs -P "$(nproc)" -n 4 clang-tidy --quiet -p "$build"
}

# cppcheck supports neither __VA_OPT__ nor, without system headers, the macros that protoc-c's output expects.
check_cppcheck() {
    # Splitting is intended: one word per folder of generated headers.
    # shellcheck disable=SC2046
    files 'src/*.c' | xargs cppcheck --quiet --std=c11 --language=c --inline-suppr --error-exitcode=1 -j "$(nproc)" \
        --enable=warning,performance,portability --suppressions-list=tools/cppcheck.txt \
        -D_GNU_SOURCE -DLLHTTP_STRICT_MODE=1 '-DMOLVA_VERSION="0"' '-D__VA_OPT__(...)=__VA_ARGS__' \
        -DPROTOBUF_C_VERSION_NUMBER=1004001 -DPROTOBUF_C_MIN_COMPILER_VERSION=1000000 \
        -I src $(find "$build/src" "$build/api" -name '*.h' -printf '-I %h\n' | sort -u)
}

check_shellcheck() {
    shell_scripts | xargs shellcheck -x
}

check_python() {
    files '*.py' | xargs python3 -m pyflakes
}

check_includes() {
    python3 tools/check_includes.py
}

check_cycles() {
    python3 tools/check_cycles.py
}

check_functions() {
    python3 tools/check_functions.py
}

check_headers() {
    python3 tools/check_headers.py
}

# docs/settings.md equals the output of the program.
check_settings() {
    ninja -C "$build" --quiet src/app/molva && "$build/src/app/molva" config --markdown | diff -u docs/settings.md -
}

# The web client, with the packages of web/.
in_web() {
    install_packages web && (cd web && program=$1 && shift && "node_modules/.bin/$program" "$@")
}

check_types() {
    in_web tsc --noEmit && in_web tsc --noEmit -p tsconfig.sw.json
}

check_eslint() {
    in_web eslint . --max-warnings=0
}

check_prettier() {
    in_web prettier --check . --log-level warn
}

# buf comes from npm, pinned in tools/buf; the package of this platform holds the program itself.
# tools/genapi/contract.py checks the rest with every build.
find_buf() {
    find tools/buf/node_modules/@bufbuild -path '*/bin/buf' 2>/dev/null | head -n 1
}

check_proto() {
    "$(find_buf)" lint
}

# have_buf: installs it if missing; prints the reason if that fails.
have_buf() {
    [ -n "$(find_buf)" ] || npm ci --prefix tools/buf --no-audit --no-fund >"$log" 2>&1
    [ -n "$(find_buf)" ] || {
        echo "skipped proto: buf cannot be installed with npm: $(tail -n 1 "$log")"
        return 1
    }
}

passed=0 failed=0
# shellcheck disable=SC2086
[ $# -gt 0 ] || set -- $all_checks
for check in "$@"; do
    case " $all_checks " in
    *" $check "*) ;;
    *)
        echo "lint: there is no check $check; there are: $all_checks" >&2
        exit 2
        ;;
    esac
    if [ "$check" = proto ] && ! have_buf; then continue; fi
    if "check_$check" >"$log" 2>&1; then
        passed=$((passed + 1))
        echo "ok      $check"
    else
        failed=$((failed + 1))
        cat "$log"
        echo "FAILED  $check"
    fi
done
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
