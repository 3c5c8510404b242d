PYTHON ?= python3
# SDK=3.259.0: with that version of Pulumi's Python SDK, in an environment of its own
VENV := .venv$(SDK:%=-sdk-%)
BIN := $(VENV)/bin
# the distributions beside pulumi-codat
PACKAGES := packages/codat-emulator packages/pulumi-offline
$(if $(and $(SDK),$(filter coverage fidelity record,$(MAKECMDGOALS))),$(error the recordings are of the Python SDK in requirements.lock, which sends other requests: leave out SDK=$(SDK)))
# the pulumi CLI: the first on PATH that can be used, the newest that `make cli` built being the last there;
# CLI=3.260.0: that one, built where it is missing
NEWEST_CLI := $(shell ls tools/pulumi-cli | grep ^v | sort -V | tail -n 1)
export PATH := $(if $(CLI),$(CURDIR)/.pulumi-cli/v$(CLI:v%=%):$(PATH),$(PATH):$(CURDIR)/.pulumi-cli/$(NEWEST_CLI))
# one more than there are cores, because tests wait for the processes they start
WORKERS := $(shell expr $$(getconf _NPROCESSORS_ONLN) + 1)

.DEFAULT_GOAL := help
.PHONY: help install cli demo test coverage test-cli fidelity record model matrix bench bench-preview bench-push bench-hostile lint format lock clean

help: ## say what can be asked for
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-13s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

install: $(VENV)/installed ## build .venv from requirements.lock, with the three distributions of this workspace

$(VENV)/installed: requirements.lock pyproject.toml $(PACKAGES:%=%/pyproject.toml)
	@$(PYTHON) -c 'import sys; (3, 11) <= sys.version_info[:2] <= (3, 14) or sys.exit("pulumi-codat needs Python 3.11 to 3.14, and $(PYTHON) is %d.%d: run make with PYTHON=python3.11 (or newer)." % sys.version_info[:2])'
	@# because the CLI that `make cli` builds runs programs with what is in .venv
	$(if $(SDK),@$(MAKE) --no-print-directory install SDK=)
	$(PYTHON) -m venv --clear $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes --requirement requirements.lock
	$(BIN)/python -m pip install --quiet --no-deps --no-build-isolation --editable . $(PACKAGES:%=--editable %)
	$(if $(SDK),$(BIN)/python -m pip install --quiet --disable-pip-version-check pulumi==$(SDK))
	@# because a cold import of pulumi costs twice as much as a compiled one
	@$(BIN)/python -m compileall -q -q $(VENV)/lib provider $(PACKAGES) || true
	@touch $@

cli: install ## build the pulumi CLI from its Go module, for the tests (CLI=3.260.0: the oldest supported one)
	@$(BIN)/python tools/pulumi-cli/build.py $(CLI)

demo test coverage test-cli fidelity record bench: $(if $(CLI),cli)

demo: install ## the main job: two environments against the emulated Codat, with drift found and repaired
	@$(BIN)/python -m demo

test: install lint ## all tests, on the offline engine and, where there is one, on the pulumi CLI
	@$(BIN)/python -m pytest -n $(WORKERS) --dist worksteal --quiet -m 'not thorough and not fidelity'

coverage: install ## the tests that can be measured cheaply, and the gate on branch coverage
	@$(BIN)/coverage erase
	@$(BIN)/coverage run -m pytest -n $(WORKERS) --quiet --ignore tests/scenarios --ignore tests/faults
	@$(BIN)/coverage combine --quiet
	@$(BIN)/coverage report

test-cli: install ## every scenario on the pulumi CLI (CLI=3.260.0, SDK=3.259.0: on those versions), built where it is missing
	@$(BIN)/python -m demo.engines || $(BIN)/python tools/pulumi-cli/build.py
	@$(BIN)/python -m pytest -n $(WORKERS) --quiet --on-cli only tests/scenarios

fidelity: install ## hold the offline engine (and a CLI of that version) to recordings of the CLI; of another, report what changed
	@$(BIN)/python -m pytest -n $(WORKERS) --quiet --on-cli all packages/pulumi-offline/tests/fidelity

record: install ## record anew, on the pulumi CLI that the offline engine follows
	@$(BIN)/python -m pytest -n $(WORKERS) --quiet --on-cli only --record packages/pulumi-offline/tests/fidelity

model: install ## random sequences of everything that can happen, other ones each time, for MODEL_MINUTES (10) a part
	@MODEL_MINUTES=$${MODEL_MINUTES:-10} $(BIN)/python -m pytest -n $(WORKERS) --quiet tests/model

matrix: install ## every fault at every request of every operation, as a table, and what a person is told
	@$(BIN)/python -m tests.faults --messages
	@$(BIN)/python -m pytest -n $(WORKERS) --quiet --on-cli none -m thorough

bench: install ## offline engine against the pulumi CLI, cold, in turn
	@$(BIN)/python -m benchmarks.engines

bench-preview: install ## a preview without changes on the pulumi CLI, beside one of resources that do nothing
	@$(BIN)/python -m benchmarks.preview

bench-push: install ## rows of a statement validated a second, and their memory
	@$(BIN)/python -m benchmarks.bank_transactions

bench-hostile: install ## time and memory that a hostile server can cost the provider
	@$(BIN)/python -m benchmarks.hostile

lint: install ## ruff and mypy
	@$(BIN)/ruff check --quiet .
	@$(BIN)/ruff format --quiet --check .
	@$(BIN)/mypy --no-error-summary

format: install ## let ruff rewrite what it can
	@$(BIN)/ruff check --quiet --fix .
	@$(BIN)/ruff format --quiet .

lock: ## write requirements.lock anew (needs uv)
	@uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --all-extras --group dev \
		--no-emit-index-url $(PACKAGES:packages/%=--no-emit-package %) --custom-compile-command 'make lock' --upgrade \
		--output-file requirements.lock pyproject.toml $(PACKAGES:%=%/pyproject.toml)

clean: ## remove what make built
	@rm -rf .venv .venv-sdk-* .pulumi-cli dist .coverage .coverage.* .mypy_cache .pytest_cache .ruff_cache
