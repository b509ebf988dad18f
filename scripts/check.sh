#!/usr/bin/env bash
# Format and tidy over the sources of a configured build folder; changes nothing.
#   scripts/check.sh build/dev
set -euo pipefail
cd "$(dirname "$0")/.."
build="$1"
mapfile -t sources < <(git ls-files '*.h' '*.cc')
clang-format-19 --dry-run --Werror "${sources[@]}"
echo "format: ${#sources[@]} files are as clang-format-19 writes them"
mapfile -t compiled < <(git ls-files 'base/*.cc' 'grammar/*.cc' 'jit/*.cc' 'runtime/*.cc' 'compiler/*.cc' 'cli/*.cc')
printf '%s\n' "${compiled[@]}" | xargs -P "$(nproc)" -n 4 clang-tidy-19 -p "$build" --quiet --warnings-as-errors='*'
echo "tidy: ${#compiled[@]} files without a warning"
