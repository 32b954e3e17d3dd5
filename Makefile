# make run    sets up and runs the service on config.toml and feeds.opml
# make test   sets up and runs the tests
# make docs   writes again what is written by programs: the reference, the manual page, the licences, the first day
# They write nothing outside this folder.

PYTHON ?= python3
BIN := .venv/bin

.PHONY: run test slow torture lint types docs clean

run: .venv/installed
	$(BIN)/aggregator --config config.toml run

test: .venv/installed-test
	$(BIN)/python -m pytest -q -m "not slow"

slow: .venv/installed-test
	$(BIN)/python -m pytest -q -m slow

torture: .venv/installed-test
	$(BIN)/python -m tests.torture --full

lint: .venv/installed-test
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: .venv/installed-test
	$(BIN)/mypy

docs: .venv/installed-test
	$(BIN)/python -m tests.reference --write
	$(BIN)/python -m tests.licences --write
	$(BIN)/python -m tests.firstday --write

.venv/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "aggregator needs Python 3.11 or newer; name it: make PYTHON=python3.12 …"; exit 2; }
	@echo "setting up .venv in this folder, which takes a minute"
	@$(PYTHON) -m venv .venv || \
		{ rm -rf .venv; echo "this Python has no venv; on Debian and Ubuntu: apt install python3-venv"; exit 2; }

.venv/installed: .venv/bin/python pyproject.toml constraints.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e .
	@touch $@

.venv/installed-test: .venv/bin/python pyproject.toml constraints.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[test]'
	@touch .venv/installed $@

clean:
	rm -rf .venv build dist *.egg-info .pytest_cache .mypy_cache .ruff_cache .hypothesis .coverage .coverage.*
