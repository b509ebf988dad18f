#!/usr/bin/env bash
# Runs every fuzzer of a build folder for TRIPLINE_FUZZ_SECONDS each (default 60), starting from the corpus that is kept
# in tests/fuzz/corpus/<fuzzer>. What it finds on the way is left in the build folder; a crash fails and is named.
#   scripts/fuzz.sh build/fuzz
set -euo pipefail
cd "$(dirname "$0")/.."
build="$1"
seconds="${TRIPLINE_FUZZ_SECONDS:-60}"
passed=0
failed=0
while IFS= read -r fuzzer; do
  name="$(basename "$fuzzer")"
  found="$build/found/$name"
  mkdir -p "$found"
  corpus=("$found")
  if [ -d "tests/fuzz/corpus/$name" ]; then
    corpus+=("tests/fuzz/corpus/$name")
  fi
  log="$build/found/$name.log"
  printf '== %s for %s s: ' "$name" "$seconds"
  if "$fuzzer" -max_total_time="$seconds" -timeout=20 -rss_limit_mb=4096 -print_final_stats=1 \
    -artifact_prefix="$found/" "${corpus[@]}" >"$log" 2>&1; then
    printf '%s inputs\n' "$(awk '/^stat::number_of_executed_units/ {print $2}' "$log")"
    passed=$((passed + 1))
  else
    printf 'FAILED; the input is in %s\n' "$found"
    tail -n 40 "$log"
    failed=$((failed + 1))
  fi
done < <(find "$build" -type f -executable -name '*_fuzz' | sort)
if [ $((passed + failed)) -eq 0 ]; then
  echo "no fuzzer was built in $build" >&2
  exit 1
fi
printf '\nfuzzers: %d passed, %d failed\n' "$passed" "$failed"
[ "$failed" -eq 0 ]
