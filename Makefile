# Every target works alone on a fresh Debian or Ubuntu with git, make and Python 3.11 or later.
# `make help` lists them. PYTHON=python3.12 chooses the interpreter of a new .venv.

PYTHON ?= $(shell for p in python3 python3.14 python3.13 python3.12 python3.11; do \
	$$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && { echo $$p; break; }; done)
BIN := .venv/bin
PLACES := $(BIN)/python -c "from mediacatalog.articles.mentions import gazetteer; gazetteer.load()"
PIP := $(BIN)/python -m pip --disable-pip-version-check --no-input
# pip compiles what it installs on one processor. It also passes over what can't be: templates of code.
COMPILE := $(BIN)/python -m compileall -qq -j 0 .venv/lib src || true
# What takes one processor half a minute is done beside that.
READY := $(PLACES) & places=$$!; $(COMPILE); wait $$places
PACKAGE := pyproject.toml README.md

.DEFAULT_GOAL := help
.PHONY: help setup setup-dev run demo test check bench screenshots texts openapi clean system-run system-test
.DELETE_ON_ERROR:

help: ## list these targets
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  make \1\t\2/p' $(firstword $(MAKEFILE_LIST)) | expand -t 18

setup: .venv/.run ## create .venv with the locked dependencies, and the system packages
setup-dev: .venv/.dev

run: setup ## start the catalogue over ./media at http://127.0.0.1:8000/
	exec $(BIN)/mediacatalog serve

demo: setup ## the same over a small archive that is made under ./demo
	exec $(BIN)/mediacatalog demo

# A process more than there are processors, since many tests wait for one of their children. A file's
# tests stay together, since they share what it makes; in the order of the folders the longest come early.
test: setup-dev system-test ## all tests, on SQLite and PostgreSQL; ARGS="tests/text -q" for some
	exec tools/test.sh -n $$(($$(nproc) + 1)) --dist loadfile --no-loadscope-reorder $(ARGS)

check: setup-dev ## lint, format, types, layers, compose file, hooks
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy -n auto || $(BIN)/mypy # in parallel it broke off once; what is wrong fails alone, too
	$(BIN)/lint-imports
	$(BIN)/check-jsonschema --builtin-schema vendor.compose-spec docker-compose.yml
	$(BIN)/pre-commit validate-config
	$(BIN)/python tools/vendor.py --check
	$(PIP) check

bench: setup-dev ## measure; each benchmark prints a ratio
	@for one in benchmarks/*.py; do \
	  if [ -e "$$one" ]; then echo "== $$one"; $(BIN)/python "$$one" || exit 1; fi; done

screenshots: setup-dev ## pictures of every page for the user guide
	$(BIN)/python tools/screenshots.py

texts: setup-dev ## bring what pages say into the translations; then fill what is empty there
	$(BIN)/pybabel -q extract -k marked --add-location=file --sort-by-file -w 120 -F pyproject.toml -o .texts.pot .
	for tag in ar; do $(BIN)/pybabel -q update -i .texts.pot -o src/mediacatalog/web/translations/$$tag.po -l $$tag --no-fuzzy-matching --ignore-obsolete -w 120; done
	rm .texts.pot

openapi: setup-dev ## write docs/openapi.json anew
	$(BIN)/python tools/openapi.py

clean: ## remove .venv and what tools left behind; never data, media or the demo
	rm -rf .venv build dist .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis

# --- stamps: a second run is instant ---------------------------------------------------------------

system-run:
	@tools/system.sh run "$(PYTHON)"

system-test:
	@tools/system.sh test "$(PYTHON)"

# The pip of Python 3.11 compares every file of every project with every platform, for 20 seconds.
.venv/bin/python: | system-run
	$(PYTHON) -m venv .venv
	sed -n '/^pip==/,/# via/p' requirements.lock >.venv/pip.lock
	$(PIP) install -q --require-hashes --no-deps -r .venv/pip.lock

# The locks are complete. Without --no-deps pip looks for what extras ask for, and takes newer releases.
.venv/.run: requirements.lock $(PACKAGE) | .venv/bin/python
	$(PIP) install -q --no-compile --require-hashes --no-deps -r requirements.lock
	$(PIP) install -q --no-deps --no-build-isolation -e .
	$(READY)
	@touch $@

.venv/.dev: requirements-dev.lock $(PACKAGE) | .venv/bin/python
	$(PIP) install -q --no-compile --require-hashes --no-deps -r requirements-dev.lock
	$(PIP) install -q --no-deps --no-build-isolation -e .
	$(READY)
	@touch .venv/.run $@
