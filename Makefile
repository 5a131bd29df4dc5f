# Everything a fresh machine needs is installed by these targets themselves; `make help` lists them.
SHELL := /bin/bash
.DEFAULT_GOAL := help
.PHONY: help demo demo-load test check unit golden contract control-plane cluster-tests cluster cluster-down bench loss proof fuzz regions chart clean plugin

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
PYTEST := $(BIN)/python -m pytest

help: ## List the targets
	@awk -F':.*## ' '/^[a-z-]+:.*## /{printf "  make %-14s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

$(STAMP): pyproject.toml
	@tests/bootstrap.sh "$(PYTHON)" "$(VENV)"
	@touch $@

demo: $(STAMP) ## ResNet50 on a real kind cluster, autoscaled, and its answer for a picture
	@$(BIN)/python -m tests.demo

demo-load: $(STAMP) ## Bounded load on the demo; replicas rise and fall
	@$(BIN)/python -m tests.demo load

test: $(STAMP) ## Every tier: checks, unit, golden, contract, control plane, cluster
	@$(BIN)/python -m tests.tiers

check: $(STAMP) ## Format, lint, types, layers
	@$(BIN)/python -m tests.tiers check

unit: $(STAMP) ## Unit and golden tests: minutes, no cluster
	@$(BIN)/python -m tests.tiers timed unit golden

contract: $(STAMP) ## Readers, clients and fakes against the real thing
	@$(BIN)/python -m tests.tiers timed contract

cluster: $(STAMP) ## Bring the test cluster up (idempotent)
	@$(BIN)/python -m tests.testbed up

cluster-down: $(STAMP) ## Take the test cluster down and restore the machine's settings
	@$(BIN)/python -m tests.testbed down

bench: $(STAMP) ## Figures against other tools, in one run
	@$(BIN)/python -m tests.bench

loss: $(STAMP) ## Requests lost while a service changes, ours beside a plain Deployment; a cluster of three nodes, half an hour
	@$(BIN)/python -m tests.loss

proof: $(STAMP) ## A recommended autoscaler beside the common default under one load, and docs/autoscale-proof.md of it; 25 minutes
	@$(BIN)/python -m tests.proof --write

regions: $(STAMP) ## A service in two clusters behind one front, changed and cut off under load, and its table in docs/regions.md; 20 minutes
	@$(BIN)/python -m tests.regions --write

fuzz: $(STAMP) ## Fuzz what reads files and answers of others, MINUTES (30) for each of four targets
	@$(BIN)/python -m pip install --quiet --group fuzz
	@$(BIN)/python -m tests.fuzz --minutes $(or $(MINUTES),30)

chart: $(STAMP) ## Pack the Helm chart into dist/
	@$(BIN)/python tools/pack_chart.py --helm "$$($(BIN)/python -m tests.testbed helm)"

clean: ## Remove what was built here (the testbed's cache stays: python -m tests.testbed clean)
	rm -rf $(VENV) build dist .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache .coverage
	find src tests tools -name __pycache__ -type d -prune -exec rm -rf {} +
