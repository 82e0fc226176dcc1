# The commands of this project. `make test` is the one to know.

CARGO ?= cargo
# cargo-nextest where it is installed: the same tests, one process each, in parallel.
NEXTEST := $(shell $(CARGO) nextest --version >/dev/null 2>&1 && echo yes)
ifeq ($(NEXTEST),yes)
RUN_TESTS = $(CARGO) nextest run
else
RUN_TESTS = $(CARGO) test --lib --bins --tests
endif

.PHONY: help test test-tools trust bench fmt lint catalog speeds install

help: ## Lists these targets
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/make \1|\2/p' Makefile | column -t -s '|'

test: ## Every Rust test, offline once the crates are fetched
	$(RUN_TESTS)
	$(CARGO) test --doc

test-tools: ## Checks that need tools of other languages; a missing tool is skipped here, fails in CI
	tests/tools/run

trust: ## The long search: every property test with many more cases, coverage over 2,000 studies
	PROPTEST_CASES=20000 BATCHCAST_COVERAGE_SEEDS=2000 $(RUN_TESTS)

bench: ## Benchmarks, then the speed of the whole program against its bounds
	$(CARGO) bench
	python3 benches/speed.py --full

fmt: ## Formats the code
	$(CARGO) fmt

lint: ## Formatting and lints, as CI checks them
	$(CARGO) fmt --check
	$(CARGO) clippy --all-targets -- -D warnings

catalog: ## Rebuilds the embedded catalog from $BATCHCAST_DATA
	BATCHCAST_UPDATE_CATALOG=1 $(CARGO) test --test catalog_table

speeds: ## Rebuilds the embedded table of machine speeds from $BATCHCAST_DATA
	BATCHCAST_UPDATE_SPEEDS=1 $(CARGO) test --test machine_speeds

install: ## Installs the batchcast command
	$(CARGO) install --path . --locked
