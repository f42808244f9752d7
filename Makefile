# Two commands on a fresh machine with python3 and nothing else: `make train` and `make test`.
SHELL := bash
BIN := .venv/bin
ARGS ?=
MODEL ?=

.DEFAULT_GOAL := help
.PHONY: help train test test-fast check format docs setup

help:  ## Show this list.
	@awk -F ':.*## ' '/^[a-z-]+:.*## /{printf "  make %-9s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

train:  ## Set up for this machine and train all stages; MODEL=smollm2 takes another base, ARGS goes to `vibecoder train`.
	@scripts/setup.sh train
	@$(if $(filter smollm2,$(MODEL)),scripts/setup.sh smollm2)
	@$(BIN)/vibecoder train --stage all $(if $(MODEL),--model $(MODEL)) $(ARGS)

test:  ## Set up both backends and run every test; ARGS="-k data" goes to pytest.
	@scripts/setup.sh test
	@OMP_NUM_THREADS=1 MKL_NUM_THREADS=1 $(BIN)/python -m pytest -n 2 --dist loadfile $(ARGS)

test-fast:  ## The unit tests alone: nothing that trains, kills or forks.
	@scripts/setup.sh test
	@OMP_NUM_THREADS=1 MKL_NUM_THREADS=1 $(BIN)/python -m pytest -n 2 --dist loadfile tests/unit tests/repo $(ARGS)

check:  ## Formatting, lint, types and the dependency rule.
	@scripts/setup.sh test
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports

format:  ## Put the code into the one format.
	@scripts/setup.sh dev
	@$(BIN)/ruff format .
	@$(BIN)/ruff check --fix .

docs:  ## Write docs/configuration.md, docs/plugins.md's signatures and docs/map.md anew.
	@scripts/setup.sh dev
	@$(BIN)/vibecoder config reference > docs/configuration.md
	@$(BIN)/python scripts/plugins_page.py
	@$(BIN)/python scripts/templates_page.py
	@$(BIN)/python scripts/map.py

setup:  ## Set up both backends and the developer's tools in .venv.
	@scripts/setup.sh test
