#!/usr/bin/env bash
# Builds the OpenSearch plugin: build/tripline-opensearch-<version>.zip, in the form that `opensearch-plugin install`
# takes. The shared library comes from the release build; its debug information stays in the build folder.
#   scripts/plugin.sh [OpenSearch version, default 3.8.0]
set -euo pipefail
cd "$(dirname "$0")/.."
opensearch="${1:-3.8.0}"
library=build/release/plugin-shim/native/libtripline.so
readonly kJava=plugin-shim/java

say() { printf 'plugin: %s\n' "$*" >&2; }
give_up() { say "$*"; exit 2; }

[ -f "$library" ] || give_up "$library is not built: it needs jni.h (a JDK) and the static libraries that scripts/setup.sh --cluster installs"
JAVA_HOME="$(python3 -B scripts/cluster/jdk.py)" || exit 2
export JAVA_HOME
version="$(sed -n 's/^project(tripline VERSION \([0-9.]*\).*/\1/p' CMakeLists.txt)"

say "compiling with $JAVA_HOME"
log="$(mktemp)"
trap 'rm -f "$log"' EXIT
mvn -B -f "$kJava/pom.xml" -Dopensearch.version="$opensearch" -Dmaven.test.skip=true package >"$log" 2>&1 || {
  grep -E '^\[(ERROR|WARNING)\]' "$log" >&2
  give_up "Maven could not build the plugin for OpenSearch $opensearch"
}
folder=build/plugin
rm -rf "$folder"
mkdir -p "$folder"
for module in engine opensearch; do
  jar="$kJava/$module/target/tripline-$module-$version.jar"
  [ -f "$jar" ] || give_up "Maven did not make $jar"
  cp "$jar" "$folder/"
done
strip --strip-unneeded -o "$folder/libtripline.so" "$library"
sed -e '/^#/d' -e "s/@version@/$version/" -e "s/@opensearch.version@/$opensearch/" "$kJava/plugin-descriptor.properties" \
  >"$folder/plugin-descriptor.properties"
cp LICENSE NOTICE "$folder/" 2>/dev/null || true
zip="build/tripline-opensearch-$opensearch.zip"
rm -f "$zip"
python3 -B - "$folder" "$zip" <<'PYTHON'
import pathlib, sys, zipfile
folder, target = map(pathlib.Path, sys.argv[1:])
with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED, compresslevel=6) as archive:
    for path in sorted(folder.iterdir()):
        archive.write(path, path.name)
PYTHON
say "$zip: $(stat -c %s "$zip") bytes; libtripline.so $(stat -c %s "$folder/libtripline.so") bytes"
