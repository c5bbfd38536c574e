# make run and make test do all the set-up on a fresh machine.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check

.PHONY: run install test check lock soak bench bench-triage train clean

run: install
	$(BIN)/supportd run --demo

install: $(VENV)/.installed

$(VENV)/.installed: requirements.lock pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(PIP) install --quiet --require-hashes -r requirements.lock
	$(PIP) install --quiet --no-deps --no-build-isolation --editable .
	@touch $@

$(VENV)/.developed: requirements-dev.lock $(VENV)/.installed
	$(PIP) install --quiet --require-hashes -r requirements-dev.lock
	@touch $@

test: $(VENV)/.developed
	$(BIN)/pytest -q -n auto --dist loadfile --no-loadscope-reorder

check: $(VENV)/.developed
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

# The long forms of the random tests, alone: hours of load in place of seconds.
soak: $(VENV)/.developed
	SUPPORTD_SOAK=1 $(BIN)/pytest -q $$(grep -rlw SOAK tests --include='test_*.py')

bench: $(VENV)/.developed
	$(BIN)/python bench/idle.py
	$(BIN)/python bench/smtp_intake.py
	$(BIN)/python bench/imap_import.py
	$(BIN)/python bench/slack.py
	PYTHONPATH=. $(BIN)/python bench/authentication.py
	$(BIN)/python bench/mail_parse.py
	$(BIN)/python bench/deadlines.py
	PYTHONPATH=. $(BIN)/python bench/escalation.py --armed 100000 --due 5000

# How good the severities are: ten minutes of one core, most of it in the model.
bench-triage: $(VENV)/.developed
	PYTHONPATH=. $(BIN)/python bench/triage_daemon.py
	PYTHONPATH=. $(BIN)/python bench/triage.py

# The shipped weights, from training/examples.
train: $(VENV)/.developed
	PYTHONPATH=. $(BIN)/python training/train.py

lock: $(VENV)/.developed
	$(BIN)/uv pip compile -q --universal --upgrade --generate-hashes --no-header --group pyproject.toml:build --python-version 3.11 pyproject.toml -o requirements.lock
	$(BIN)/uv pip compile -q --universal --generate-hashes --no-header --group pyproject.toml:build --group pyproject.toml:dev -c requirements.lock --python-version 3.11 pyproject.toml -o requirements-dev.lock

clean:
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .import_linter_cache
