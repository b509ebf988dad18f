# A thin face over the CMake presets (CMakePresets.json). `make` alone lists what there is.
SHELL := /bin/bash
.DEFAULT_GOAL := help
.PHONY: help setup setup-test setup-dev setup-bench setup-cluster build demo test test-long bench check clean plugin cluster-demo bench-long

JOBS ?= $(shell nproc)
cmake_build = cmake --build --preset $(1) -j $(JOBS)

help:  ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-14s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup:  ## install what building needs and is missing (Debian 12, root or sudo)
	@scripts/setup.sh
setup-test:
	@scripts/setup.sh --test
setup-dev:
	@scripts/setup.sh --dev
setup-bench:
	@scripts/setup.sh --bench
setup-cluster:
	@scripts/setup.sh --cluster

# Ninja configures again by itself when a CMake file changes, so a configured folder stays as it is.
build/%/build.ninja:
	cmake --preset $*

build: setup  ## build/tripline
	@$(MAKE) --no-print-directory build/release/build.ninja
	$(call cmake_build,release) --target tripline
	@ln -sfn release/cli/tripline build/tripline

demo: build  ## compile rules/, run them over their sample events, show the alerts
	@scripts/demo.sh

test: setup-test  ## every test, with a list of what was skipped
	@$(MAKE) --no-print-directory build/release/build.ninja
	$(call cmake_build,release)
	@ln -sfn release/cli/tripline build/tripline
	@scripts/test.sh build/release

test-long: setup-dev  ## rules, 5,000 queries, 20,000 texts and the plugin beside nodes (where they can be had), owners killed, stopped and cut off, 200 kills, the unit tests under sanitizers, then every fuzzer (TRIPLINE_FUZZ_SECONDS each, default 60)
	@$(MAKE) --no-print-directory build
	@[ -n "$$TRIPLINE_SHORT" ] || TRIPLINE=$(CURDIR)/build/tripline TRIPLINE_LONG=1 \
	  python3 -B tests/cluster/meaning_events_test.py || [ $$? -eq 77 ]
	@[ -n "$$TRIPLINE_SHORT" ] || TRIPLINE_LONG=1 python3 -B tests/cluster/analysis_test.py || [ $$? -eq 77 ]
	@[ -n "$$TRIPLINE_SHORT" ] || TRIPLINE_LONG=1 python3 -B tests/cluster/date_formats_test.py || [ $$? -eq 77 ]
	@[ -n "$$TRIPLINE_SHORT" ] || for script in plugin_zip shards field_types random_indices schedule owners upgrade; do \
	  TRIPLINE=$(CURDIR)/build/tripline TRIPLINE_LONG=1 python3 -B tests/cluster/$${script}_test.py || [ $$? -eq 77 ] || exit 1; done
	@[ -n "$$TRIPLINE_SHORT" ] || for script in durability/kills durability/damage acceptance/sessions_random; do \
	  TRIPLINE=$(CURDIR)/build/tripline TRIPLINE_LONG=1 python3 -B tests/$${script}_test.py || exit 1; done
	@$(MAKE) --no-print-directory build/asan/build.ninja build/fuzz/build.ninja
	$(call cmake_build,asan)
	@scripts/test.sh build/asan -L unit
	$(call cmake_build,fuzz)
	@scripts/fuzz.sh build/fuzz

bench: setup-bench  ## the desk's speed, memory and peers in one table, up to 20 minutes: build/bench/results/table.md
	@$(MAKE) --no-print-directory build/bench/build.ninja
	$(call cmake_build,bench) --target tripline tripline_parse_floor tripline_in_process
	@scripts/bench.sh build/bench

bench-long: setup-bench  ## the same with 10,000,000 events and slow peers, and every google-benchmark program
	@$(MAKE) --no-print-directory build/bench/build.ninja
	$(call cmake_build,bench)
	@scripts/bench.sh build/bench --long

check: setup-dev  ## format, tidy, architecture and unit tests: what a commit must pass
	@$(MAKE) --no-print-directory build/dev/build.ninja
	$(call cmake_build,dev)
	@scripts/check.sh build/dev
	@scripts/test.sh build/dev -L unit

clean:  ## remove build/
	rm -rf build

OPENSEARCH ?= 3.8.0
plugin: setup-cluster  ## build/tripline-opensearch-3.8.0.zip, for opensearch-plugin install (OPENSEARCH=version)
	@$(MAKE) --no-print-directory build/release/build.ninja
	$(call cmake_build,release) --target tripline_jni
	@scripts/plugin.sh $(OPENSEARCH)

cluster-demo: plugin  ## a real OpenSearch node: plugin in, sample events indexed, alerts fetched from the index
	@$(call cmake_build,release) --target tripline
	@ln -sfn release/cli/tripline build/tripline
	@python3 -B scripts/cluster/demo.py
