# Freelance Hub. `make` alone lists the targets; each says what it does after its `##`.
.DEFAULT_GOAL := help
SHELL := /bin/sh
PYTHON ?= python3
VENV := .venv
RUN := $(VENV)/bin/python
export PIP_DISABLE_PIP_VERSION_CHECK := 1

.PHONY: help setup up test check bench demo demo-import fmt lock

help: ## List these targets
	@awk 'BEGIN {FS = ":.*## "} /^[a-z-]+:.*## / {printf "  make %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: ## Make .venv with the pinned libraries; the other targets do this by themselves
	@PYTHON="$(PYTHON)" .ci/setup "$(VENV)" .lock/develop.txt

up: setup ## Run it: servers, tables, demo company, web, worker, scheduler (PORT=8000)
	@exec $(RUN) manage.py up

test: setup ## Run every test on servers of its own, in parallel (ARGS="tests/hub -k name")
	@$(RUN) -m pytest -n auto $(ARGS)

check: setup ## What CI runs: lint, types, import contracts, migrations, deployment checks, tests
	$(VENV)/bin/ruff check
	$(VENV)/bin/ruff format --check
	SECRET_KEY=only-for-types $(VENV)/bin/mypy
	$(VENV)/bin/lint-imports
	$(RUN) manage.py makemigrations --check --dry-run
	@key=$$($(RUN) -c 'import secrets; print(secrets.token_hex(40))'); \
	  DATABASE_URL=postgres://fh_app@localhost/hub BROKER_URL=redis://localhost:6379/0 PUBLIC_URL=https://hub.example.com \
	  SECRET_KEY="$$key" MASTER_KEY="$$key" $(RUN) manage.py check --deploy --fail-level WARNING
	@$(MAKE) --no-print-directory test

bench: setup ## Measure pages and exports against plain references (ONLY=pages for one group)
	@$(RUN) -m bench $(if $(ONLY),--only $(ONLY))

demo: setup ## Walk the demo company's whole life once more and print what was done
	@$(RUN) manage.py demo

demo-import: setup ## Import freelancers into the demo company: make demo-import FILE=people.csv
	@test -n "$(FILE)" || { echo 'Say which file: make demo-import FILE=people.csv' >&2; exit 2; }
	@$(RUN) manage.py demo_import "$(FILE)"

fmt: setup ## Format the code and mend what the linter can mend
	$(VENV)/bin/ruff check --fix
	$(VENV)/bin/ruff format

lock: setup ## Write .lock/ anew from pyproject.toml
	@for group in runtime develop; do \
	  $(VENV)/bin/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-annotate --no-header \
	    --no-emit-index-url pyproject.toml $$([ $$group = develop ] && echo --group dev) -o .lock/$$group.txt || exit 1; \
	done
