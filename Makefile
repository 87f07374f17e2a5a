# Every command there is. `make demo` and `make test` need only Python 3.11 or newer, with venv, and make.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
TRANSLATIONS := $(patsubst %.po,%.mo,$(wildcard locale/*/LC_MESSAGES/*.po))
FAST := -m "not slow and not browser"
# Each process has a server of its own; the tests of one file stay together, and those with a browser come last.
SIDE_BY_SIDE := -n auto --maxprocesses 4 --dist loadscope --no-loadscope-reorder

.PHONY: demo test venv check fix bench messages lock translations chromium clean

demo: $(VENV)/base.stamp translations
	$(BIN)/zelfboeken demo

test: $(VENV)/test.stamp translations chromium
	$(BIN)/python -m pytest $(SIDE_BY_SIDE) --durations=15

venv: $(VENV)/test.stamp translations

check: $(VENV)/test.stamp translations
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/djlint --lint --quiet src/zelfboeken/portal/templates src/zelfboeken/help/templates
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python -m zelfboeken.config.unmigrated
	$(BIN)/python -m pytest $(SIDE_BY_SIDE) $(FAST)

fix: $(VENV)/test.stamp
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .
	$(BIN)/djangofmt --quiet src/zelfboeken/portal/templates src/zelfboeken/help/templates

bench: $(VENV)/base.stamp translations
	$(BIN)/zelfboeken bench all

messages: $(VENV)/test.stamp
	$(BIN)/python -m zelfboeken.config.translations locale

# The lists of what was resolved name no registry; the hashes hold wherever the files come from.
lock: $(VENV)/test.stamp
	$(BIN)/uv pip compile --quiet --upgrade --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-annotate requirements/base.in -o requirements/base.txt
	$(BIN)/uv pip compile --quiet --upgrade --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-annotate requirements/test.in -o requirements/test.txt

translations: $(TRANSLATIONS)

%.mo: %.po | $(VENV)/python.stamp
	$(VENV)/bin/python -c "import sys; sys.path.insert(0, 'src'); from zelfboeken.config.translations import compile_file; compile_file('$<', '$@')"

chromium: $(VENV)/test.stamp
	$(BIN)/python -m zelfboeken.config.chromium

$(VENV)/python.stamp:
	$(PYTHON) -m venv $(VENV)
	touch $@

$(VENV)/base.stamp: requirements/base.txt pyproject.toml | $(VENV)/python.stamp
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/base.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	touch $@

$(VENV)/test.stamp: requirements/test.txt pyproject.toml | $(VENV)/python.stamp
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/test.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	touch $@ $(VENV)/base.stamp

clean:
	rm -rf $(VENV) build dist *.egg-info
