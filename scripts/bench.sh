#!/usr/bin/env bash
# The benchmarks of a build folder made with the preset "bench".
#   scripts/bench.sh build/bench              the desk's table: results/table.md and table.json, within 20 minutes
#   scripts/bench.sh build/bench --long       the same with 10,000,000 events and slow peers; then the programs
#   scripts/bench.sh build/bench --programs   only the google-benchmark programs of bench/, each one's JSON in results/
# Whatever else follows goes to bench/desk/desk.py (--parts floor,acceptance --repeats 3 ...).
set -euo pipefail
cd "$(dirname "$0")/.."
build="$1"
shift
mkdir -p "$build/results"

run_programs() {
  local num_run=0 benchmark name
  while IFS= read -r benchmark; do
    # Some programs are driven by scripts of their own (bench/anomaly, bench/desk): they know no such option.
    "$benchmark" --benchmark_list_tests >/dev/null 2>&1 || continue
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
}

if [ "${1:-}" = --programs ]; then
  run_programs
  exit
fi
python3 -B bench/desk/desk.py --build "$build" --results "$build/results" "$@"
for option in "$@"; do
  if [ "$option" = --long ]; then
    run_programs
  fi
done
