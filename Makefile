# Everything runs in $(VENV), made once from constraints.txt. Needs: make, $(PYTHON) 3.11+, a package index.
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
MADE := $(VENV)/.made
DEMO := .ormprobe/demo
FAULT := uncommitted-write
export PIP_DISABLE_PIP_VERSION_CHECK := 1

.PHONY: demo test matrix servers check bench clean

# Traces a fixture with a planted fault; fails unless the planted cause is the verdict.
demo: $(MADE)
	@rm -rf $(DEMO) && mkdir -p $(DEMO)
	@echo "demo: copying fixtures/flask_sqlalchemy/app to $(DEMO)/app"
	@cp -R fixtures/flask_sqlalchemy/app $(DEMO)/app
	@echo "demo: planting the fault $(FAULT)"
	@cd $(DEMO)/app && patch="$(CURDIR)/fixtures/flask_sqlalchemy/faults/$(FAULT).patch" && \
		if command -v patch >/dev/null; then patch -s -p1 -i "$$patch"; \
		else GIT_CEILING_DIRECTORIES="$(CURDIR)/.ormprobe" git apply "$$patch"; fi
	@echo "demo: ormprobe trace $(DEMO)/app"
	@# the plugins of pytest in $(VENV) are not the app's
	@$(BIN)/python -m ormprobe trace $(DEMO)/app --python $(BIN)/python --output $(DEMO)/trace \
		--env PYTEST_DISABLE_PLUGIN_AUTOLOAD=1 \
		--format json --report $(DEMO)/report.json || test $$? -eq 1
	@$(BIN)/python -c 'import json, sys; \
		primary = json.load(open("$(DEMO)/report.json"))["verdict"]["primary"] or {}; \
		found = primary.get("cause"); \
		print("demo: planted $(FAULT), found", found); \
		sys.exit(found != "$(FAULT)")'

test: $(MADE)
	$(BIN)/python -m pytest -q -n 2

# The shim's tests under every interpreter and SQLAlchemy of tests/matrix.toml that is at hand.
matrix: $(MADE)
	ORMPROBE_MATRIX=1 $(BIN)/python -m pytest -v -m slow tests/instrumentation

# Every server of tests/servers under load, and Ctrl-C, SIGTERM and kill -9 of its processes.
servers: $(MADE)
	ORMPROBE_SERVERS=1 $(BIN)/python -m pytest -v tests/servers

check: $(MADE)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/pyright --warnings --pythonpath $(BIN)/python
	$(BIN)/lint-imports
	$(BIN)/python tests/packaging/oldest_interpreter.py

bench: $(MADE)
	$(BIN)/python tests/benchmarks/overhead.py
	$(BIN)/python tests/benchmarks/peewee_overhead.py
	$(BIN)/python tests/benchmarks/tortoise_overhead.py --output bench-tortoise.json
	$(BIN)/python tests/benchmarks/report_scale.py --output bench-report.json
	$(BIN)/python tests/benchmarks/sql_facts.py --output bench-sql-facts.json

clean:
	rm -rf $(VENV) .matrix .ormprobe build dist .mypy_cache .ruff_cache .pytest_cache .hypothesis
	rm -rf .import_linter_cache bench*.json
	find ormprobe instrumentation taxonomy tests -name __pycache__ -prune -exec rm -rf {} +

$(MADE): pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and \
		"ormprobe needs Python 3.11 or newer: make PYTHON=python3.11 ...")'
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install -q -c constraints.txt pip
	$(BIN)/python -m pip install -q -c constraints.txt -e . --group dev
	touch $@
