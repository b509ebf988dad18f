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
  printf '== %s for %s s\n' "$name" "$seconds"
  if "$fuzzer" -max_total_time="$seconds" -timeout=20 -rss_limit_mb=4096 -verbosity=0 -print_final_stats=1 \
    -artifact_prefix="$found/" "${corpus[@]}"; then
    passed=$((passed + 1))
  else
    printf '== %s FAILED; the input is in %s\n' "$name" "$found"
    failed=$((failed + 1))
  fi
done < <(find "$build" -type f -executable -name '*_fuzz' | sort)
if [ $((passed + failed)) -eq 0 ]; then
  echo "no fuzzer was built in $build" >&2
  exit 1
fi
printf '\nfuzzers: %d passed, %d failed\n' "$passed" "$failed"
[ "$failed" -eq 0 ]
