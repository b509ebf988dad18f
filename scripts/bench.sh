#!/usr/bin/env bash
# Runs every benchmark of a build folder, and keeps each one's JSON in <build folder>/results.
#   scripts/bench.sh build/bench
set -euo pipefail
cd "$(dirname "$0")/.."
build="$1"
mkdir -p "$build/results"
num_run=0
while IFS= read -r benchmark; do
  name="$(basename "$benchmark")"
  printf '\n== %s\n' "$name"
  "$benchmark" --benchmark_out="$build/results/$name.json" --benchmark_out_format=json
  num_run=$((num_run + 1))
done < <(find "$build" -type f -executable -name '*_bench' | sort)
if [ "$num_run" -eq 0 ]; then
  echo "no benchmark was built in $build" >&2
  exit 1
fi
printf '\n%d benchmarks; their JSON is in %s/results\n' "$num_run" "$build"
