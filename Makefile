# `make run` serves the site, `make test` tries all of it. PYTHON=python3.12 chooses another Python.
PYTHON ?= python3
BIN := .venv/bin
.PHONY: help run dev check test suite browser format lighthouse bench

help: ## What can be made
	@sed -n 's/^\([a-z]*\):.*## /  make \1\t/p' $(MAKEFILE_LIST)

run: .venv/site .env ## The site as in production, on http://localhost:$PORT
	@$(BIN)/python manage.py prepare
	@exec $(BIN)/python manage.py serve

dev: export DEBUG = 1
dev: run ## The same with Django's own server, which reloads what you change

check: export DATABASE_URL = sqlite://:memory:
check: .venv/dev .env ## Style, templates, settings and migrations, without running the site
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check --quiet .
	@find templates -name '*.html' -exec $(BIN)/djade --check --target-version 5.2 {} +
	@$(BIN)/djlint --lint --quiet templates
	@$(BIN)/python manage.py check
	@$(BIN)/python manage.py makemigrations --check
	@SITE_URL=https://club.example.org ALLOWED_HOSTS=club.example.org DEBUG=0 $(BIN)/python manage.py check --deploy --fail-level WARNING

test: check suite ## Checks, then all tests, on PostgreSQL, on SQLite and in a browser

# For two cores: while a test waits for PostgreSQL, that one works; a test in a browser waits now and then for nobody.
PYTEST := $(BIN)/pytest --dist worksteal
# Some images forbid Python to keep what it has compiled, and this starts a hundred of them.
suite browser: export PYTHONDONTWRITEBYTECODE =
# PostgreSQL gets the tests that ask a database (tests/conftest.py); SQLite and the browser get all.
suite: .venv/dev bench/node_modules/vnu-jar
	@$(BIN)/python -W ignore -m tests.postgres $(PYTEST) -n 2 -m "not browser"
	@TEST_DATABASE_URL= $(PYTEST) -n 3

browser: .venv/dev bench/node_modules/vnu-jar ## The tests in a browser alone
	@$(PYTEST) -n 3 -m browser

format: .venv/dev ## Our Python and our templates, put into shape
	@$(BIN)/ruff check --fix --quiet . ; $(BIN)/ruff format .
	@find templates -name '*.html' -exec $(BIN)/djade --target-version 5.2 {} +

.env:
	@$(BIN)/python -m bookclub.first_run

.venv/site: requirements.txt
	@command -v $(PYTHON) >/dev/null || { echo "$(PYTHON) is not here: install Python 3.11 or newer." >&2; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Python 3.11 or newer is needed, and this is $$($(PYTHON) --version 2>&1): make run PYTHON=python3.12" >&2; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { echo "Python's venv is missing: on Debian, apt install python3-venv." >&2; exit 1; }
	@echo "Installing what the site runs on, once ..."
	@$(PYTHON) -m venv .venv
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements.txt
	@touch $@

.venv/dev: .venv/site requirements-dev.txt
	@echo "Installing what the tests need, once ..."
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements-dev.txt
	@touch $@

lighthouse: .venv/site bench/node_modules/lighthouse ## Lighthouse's scores for a phone: home, write-up, book
	@$(BIN)/python -m bench.lighthouse

bench: .venv/site ## The bytes and the queries of a page
	@$(BIN)/python -m bench.page_weight
	@$(BIN)/python -m bench.queries

# The validator of the browser tests; where npm can't fetch it, they say that they went without.
bench/node_modules/vnu-jar: bench/package-lock.json
	@npm ci --prefix bench --omit=dev --no-audit --no-fund --silent && touch $@ || echo "npm could not fetch the HTML validator." >&2

bench/node_modules/lighthouse: bench/package-lock.json
	npm ci --prefix bench --no-audit --no-fund --silent
	@touch $@
