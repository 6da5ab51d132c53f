# make run     everything on this machine, seeded, at http://127.0.0.1:8080
# make test    the whole suite, on servers of its own; ARGS="-k words" for a part of it
# make lint    ruff, its formatter, mypy; hadolint for the image
# make schema  writes docs/openapi.json, docs/asyncapi.json and docs/errors.md from the code, and where
#              there is Node.js the types of clients/typescript from those
# make lock    writes requirements.lock and requirements-dev.lock from requirements.txt and
#              requirements-dev.txt; what still fits keeps its version, unless ARGS=--upgrade
# make bench   every measurement beside its yardstick; ARGS="placing" for some of them
#
# Each target makes .venv first, and again when the locks change.

VENV := .venv
APPS := kmarket accounts markets betting chain trading vault oddsfeed console telemetry

# The first Python here that is new enough; PYTHON=/path/to/python names another.
PYTHONS := python3 python3.13 python3.12 python3.11
NEW_ENOUGH := import sys; sys.exit(sys.version_info < (3, 11))
PYTHON ?= $(firstword $(foreach python,$(PYTHONS),$(shell \
	$(python) -c '$(NEW_ENOUGH)' >/dev/null 2>&1 && echo $(python))))

# Not the programs in .venv/bin: those don't work in a folder whose path has a space.
IN_VENV := $(VENV)/bin/python
PIP := $(IN_VENV) -m pip install --quiet --disable-pip-version-check --no-input --require-hashes

# For every machine and every Python from 3.11 on, by whatever index uv is set to ask.
LOCK := $(IN_VENV) -m uv pip compile --quiet --universal --python-version 3.11 --no-strip-extras \
	--generate-hashes --custom-compile-command "make lock" $(ARGS)

.PHONY: run test lint schema lock bench migrations-check

run: $(VENV)/run.stamp
	@exec $(IN_VENV) manage.py run_all

test: $(VENV)/dev.stamp
	@exec $(IN_VENV) -m $(if $(ARGS),pytest $(ARGS),tests.whole_suite)

lint: $(VENV)/dev.stamp
	@$(IN_VENV) -m ruff check .
	@$(IN_VENV) -m ruff format --check .
	@$(IN_VENV) -m mypy $(APPS)
	@$(VENV)/bin/hadolint Dockerfile

schema: $(VENV)/dev.stamp
	@$(IN_VENV) manage.py openapi > docs/openapi.json
	@$(IN_VENV) manage.py asyncapi > docs/asyncapi.json
	@$(IN_VENV) manage.py error_catalogue > docs/errors.md
	@if command -v npm >/dev/null; then cd clients/typescript && \
		{ test -d node_modules || npm ci --no-audit --no-fund; } && npm run --silent generate; \
	else echo "npm is missing: the types in clients/typescript stay as they are."; fi

lock: $(VENV)/dev.stamp
	@$(LOCK) requirements.txt --output-file requirements.lock
	@$(LOCK) requirements-dev.txt --output-file requirements-dev.lock

bench: $(VENV)/dev.stamp
	@exec $(IN_VENV) -m bench $(ARGS)

# makemigrations --check wants a database to look at: the test has one.
migrations-check: $(VENV)/dev.stamp
	@exec $(IN_VENV) -m pytest -q kmarket/tests/test_migrations.py

$(VENV)/run.stamp: requirements.lock | $(IN_VENV)
	@echo "Installing requirements.lock into $(VENV) (once; about a minute)."
	@$(PIP) -r requirements.lock
	@touch $@

$(VENV)/dev.stamp: requirements-dev.lock | $(IN_VENV)
	@echo "Installing requirements-dev.lock into $(VENV) (once; about a minute)."
	@$(PIP) -r requirements-dev.lock
	@touch $@

$(IN_VENV):
	@test -n "$(PYTHON)" || { \
		echo "kmarket needs Python 3.11 or newer: install it, or name one with PYTHON=."; exit 1; }
	@"$(PYTHON)" -c 'import ensurepip, venv' 2>/dev/null || { \
		echo "$(PYTHON) cannot make a virtual environment: install its venv module" \
			"(Debian, Ubuntu: apt-get install python3-venv)."; exit 1; }
	@"$(PYTHON)" -m venv --clear $(VENV) || { rm -rf $(VENV); exit 1; }
