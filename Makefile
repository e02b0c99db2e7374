# One word per habit. Nothing is needed but make and Python 3.11 or newer; Windows without make: see README.md.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check --require-virtualenv
WORKERS ?= 2

.PHONY: help run test stress bench mutants check format lock wheel-check windows-check clean
.DEFAULT_GOAL := help

help:
	@echo 'make run            install and serve the demo on this computer'
	@echo 'make test           run all tests'
	@echo 'make bench          speed and memory beside named peers, whose scripts MARSHRUT_PEERS points to (half an hour)'
	@echo 'make stress         kill, fail and tamper in thousands of rounds, print the figures (an hour)'
	@echo 'make mutants        change the core in 400 small ways and look whether its tests notice (half an hour)'
	@echo 'make check          format, lint, types, import rules, definitions, migrations'
	@echo 'make format         let ruff rewrite the sources'
	@echo 'make lock           compile the lock files (UPGRADE=1: take newer versions)'
	@echo 'make wheel-check    build the wheel and try it in an empty environment'
	@echo 'make windows-check  look for a Windows wheel of every run-time requirement'
	@echo 'make clean          remove what these commands made, the data folder aside'

run: $(VENV)/.installed-run
	$(BIN)/marshrut run --demo

# Many tests start programs of their own: where PYTHONDONTWRITEBYTECODE is set, each would compile all that it imports.
test: $(VENV)/.installed-dev
	@scripts/ensure_chromium.sh
	PYTHONDONTWRITEBYTECODE= $(BIN)/python -m pytest -n $(WORKERS) --dist worksteal $(PYTEST_ARGS)

bench: $(VENV)/.installed-dev
	$(PIP) install -qq --require-hashes -r requirements-bench.txt
	$(BIN)/python -m benchmarks

mutants: $(VENV)/.installed-dev
	$(PIP) install -qq --require-hashes -r requirements-bench.txt
	$(BIN)/python scripts/mutants.py

# The loops of `make test`, in many more rounds.
stress: $(VENV)/.installed-dev
	MARSHRUT_STRESS=1 $(BIN)/python -m pytest -s tests/integration/durability \
		tests/integration/oracle tests/unit/oracle tests/unit/road_maps/reader/formats/test_fuzzing.py $(PYTEST_ARGS)

check: $(VENV)/.installed-dev
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/marshrut check
	$(BIN)/python -m pytest -q tests/integration/test_migrations.py

format: $(VENV)/.installed-dev
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

lock: $(VENV)/pyvenv.cfg
	scripts/lock.sh $(if $(UPGRADE),--upgrade)

wheel-check: $(VENV)/.installed-dev
	scripts/check_install.sh

windows-check: $(VENV)/pyvenv.cfg
	$(BIN)/python scripts/check_wheels.py

clean:
	rm -rf $(VENV) build dist .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache test-results mutants
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

$(VENV)/pyvenv.cfg:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
		|| { echo 'Marshrut needs Python 3.11 or newer: make PYTHON=/path/to/python3.11 …' >&2; exit 1; }
	@$(PYTHON) -m venv $(VENV) \
		|| { rm -rf $(VENV); echo 'python3 cannot make environments here: on Debian, apt-get install python3-venv' >&2; exit 1; }

# The project itself is installed without build isolation and dependencies: all that pip takes stands hashed in a lock file.
$(VENV)/.installed-run: pyproject.toml requirements.txt requirements-build.txt | $(VENV)/pyvenv.cfg
	$(PIP) install -qq --require-hashes -r requirements-build.txt -r requirements.txt
	$(PIP) install -qq --no-build-isolation --no-deps -e .
	@touch $@

$(VENV)/.installed-dev: pyproject.toml requirements-dev.txt | $(VENV)/pyvenv.cfg
	$(PIP) install -qq --require-hashes -r requirements-dev.txt
	$(PIP) install -qq --no-build-isolation --no-deps -e .
	@touch $@
