# Every target does its own set-up. A machine needs Python 3.11 to 3.13 and make, nothing else.
#
#   make test PYTHON=python3.12        with a certain interpreter
#   make test ARGS="-k intake -x"      with arguments for pytest

.DEFAULT_GOAL := help
SHELL := /bin/sh

PYTHON ?=
ARGS ?=

# Where this is set, each of the many processes would compile all that it imports, at each start.
unexport PYTHONDONTWRITEBYTECODE

BIN := .venv/bin
# In CI a test that skips proves nothing, so it fails.
PYTEST = $(BIN)/python -m pytest $(if $(filter true 1,$(CI)),-p tests.no_skips) $(ARGS)

# Where rows are written by several at once, and money: what every change is tried with on PostgreSQL.
PIPELINE = $(addprefix signalcast/,accounts core delivery intake live payments plans signals work)

# Hundreds of installations with real processes and real kills on a small machine: now and then a disk
# stalls for longer than a test allows. What failed has to pass by itself; both runs are printed.
define TWICE
$(PYTEST) $(1) || { [ $$? = 1 ] && printf '\n== Once more, by themselves: the tests that failed\n' && \
	$(PYTEST) $(1) -n 0 --last-failed --last-failed-no-failures none; }
endef

# Any Python can run the set-up, which then looks for one that fits.
define SET_UP
@for python in $(BIN)/python $(PYTHON) python3 python3.13 python3.12 python3.11; do \
	if "$$python" -I -S -c "" 2>/dev/null; then \
		exec "$$python" -I -S tools/bootstrap.py $(if $(PYTHON),--python "$(PYTHON)") $(1); \
	fi; \
done; \
echo "Signalcast needs Python 3.11, 3.12 or 3.13, and no Python was found." >&2; exit 2
endef

.PHONY: help messages reference hosts run test lint bench test-all test-wide format lock set-up-base set-up-dev \
	set-up-mysql set-up-provision set-up-lock

help: ## Show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-10s %s\n", $$1, $$2 }' Makefile

run: set-up-base ## Start everything with a small demo, on port 8000
	@exec $(BIN)/signalcast up --demo

test: set-up-dev ## Run the tests: SQLite, then the pipeline's storage on PostgreSQL
	$(PYTEST) -n 2 -m "not wide and not acceptance"
	$(PYTEST) -n 2 -m "storage and not wide and not acceptance" --engine=postgresql $(PIPELINE)
	$(PYTEST) -n 2 --dist loadfile -m "acceptance and not wide" tests/acceptance

lint: set-up-dev ## Check style, types, imports, migrations and the design's own rules
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/python -m mypy
	$(BIN)/lint-imports
	$(BIN)/python -m tools.check
	$(BIN)/python -m tools.reference --check
	$(BIN)/python -m tools.hosts --check
	$(BIN)/python -m tools.messages --check
	$(BIN)/signalcast makemigrations --check --dry-run
	$(BIN)/python -m tools.migrations

messages: set-up-dev ## Bring what subscribers read up to date in each language
	$(BIN)/python -m tools.messages

reference: set-up-dev ## Write the reference pages anew from code
	$(BIN)/python -m tools.reference

hosts: set-up-dev ## Render the files of the reference hosts anew
	$(BIN)/python -m tools.hosts

format: set-up-dev ## Put code into the project's format
	$(BIN)/ruff format
	$(BIN)/ruff check --fix

bench: set-up-dev ## Measure speed side by side with reference programs
	$(BIN)/python -m bench $(ARGS)

test-all: test test-wide ## Run every test: three seeds, MariaDB too

test-wide: set-up-dev set-up-mysql ## Run what test-all adds to test
	$(PYTEST) -n 2 -m "storage and not wide and not acceptance" --engine=postgresql $(PIPELINE:%=--ignore=%)
	$(PYTEST) -n 2 -m "storage and wide and not acceptance" --engine=postgresql
	$(PYTEST) -n 2 -m "storage and not acceptance" --engine=mariadb
	$(call TWICE,-n 3 --dist loadfile -m "(wide or scenario) and not alone" --seeds 3 --durations 10)
	$(call TWICE,-m "(wide or scenario) and alone" --seeds 3 --durations 10 tests/acceptance)

lock: set-up-lock ## Write the locked requirements anew (ARGS=--upgrade for newer releases)
	$(BIN)/python -I tools/lock.py $(ARGS)

set-up-base:
	$(call SET_UP,base)

set-up-dev:
	$(call SET_UP,dev)

set-up-mysql: set-up-dev
	$(call SET_UP,mysql)

set-up-provision: set-up-base
	$(call SET_UP,provision)

set-up-lock:
	$(call SET_UP,lock)
