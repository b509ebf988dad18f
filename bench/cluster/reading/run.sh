#!/usr/bin/env bash
# Runs NumberReading over the largest index of a stopped lab.
#   bench/cluster/reading/run.sh <work folder of the lab> <field>...
set -euo pipefail
here="$(cd "$(dirname "$0")" && pwd)"
work="$1"
shift
home="$(python3 -B "$here/../../../scripts/cluster/assemble.py")"
JAVA_HOME="$(python3 -B "$here/../../../scripts/cluster/jdk.py")"
index="$(du -s "$work"/node/node-1/data/nodes/0/indices/*/0/index | sort -n | tail -1 | cut -f2)"
classes="$(mktemp -d)"
trap 'rm -rf "$classes"' EXIT
"$JAVA_HOME/bin/javac" -cp "$home/lib/*" -d "$classes" "$here/NumberReading.java"
"$JAVA_HOME/bin/java" -Xmx1g --add-modules jdk.incubator.vector --enable-native-access=ALL-UNNAMED \
  -cp "$classes:$home/lib/*" NumberReading "$index" "$@"
