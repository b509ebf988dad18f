#!/usr/bin/env bash
# Runs ctest in a build folder and closes with "N passed, N failed, N skipped" over all single tests.
#   scripts/test.sh build/release [ctest options]
# TRIPLINE_REQUIRE=shared,cluster turns tests skipped for want of ../shared or a cluster into failures.
set -euo pipefail
cd "$(dirname "$0")/.."
build="$1"
shift
results="$(realpath "$build")/test-results"
rm -rf "$results"
mkdir -p "$results"
status=0
GTEST_OUTPUT="xml:$results/" ctest --test-dir "$build" --output-on-failure --no-tests=error -j "$(nproc)" \
  --output-junit "$results/ctest.xml" "$@" || status=$?
python3 -B scripts/summarize_tests.py "$results" || status=1
exit "$status"
