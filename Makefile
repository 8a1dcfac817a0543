# Every target starts from a bare checkout on Debian 12 with python3, python3-venv and make. Nothing is downloaded but what
# uv.lock names, and uv itself; the interpreter is always the machine's own.

SHELL := /bin/bash
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help setup demo run test check pictures catalogue faults bench requirements clean debian-packages debian-bench-packages

PYTHON ?= python3
UV_VERSION := 0.13.8
VENV := .venv
TOOLS := .venv-tools
UV := $(TOOLS)/bin/uv
IN_STEP := $(VENV)/.in-step-with-lock
BIN := $(VENV)/bin
# Tests of one file stay together, in order, on one core: what a file shares is made once. The files are begun in the
# order of tests/order.py, the longest first.
EVERY_CORE := --numprocesses auto --dist loadfile --no-loadscope-reorder

export UV_PYTHON_DOWNLOADS := never
export UV_PROJECT_ENVIRONMENT := $(CURDIR)/$(VENV)
# Every document that is read has a process of its own, and each would compile the libraries again.
export UV_COMPILE_BYTECODE := 1
export PIP_DISABLE_PIP_VERSION_CHECK := 1

help:  ## Say what there is to make
	@grep -E '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## (.*)/  make \1|\2/' | column -t -s '|' \
	  2>/dev/null || grep -E '^[a-z-]+:.*## ' $(MAKEFILE_LIST)

setup: $(IN_STEP)  ## Build .venv from uv.lock

demo: $(IN_STEP)  ## Play the story of one release through the real API, then exit
	@$(BIN)/pra demo

run: $(IN_STEP)  ## Serve for real on http://127.0.0.1:8000 with a seeded example producer
	@$(BIN)/pra serve --example

test: $(IN_STEP) debian-packages  ## Every test but the benchmarks
	@$(BIN)/python -m pytest $(EVERY_CORE) --ignore=tests/bench tests

check: $(IN_STEP)  ## Lint, types, imports, unit, property and house tests: under a minute
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports --no-logo
	@PRA_SCHEMATHESIS_EXAMPLES=0 $(BIN)/python -m pytest $(EVERY_CORE) tests/house tests/unit tests/properties

pictures: $(IN_STEP) debian-packages  ## Walk through the pages in a browser, keep a picture of each in var/pictures and the best in docs
	@rm -rf var/pictures
	@$(BIN)/python -m pytest tests/browser
	@$(BIN)/python -m tests.browser.best var/pictures

# What is no longer said is dropped, and what is new stands empty: nothing is guessed from what is similar.
catalogue: $(IN_STEP)  ## Bring app/web/translations/cy.po in step with what the pages say, for whoever translates it
	@mkdir -p var
	@$(BIN)/pybabel --quiet extract --mapping-file pyproject.toml --keyword to_translate --keyword frame \
	  --add-location=file --no-wrap --output-file var/pages.pot app/web
	@$(BIN)/pybabel --quiet update --input-file var/pages.pot --output-file app/web/translations/cy.po --locale cy \
	  --no-wrap --no-fuzzy-matching --ignore-obsolete --ignore-pot-creation-date

faults: $(IN_STEP) debian-packages  ## Every fault at its full extent: hours of kill -9, and each single call failing; figures at the end
	@rm -rf var/faults && mkdir -p var/faults && touch var/faults/figures.txt
	@PRA_FAULTS=full $(BIN)/python -m pytest tests/faults --junit-xml=var/faults/report.xml; \
	  failed=$$?; cat var/faults/figures.txt; exit $$failed

bench: $(IN_STEP) debian-packages debian-bench-packages  ## Figures beside what they are measured against
	@$(BIN)/python -m tests.bench

requirements: $(UV)  ## Write requirements.lock (hashed, for pip and the image) from uv.lock
	@$(UV) export --locked --quiet --no-dev --extra postgres --no-emit-project --no-header \
	  --output-file requirements.lock

clean:  ## Remove everything that make and the service have made here
	rm -rf $(VENV) $(TOOLS) var dist .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis
	find app tests migrations -name __pycache__ -type d -prune -exec rm -rf {} +

# Packages that only tests and benchmarks use. Installed where that may be done; elsewhere the tests that need one are
# skipped and say its name (and with CI=true a skip is a failure).
debian-packages:
	@.ci/install-debian-packages test

debian-bench-packages:
	@.ci/install-debian-packages bench

# uv lives apart from the environment it keeps in step, since `uv sync` removes whatever the lock does not name.
$(UV):
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || \
	  { echo "make: $(PYTHON) is missing or older than 3.11. On Debian 12: apt-get install python3" >&2; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || \
	  { echo "make: $(PYTHON) cannot make virtual environments. On Debian: apt-get install python3-venv" >&2; exit 1; }
	$(PYTHON) -m venv $(TOOLS)
	$(TOOLS)/bin/python -m pip install --quiet uv==$(UV_VERSION)
	@touch $@

$(IN_STEP): $(UV) uv.lock pyproject.toml
	$(UV) sync --quiet --locked --python "$$($(PYTHON) -c 'import sys; print(sys.executable)')"
	$(BIN)/python -m compileall -q app
	@touch $@
