#!/usr/bin/env bash
# Installs what is missing to build Tripline on Debian 12, and nothing else. A second run finds nothing to do.
#
#   scripts/setup.sh           what building and `make demo` need
#   scripts/setup.sh --test    also what the tests over ../shared need; says whether a JDK for the cluster tests is there
#   scripts/setup.sh --dev     all of that, and clang, clang-tidy, clang-format, sanitizers and benchmarks
#   scripts/setup.sh --bench   also what `make bench` needs; says which of its peers cannot be built here
#   scripts/setup.sh --cluster beside any of these: what assembling and running OpenSearch needs
#
# As root or with sudo it installs; otherwise it names the packages. Two pieces are not Debian packages: the ANTLR 4.9
# generator (Debian ships the 4.9 runtime with another version's tool, and both must agree), which it fetches, and a
# JDK >= 21 for OpenSearch, which it only looks for: without one the cluster tests are skipped.
set -euo pipefail

readonly kAntlrVersion=4.9
readonly kAntlrSha256=bd11b2464bc8aee5f51b119dff617101b77fa729540ee7f08241a6a672e6bc81
readonly kAntlrJar="$HOME/.m2/repository/org/antlr/antlr4/$kAntlrVersion/antlr4-$kAntlrVersion-complete.jar"

packages=(
  g++ make cmake ninja-build ccache pkg-config python3
  llvm-19-dev libantlr4-runtime-dev
  nlohmann-json3-dev libsimdjson-dev libtomlplusplus-dev libcli11-dev
  libicu-dev libsqlite3-dev zlib1g-dev libzstd-dev libssl-dev libsodium-dev
  libgtest-dev libgmock-dev
)
test_packages=(python3-numpy)
cluster_packages=(util-linux passwd)
bench_packages=(python3-numpy libbenchmark-dev jq maven)
dev_packages=(clang-19 clang-tidy-19 clang-format-19 libclang-rt-19-dev libbenchmark-dev)

say() { printf 'setup: %s\n' "$*" >&2; }
give_up() { say "$*"; exit 2; }

wants_cluster=
looks_for_jdk=
looks_for_peers=
for option in "$@"; do
  case "$option" in
    --test) packages+=("${test_packages[@]}"); looks_for_jdk=yes ;;
    --cluster) packages+=("${cluster_packages[@]}"); wants_cluster=yes; looks_for_jdk=yes ;;
    --dev) packages+=("${test_packages[@]}" "${dev_packages[@]}"); looks_for_jdk=yes ;;
    --bench) packages+=("${bench_packages[@]}"); looks_for_peers=yes ;;
    --help) sed -n '2,12s/^# \{0,1\}//p' "$0"; exit 0 ;;
    *) give_up "unknown option '$option'; --test, --cluster, --bench and --dev are known" ;;
  esac
done

# Where a JDK for OpenSearch is, the tests want the cluster's packages too.
if [ -n "$looks_for_jdk" ] && [ -z "$wants_cluster" ] && python3 -B "$(dirname "$0")/cluster/jdk.py" >/dev/null 2>&1; then
  packages+=("${cluster_packages[@]}")
  wants_cluster=yes
fi

is_installed() { [ "$(dpkg-query -W -f='${db:Status-Status}' "$1" 2>/dev/null)" = installed ]; }

is_antlr_there() {
  [ -f "$kAntlrJar" ] && [ "$(sha256sum <"$kAntlrJar")" = "$kAntlrSha256  -" ]
}

# Hyperscan and Vectorscan both answer to the pkg-config name libhs; whichever is there stays.
add_pattern_library() {
  if ! is_installed libvectorscan-dev; then
    packages+=(libhyperscan-dev)
  fi
}

# Java runs the ANTLR generator in every build; Maven only fetches, once, it and OpenSearch.
add_java() {
  if ! command -v java >/dev/null; then
    packages+=(default-jre-headless)
  fi
  if { ! is_antlr_there || [ -n "$wants_cluster" ]; } && ! command -v mvn >/dev/null; then
    packages+=(maven)
  fi
}

# The peers of `make bench`: event-ruler is Java; tau-engine is Rust of 2024, which Debian 12 does not have.
add_peers() {
  if ! command -v javac >/dev/null; then
    packages+=(default-jdk-headless)
  fi
  if ! command -v cargo >/dev/null; then
    say "cargo is not there: make bench goes on without the peer tau-engine, which needs Rust 1.85 or later (rustup has it)"
  fi
}

install_packages() {
  local missing=() package
  for package in "${packages[@]}"; do
    is_installed "$package" || missing+=("$package")
  done
  if [ ${#missing[@]} -eq 0 ]; then
    say "all ${#packages[@]} packages are there"
    return
  fi
  local as_root=()
  if [ "$(id -u)" -ne 0 ]; then
    command -v sudo >/dev/null || give_up "neither root nor sudo; ask someone who is to run: apt-get install ${missing[*]}"
    as_root=(sudo)
  fi
  say "reading the package lists"
  "${as_root[@]}" apt-get update -qq >/dev/null || say "the package lists could not be refreshed; trying with those that are there"
  say "installing ${missing[*]}"
  "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive DEBCONF_NOWARNINGS=yes apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null ||
    give_up "apt-get could not install: ${missing[*]}"
}

fetch_antlr() {
  if is_antlr_there; then
    say "the ANTLR $kAntlrVersion generator is there"
    return
  fi
  if [ -f "$kAntlrJar" ]; then
    say "the ANTLR generator at $kAntlrJar is damaged; fetching it again"
    rm -f "$kAntlrJar"
  fi
  say "fetching the ANTLR $kAntlrVersion generator with Maven"
  local told
  told="$(mvn -q -B org.apache.maven.plugins:maven-dependency-plugin:2.8:get \
    -Dartifact="org.antlr:antlr4:$kAntlrVersion:jar:complete" -Dtransitive=false 2>&1)" ||
    give_up "Maven could not fetch org.antlr:antlr4:$kAntlrVersion:jar:complete; is the network there? It said: $told"
  is_antlr_there || give_up "what Maven fetched to $kAntlrJar has not the checksum $kAntlrSha256; it will not be used"
}

report_jdk() {
  local told
  if told="$(python3 -B "$(dirname "$0")/cluster/jdk.py" 2>&1)"; then
    say "a JDK for OpenSearch is there: $told"
  else
    say "the cluster tests will be skipped: $told"
  fi
}

if ! command -v dpkg-query >/dev/null || ! command -v apt-get >/dev/null; then
  add_pattern_library
  add_java
  give_up "this is not Debian; install by hand what these packages hold: ${packages[*]}; and put" \
    "org.antlr:antlr4:$kAntlrVersion:jar:complete at $kAntlrJar"
fi
add_pattern_library
add_java
if [ -n "$looks_for_peers" ]; then
  add_peers
fi
install_packages
fetch_antlr
if [ -n "$looks_for_jdk" ]; then
  report_jdk
fi
