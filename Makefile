# Two commands: `make demo` runs the main job on a made-up case, `make test` runs every test.
# Both set up .venv with pip from the lock files; nothing else is installed and no root is needed.

PYTHON ?= $(shell for p in python3.14 python3.13 python3.12 python3.11 python3; do \
	command -v $$p >/dev/null 2>&1 && $$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null \
	&& { echo $$p; break; }; done)
BIN := .venv/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check -q
CALLS ?= 100000
DIR ?= demo-case

.PHONY: demo test check spark live money wheelhouse clean
.DELETE_ON_ERROR:

demo: .venv/runtime.stamp
	@$(BIN)/unspoof demo --calls $(CALLS) --dir $(DIR)

test: .venv/dev.stamp
	@tools/test

check: .venv/dev.stamp
	@tools/check

.venv/bin/python:
	@test -n "$(PYTHON)" || { echo "unspoof needs Python 3.11 or newer; none was found. Set PYTHON=/path/to/python3."; exit 2; }
	@$(PYTHON) -m venv .venv || { echo "'$(PYTHON) -m venv' failed. On Debian and Ubuntu: apt-get install python3-venv."; rm -rf .venv; exit 2; }

.venv/runtime.stamp: requirements.lock pyproject.toml | .venv/bin/python
	@echo "installing unspoof into .venv (once) ..."
	@$(PIP) install --require-hashes -r requirements.lock
	@$(PIP) install --no-deps --no-build-isolation -e .
	@touch $@

.venv/dev.stamp: requirements-dev.lock .venv/runtime.stamp
	@echo "installing what the tests need into .venv (once) ..."
	@$(PIP) install --require-hashes -r requirements-dev.lock
	@touch $@

spark: .venv/runtime.stamp
	@echo "installing Spark, the engine for a cluster, into .venv ..."
	@$(PIP) install --require-hashes -r requirements-spark.lock
	@echo "Java 17 or 21 must be there too. Then: unspoof run CASE --engine spark"

money: .venv/runtime.stamp
	@echo "installing what makes reading blocks and clustering wallets fast into .venv ..."
	@$(PIP) install --require-hashes -r requirements-money.lock

live: .venv/runtime.stamp
	@echo "installing what the live service needs into .venv ..."
	@$(PIP) install --require-hashes -r requirements-live.lock
	@echo "Next: unspoof live --listen 127.0.0.1:8000"

wheelhouse: .venv/runtime.stamp
	@$(PIP) download --require-hashes -r requirements.lock -d wheelhouse
	@$(PIP) wheel --no-deps -w wheelhouse .
	@echo "On the closed network: pip install --no-index --find-links wheelhouse unspoof"

clean:
	rm -rf .venv demo-case build dist wheelhouse
