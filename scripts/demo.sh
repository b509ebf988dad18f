#!/usr/bin/env bash
# The demo: rules/ compiled into one ruleset, run over every rule folder's sample events, the alerts shown, then each
# folder held against the alerts that it expects. Everything is left in build/demo.
set -euo pipefail
cd "$(dirname "$0")/.."
tripline=build/tripline
out=build/demo
mkdir -p "$out"
rm -f "$out"/*

step() { printf '\n== %s\n' "$*"; }

step "tripline compile rules -o $out/rules.trl"
"$tripline" compile rules -o "$out/rules.trl"

for events in rules/*/events.ndjson rules/*/events.ndjson.gz; do
  step "tripline run --rules $out/rules.trl --events $events"
  "$tripline" run --rules "$out/rules.trl" --events "$events" >>"$out/alerts.ndjson"
done

step "the alerts ($out/alerts.ndjson)"
python3 -B scripts/show_alerts.py "$out/alerts.ndjson"

step "tripline test rules"
"$tripline" test rules
