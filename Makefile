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
