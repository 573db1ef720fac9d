# Two commands are enough: `make run` and `make test`. `make help` lists the rest.
PYTHON ?= python3
PORT ?= 8000
SHOP_PORT ?=
BIN := .venv/bin
FLASK := $(BIN)/flask --app wsgi
CORES := $(shell getconf _NPROCESSORS_ONLN)
# Journeys wait for browsers: half as many again as there are cores keep those busy.
WORKERS ?= $(shell expr $(CORES) \* 3 / 2)

.PHONY: help install run test test-long test-full test-whole soak mutation check fmt bench lock sbom audit facts words migration clean

help: ## list the commands
	@grep -E '^[a-z-]+:.*##' Makefile | sed 's/:.*## /\t/' | expand -t 12

install: .venv/run ## install what the portal needs, into .venv

run: .venv/run ## start the portal with its demo at http://127.0.0.1:$(PORT)
	@BASE_URL=$${BASE_URL:-http://127.0.0.1:$(PORT)} $(FLASK) demo run --port $(PORT) $(if $(SHOP_PORT),--shop-port $(SHOP_PORT))

test: .venv/test ## run the tests: unit, web, both databases, SMTP, browser; and how much they reach
	LONG=no PYTHONDONTWRITEBYTECODE= PYTEST_PLUGINS=tests.daily.compiled,tests.daily.coverage $(BIN)/python -m pytest -n $(CORES) --dist loadgroup

test-long: .venv/test ## run what takes long of the same: most journeys, walks through a whole shop, killed workers
	$(BIN)/python -m pytest -n $(WORKERS) --dist loadgroup -m "long and not alone"
	$(BIN)/python -m pytest -m alone

test-full: .venv/test ## run what `make test` leaves out: exhaustive tests at their full size, the other database
	TESTS=full $(BIN)/pytest -n $(WORKERS) --dist loadgroup --timeout 900 -m "exhaustive or other_database"

test-whole: .venv/test ## the same at the sizes that take hours: 10,000 histories, 2,000 credits
	TESTS=whole $(BIN)/pytest -n $(WORKERS) --dist loadgroup --timeout 14400 -m exhaustive

soak: .venv/test ## what takes hours of the tests of faults, with a table of their figures; TESTS=full for less
	$(BIN)/python -m tests.faults.soak

mutation: .venv/test ## change the code that decides, bit by bit, and see whether tests notice: make mutation M="portal/money.py" EVERY=5
	$(BIN)/python -m tests.mutation --every $(or $(EVERY),1) $(M)

check: .venv/test ## formatting, lint, types, import order, templates, migrations, bandit
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/djlint templates --lint --quiet
	$(BIN)/python -m tests.migrations.complete
	$(BIN)/bandit -q -ll -r portal wsgi.py
	$(BIN)/bandit -q -ll -s B608 -r migrations

fmt: .venv/test ## let the formatters write
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

bench: .venv/test ## measure speed next to a peer in the same run; fails nothing
	$(BIN)/python -m tests.bench

lock: .venv/test ## compile and hash the requirements
	$(BIN)/uv pip compile -q --python-version 3.11 --universal --generate-hashes --no-emit-index-url --custom-compile-command "make lock" requirements.in -o requirements.txt
	$(BIN)/uv pip compile -q --python-version 3.11 --universal --generate-hashes --no-emit-index-url --custom-compile-command "make lock" requirements-workbench.in -o requirements-workbench.txt
	$(BIN)/uv pip compile -q --python-version 3.11 --universal --generate-hashes --no-emit-index-url --custom-compile-command "make lock" requirements-dev.in -o requirements-dev.txt

sbom: .venv/test ## write what the portal is made of to var/sbom.json, in CycloneDX
	@mkdir -p var
	$(BIN)/cyclonedx-py requirements requirements.txt --output-reproducible --of JSON -o var/sbom.json

audit: .venv/test ## ask PyPI's advisories of each locked package; needs the network
	$(BIN)/python -m tests.supply.audit

facts: .venv/test ## draw the docs of the facts from their table
	$(BIN)/python -m tests.policy.facts.drawn

words: .venv/test ## collect every sentence for translators, and write the pseudo-language
	$(BIN)/python -m tests.pseudo

migration: .venv/test ## write a migration from the models: make migration M="why"
	$(FLASK) db migrate -m "$(M)"

clean: ## remove what was installed and built, never the data in var/
	rm -rf .venv .mypy_cache .ruff_cache

.venv/run: requirements.txt requirements-workbench.txt
	$(PYTHON) -m venv .venv
	$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements.txt -r requirements-workbench.txt
	@touch $@

.venv/test: .venv/run requirements-dev.txt
	$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.txt
	@touch $@
