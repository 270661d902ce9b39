# `make run` serves the site, `make test` checks and tests it. PYTHON=python3.12 chooses another Python.
PYTHON ?= python3
BIN := .venv/bin
.PHONY: help run dev check test test-all suite-postgres suite-sqlite browser drill drill-full format lock lighthouse bench
.PHONY: mails mutants pictures

help: ## List the commands
	@sed -n 's/^\([a-z-]*\):.*## /  make \1\t/p' $(MAKEFILE_LIST)

run: .venv/site .env ## Serve the site as in production, on http://localhost:$PORT
	@$(BIN)/python manage.py prepare
	@exec $(BIN)/python manage.py serve

dev: export DEBUG = 1
dev: run ## The same with Django's development server, which reloads changed code

check: export DATABASE_URL = sqlite://:memory:
check: .venv/dev .env ## Check style, templates, imports, locks, settings and migrations
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check --quiet .
	@find templates -name '*.html' -exec $(BIN)/djade --check --target-version 5.2 {} +
	@$(BIN)/djlint --lint --quiet templates
	@$(BIN)/lint-imports --no-cache --no-logo
	@$(BIN)/python -m bookclub.check_lock
	@$(BIN)/python manage.py check
	@$(BIN)/python manage.py makemigrations --check
	@SITE_URL=https://club.example.org ALLOWED_HOSTS=club.example.org DEBUG=0 $(BIN)/python manage.py check --deploy --fail-level WARNING

test: .venv/dev .env bench/node_modules/vnu-jar ## Checks and tests: on SQLite, on PostgreSQL where the engine matters, in a browser
	@$(MAKE) --no-print-directory --keep-going --jobs 3 --output-sync=line check suite-postgres suite-sqlite

test-all: export ALL_TESTS = 1
test-all: test ## All tests on both databases, with many generated examples; run it before an issue is closed

PYTEST := $(BIN)/pytest --dist worksteal
# Some images forbid Python to cache compiled modules, and the tests start a hundred Python processes.
suite-postgres suite-sqlite browser: export PYTHONDONTWRITEBYTECODE =
# PostgreSQL runs the tests marked both_databases (tests/conftest.py), SQLite runs all of them, both at a time and beside
# the checks: each waits now and then. More processes than cores, as browser tests wait for the browser.
SQLITE_PROCESSES ?= 3
suite-postgres:
	@$(BIN)/python -W ignore -m tests.postgres $(PYTEST) -n $(if $(ALL_TESTS),2,0) -m "not browser"

suite-sqlite:
	@TEST_DATABASE_URL= $(PYTEST) -n $(SQLITE_PROCESSES)

browser: .venv/dev bench/node_modules/vnu-jar ## Only the browser tests
	@$(PYTEST) -n 3 -m browser

drill drill-full: export PYTHONDONTWRITEBYTECODE =
drill: .venv/dev ## Slow clients, killed processes, full disks: a tenth of the counts, in at most 15 minutes
	@$(BIN)/python -m bench.drill --tenth

drill-full: .venv/dev ## The same with all counts; run it before an issue is closed
	@$(BIN)/python -m bench.drill

format: .venv/dev ## Format Python code and templates
	@$(BIN)/ruff check --fix --quiet . ; $(BIN)/ruff format .
	@find templates -name '*.html' -exec $(BIN)/djade --target-version 5.2 {} +

LOCK := $(BIN)/uv pip compile --quiet --no-config --universal --python-version 3.11 --generate-hashes \
    --custom-compile-command 'make lock' $(UPGRADE)
lock: .venv/dev ## Resolve requirements*.txt into the locks; UPGRADE=--upgrade takes the newest of indirect ones
	@$(LOCK) requirements.txt --output-file requirements.lock
	@$(LOCK) requirements.txt requirements-optional.txt --constraints requirements.lock \
	    --output-file requirements-optional.lock
	@$(LOCK) requirements.txt requirements-optional.txt requirements-dev.txt --constraints requirements-optional.lock \
	    --output-file requirements-dev.lock

.env:
	@$(BIN)/python -m bookclub.make_env

.venv/site: requirements.lock
	@command -v $(PYTHON) >/dev/null || { echo "$(PYTHON) is not here: install Python 3.11 or newer." >&2; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Python 3.11 or newer is needed, and this is $$($(PYTHON) --version 2>&1): make run PYTHON=python3.12" >&2; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { echo "Python's venv is missing: on Debian, apt install python3-venv." >&2; exit 1; }
	@echo "Installing what the site runs on, once ..."
	@$(PYTHON) -m venv .venv
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	@touch $@

.venv/dev: .venv/site requirements-dev.lock
	@echo "Installing what the tests need, once ..."
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.lock
	@touch $@

lighthouse: .venv/site bench/node_modules/lighthouse ## Lighthouse's scores for a phone: home, write-up, book
	@$(BIN)/python -m bench.lighthouse

bench: .venv/site ## Measure the bytes and the queries of pages
	@$(BIN)/python -m bench.page_weight
	@$(BIN)/python -m bench.queries
	@$(BIN)/python -m bench.house

mails: .venv/dev ## Show every kind of mail on a sheet in var/mails, and count what can't be read or pressed
	@$(BIN)/python -m bench.mails

pictures: .venv/dev ## Take the pictures of README and of the organisers' guide anew
	@$(BIN)/python -m bench.guide_pictures

mutants: .venv/dev ## Mutation testing of the most important code: which small faults do the tests notice?
	@$(BIN)/python -m bench.mutants

# The HTML validator and the Observatory's rules; where npm can't fetch them, the tests say that they went without.
bench/node_modules/vnu-jar: bench/package-lock.json
	@npm ci --prefix bench --omit=dev --no-audit --no-fund --silent && touch $@ || echo "npm could not fetch the HTML validator and the rules of the MDN HTTP Observatory." >&2

bench/node_modules/lighthouse: bench/package-lock.json
	npm ci --prefix bench --no-audit --no-fund --silent
	@touch $@
