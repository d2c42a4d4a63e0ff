# Two commands: `make run` serves the app, `make test` runs every check. Both install what they need first.
PYTHON ?= python3
VENV   ?= .venv
BIN    := $(VENV)/bin
# Tests wait for browsers and other processes much of the time: one worker more than there are cores, four at most.
WORKERS := $(shell cores=$$(getconf _NPROCESSORS_ONLN); echo $$((cores < 3 ? cores + 1 : 4)))

.PHONY: help run run-streamlit test check crash-test api-test screenshots format lock clean

help:
	@echo "make run            install and serve Folio at http://127.0.0.1:7860 (FOLIO_HOST, FOLIO_PORT)"
	@echo "make run-streamlit  install and serve the Streamlit front end at http://127.0.0.1:8501"
	@echo "make test           install and run every check: format, lint, types, import contracts, tests"
	@echo "make screenshots    take pictures of the page in its main states, into samples/screenshots"
	@echo "make crash-test     kill the process 100 times at random moments (CRASH_KILLS, CRASH_SEED)"
	@echo "make api-test       thousands of requests made from the API's own description (API_EXAMPLES, API_SEED)"
	@echo "make lock           resolve the dependencies again into the two lock files"
	@echo "make clean          remove the virtual environment and caches (documents in ./data stay)"

run: $(VENV)/.run
	@exec $(BIN)/python -m rag serve

run-streamlit: $(VENV)/.run
	@exec $(BIN)/streamlit run ui_streamlit.py

test: $(VENV)/.test $(VENV)/.space check

check:
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python -m pytest -n $(WORKERS) --dist loadfile --no-loadscope-reorder

crash-test: $(VENV)/.test
	CRASH_KILLS=$${CRASH_KILLS:-100} $(BIN)/python -m pytest tests/test_crash.py

api-test: $(VENV)/.test
	$(BIN)/python -m bench.api_fuzz --examples $${API_EXAMPLES:-150} --seed $${API_SEED:-1}

screenshots: $(VENV)/.test
	$(BIN)/python samples/screenshots.py

format:
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

$(VENV)/bin/python:
	@.ci/prepare venv "$(PYTHON)" "$(VENV)"

$(VENV)/.run: requirements-lock.txt packages.txt | $(VENV)/bin/python
	@.ci/prepare packages tesseract=tesseract-ocr
	@.ci/prepare languages packages.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements-lock.txt
	@touch $@

$(VENV)/.test: requirements-dev.txt $(VENV)/.run
	@.ci/prepare packages chromium=chromium libatomic.so.1=libatomic1
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements-dev.txt
	@touch $@

$(VENV)/.space: requirements.txt | $(VENV)/.test
	.ci/space $(BIN)
	@touch $@

lock: $(VENV)/.test
	$(BIN)/uv pip compile pyproject.toml --group dev --universal --python-version 3.11 --no-header --no-annotate \
		--no-emit-index-url --no-emit-find-links --quiet -o requirements-dev.txt
	$(BIN)/uv pip compile pyproject.toml --universal --python-version 3.11 --no-header --no-annotate \
		--no-emit-index-url --no-emit-find-links --quiet -c requirements-dev.txt -o requirements-lock.txt

clean:
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis
