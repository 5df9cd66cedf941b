#!/bin/sh
# Runs the fuzzers of a build: fuzz.sh BUILD_DIR SECONDS [NAME...]
# New inputs go to BUILD_DIR/corpus, what fails to BUILD_DIR/crashes; both survive for the next run. The checked-in corpus
# is read, never written. The last line is "N passed, N failed", one per fuzzer.
set -u
build=$1 seconds=$2
shift 2
if [ $# -eq 0 ]; then
    for program in "$build"/tests/fuzz/fuzz_*; do
        [ ! -f "$program" ] || [ ! -x "$program" ] || set -- "$@" "${program##*/fuzz_}"
    done
fi

passed=0 failed=0
for name in "$@"; do
    program=$build/tests/fuzz/fuzz_$name
    [ -x "$program" ] || {
        echo "fuzz: there is no $program" >&2
        exit 2
    }
    mkdir -p "$build/corpus/$name" "$build/crashes" "tests/fuzz/corpus/$name"
    if "$program" -max_total_time="$seconds" -timeout=10 -rss_limit_mb=2048 -print_final_stats=1 \
        -artifact_prefix="$build/crashes/$name-" "$build/corpus/$name" "tests/fuzz/corpus/$name" \
        >"$build/crashes/$name.log" 2>&1; then
        passed=$((passed + 1))
        echo "ok      $name: $(sed -n 's/^stat::number_of_executed_units: *//p' "$build/crashes/$name.log") inputs"
    else
        failed=$((failed + 1))
        tail -n 40 "$build/crashes/$name.log"
        echo "FAILED  $name: see $build/crashes/"
    fi
done
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ] && [ "$passed" -gt 0 ]
