# Every target sets up what it needs inside the checkout: a Rust toolchain and a CPython 3.9 or newer suffice.

PYTHON ?= python3
TOOLS := $(PYTHON) tests/tools

.DEFAULT_GOAL := help
.PHONY: help demo test test-all test-freethreaded test-torch stress stress-debug stress-reader fuzz lint fmt bench screenshots clean

help: ## Show this help
	@awk -F':.*## ' '/^[a-z-]+:.*## / { printf "  make %-18s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

demo: ## Build, install, run the sample notebook in a real kernel, and show what holds its 160 MB
	@$(TOOLS)/demo.py

screenshots: ## Draw each screen of the browser into docs/screens, from the sample notebook
	@$(TOOLS)/screenshots.py

test: ## Run everything: Rust tests, pytest on CPython 3.9 to 3.15, lints (about 30 minutes on two cores)
	@$(TOOLS)/run_tests.py

test-all: ## The same, with the leaking programs on every CPython instead of one (about 10 minutes more)
	@$(TOOLS)/run_tests.py --all

test-freethreaded: ## Run pytest and 100 dumps on free-threaded CPython 3.13 and 3.14, built if missing (15 minutes each)
	@$(TOOLS)/freethreaded.py

test-torch: ## Test what tensors hold, with the torch of Debian sid (10 minutes the first time, 2 after that)
	@$(TOOLS)/with_torch.py

stress: ## Dump 1,000 times on each CPython found while threads change the heap (about 30 minutes on two cores)
	@$(TOOLS)/stress.py

stress-debug: ## Run pytest and 1,000 dumps on CPython 3.14 and 3.15 built with assertions (about 40 minutes)
	@$(TOOLS)/debug.py

stress-reader: ## Change files while they are open and asked, 100 rounds of each kind (about an hour)
	@$(TOOLS)/stress_reader.py

fuzz: ## Look for inputs that break the reader, the index and the parsers, until Ctrl-C; FUZZ=--seconds=600 for ten minutes
	@$(TOOLS)/fuzz.py $(FUZZ)

lint: ## Run the lints only: rustfmt, clippy, ruff, mypy, stubtest
	@$(TOOLS)/run_tests.py --only lint

fmt: ## Format Rust and Python
	@$(TOOLS)/format.py

bench: ## Measure dump time as a ratio to gc.collect(); the result goes to benches/runs/
	@$(TOOLS)/bench.py

clean: ## Remove what was built
	rm -rf target .venvs .build
