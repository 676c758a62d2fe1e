# Two commands matter: `make demo` shows the system at work, `make test` proves it. Both need Python 3.11 and nothing else.
SHELL := /bin/bash
.DEFAULT_GOAL := help

PYTHON ?= $(shell command -v python3.11 || command -v python3)
# Where it is set, every process of a test compiles the whole system anew.
unexport PYTHONDONTWRITEBYTECODE

VENV   := .venv
BIN    := $(VENV)/bin
PACKAGES := libs/events/events services/leads/leads services/deals/deals services/automation/automation \
            services/analytics/analytics cli/voronka deploy/local/embedded

help:  ## this list
	@awk -F':.*## ' '/^[a-z-]+:.*## / {printf "  make %-14s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

$(VENV)/.runtime: requirements.lock pyproject.toml deploy/local/install.py
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed: make PYTHON=/path/to/python3.11")'
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@echo "Installing the locked packages, once"
	@$(BIN)/python deploy/local/install.py requirements.lock
	@$(BIN)/python -m pip install --disable-pip-version-check --quiet --no-deps --no-build-isolation -e .
	@touch $@

$(VENV)/.dev: requirements-dev.lock $(VENV)/.runtime
	@echo "Installing what tests and linters need, once"
	@$(BIN)/python deploy/local/install.py requirements-dev.lock
	@touch $@

demo: $(VENV)/.runtime  ## the main job on the embedded system; ONCE=1 ends by itself
	@$(BIN)/voronka demo $(if $(ONCE),--once) --home .voronka

clean-demo:  ## remove the demo's data
	@rm -rf .voronka

test: $(VENV)/.dev  ## every test but those that need Apache Kafka or kill processes
	@$(BIN)/pytest -n 4 --dist loadscope -m "not kafka and not faults and not deploy"

test-kafka: $(VENV)/.dev  ## consumer and end-to-end tests on Apache Kafka itself
	@VORONKA_TEST_BROKER=kafka $(BIN)/pytest -m "not faults" libs/events/tests/test_log_to_consumer.py deploy/tests/test_apache_kafka.py libs/events/tests/test_framework.py tests/e2e

test-containers: $(VENV)/.dev  ## consumer tests on official images of PostgreSQL and Apache Kafka, where Docker answers
	@VORONKA_TEST_BROKER=containers $(BIN)/pytest libs/events/tests/test_log_to_consumer.py

test-deploy: $(VENV)/.dev $(VENV)/deploy-tools/tools.lock $(VENV)/deploy-checks/.installed $(VENV)/api-lint/.installed  ## the chart, manifests, alerts, dashboards and descriptions of APIs, without a cluster
	@$(BIN)/pytest -n 2 --dist loadscope -m deploy deploy/tests

$(VENV)/deploy-tools/tools.lock: deploy/helm/tools.lock $(VENV)/.dev
	@echo "Fetching helm, kubectl and the schemas of Kubernetes, once"
	@$(BIN)/python deploy/helm/tools.py $(@D)

$(VENV)/deploy-checks/.installed: deploy/helm/checks.lock
	@echo "Installing checkov beside the other packages, once"
	@$(PYTHON) -m venv $(@D)
	@$(@D)/bin/python deploy/local/install.py deploy/helm/checks.lock
	@touch $@

$(VENV)/api-lint/.installed: deploy/api-lint/package.json deploy/api-lint/package-lock.json
	@echo "Installing the linter of OpenAPI and AsyncAPI, once"
	@mkdir -p $(@D) && cp $^ $(@D)
	@npm ci --prefix $(@D) --ignore-scripts --no-audit --no-fund --loglevel=error
	@touch $@

test-superset: $(VENV)/.dev $(VENV)/superset/.installed  ## Superset itself imports the archive of charts and answers each of them
	@SUPERSET=$(CURDIR)/$(VENV)/superset/bin $(BIN)/pytest services/analytics/tests/test_superset.py

$(VENV)/superset/.installed: deploy/bi/superset.lock
	@echo "Installing Superset beside the other packages, once"
	@$(PYTHON) -m venv $(@D)
	@$(@D)/bin/python deploy/local/install.py deploy/bi/superset.lock
	@touch $@

FAULTS ?= tests/faults
test-faults: $(VENV)/.dev  ## kill and stop everything under load; SHORT=1 for the short version
	@VORONKA_FAULTS=$(if $(SHORT),short,full) $(BIN)/pytest -m faults --timeout 900 $(FAULTS)

bench: $(VENV)/.dev  ## measure against raw ceilings in the same run; QUICK=1 for small counts
	@$(BIN)/python -m bench.run $(if $(QUICK),--quick)

lint: $(VENV)/.dev  ## formatting, lint, types, import rules; changes nothing
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports

format: $(VENV)/.dev  ## put the code into its form
	@$(BIN)/ruff format . && $(BIN)/ruff check --fix .

chart: $(VENV)/.dev  ## write the chart's schema and page again, after settings or values have changed
	@$(BIN)/python deploy/helm/generate.py

SINCE ?= HEAD
api-changes: $(VENV)/.dev  ## what changed in the APIs and events SINCE a revision; fails if something breaks who uses them
	@$(BIN)/python -m events.api_changes docs/api $(SINCE)

api-release: $(VENV)/.dev  ## with a new version: what is described now is what later changes may not break undeclared
	@$(BIN)/python -m events.api_released docs

lock: $(VENV)/.dev  ## resolve the hashed lock files again
	@$(BIN)/python -m pip install --quiet uv
	@$(BIN)/uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header --all-extras pyproject.toml -o requirements-dev.lock
	@$(BIN)/uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header --extra embedded -c requirements-dev.lock pyproject.toml -o requirements.lock
	@$(BIN)/uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header --extra image -c requirements.lock pyproject.toml -o requirements-image.lock
	@$(BIN)/uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header deploy/helm/checks.in -o deploy/helm/checks.lock
	@$(BIN)/uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header deploy/bi/superset.in -o deploy/bi/superset.lock
	@npm install --prefix deploy/api-lint --package-lock-only --omit-lockfile-registry-resolved --ignore-scripts --no-audit --no-fund

sbom: $(VENV)/.dev  ## the bill of materials of the image (CycloneDX 1.6), to sbom.json
	@$(BIN)/cyclonedx-py requirements requirements-image.lock --pyproject pyproject.toml --output-reproducible --validate -o sbom.json

.PHONY: help api-changes api-release demo clean-demo test test-kafka test-containers test-deploy test-superset test-faults bench lint format chart lock sbom
