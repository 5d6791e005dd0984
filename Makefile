# setup: install into .venv · demo: videos in, clusters out · test: every check · lab: the notebooks · notebooks: executed anew
# bundles: of the explorer's JavaScript, after a change of it · bench: speed
# gpu-wheels: what gpu-check needs where nothing can be downloaded · gpu-check: whether a GPU agrees with the CPU, and how fast it is

PYTHON ?= python3
# `dev` brings the extra `lab`, too. Which build of faiss: gpu where there is an NVIDIA driver (`make setup FAISS=cpu` overrules it).
FAISS ?= $(if $(shell command -v nvidia-smi),gpu,cpu)

# Processes that run the tests; one of them runs the notebooks, which share their runs.
JOBS ?= 2
NOTEBOOK_TESTS := --nbval-lax --nbval-current-env --nbval-cell-timeout=240 --nbval-kernel-startup-timeout=120

BIN := .venv/bin
INSTALLED := .venv/.installed

.PHONY: setup demo test lint check-notebooks lab notebooks bundles bench gpu-wheels gpu-check
.DELETE_ON_ERROR:

setup: $(INSTALLED)

# The stamp is newer than pyproject.toml once everything in it is installed.
$(INSTALLED): pyproject.toml
	@echo "Installing into .venv (a few minutes, 6 GB the first time)"
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	@$(BIN)/python -m pip install -qq --disable-pip-version-check --editable ".[$(FAISS),dev]"
	@touch $@

demo: setup
	$(BIN)/xdc-lab demo

test: setup lint
	XDC_LAB_SCALE=tiny $(BIN)/python -m pytest notebooks/*.ipynb xdc_lab tests $(NOTEBOOK_TESTS) --numprocesses $(JOBS)

lint: setup
	$(BIN)/ruff check --quiet .
	$(BIN)/ruff format --check --quiet .
	$(BIN)/lint-imports --no-logo
	$(BIN)/pyright

check-notebooks: setup
	XDC_LAB_SCALE=tiny $(BIN)/python -m pytest notebooks/*.ipynb $(NOTEBOOK_TESTS)

lab: setup
	$(BIN)/jupyter lab notebooks

# From their texts, with outputs; all, or those that ONLY="03 06" names.
notebooks: setup
	$(BIN)/python notebooks/build.py $(ONLY)

bundles:
	npm install --silent --no-package-lock --no-audit --no-fund --prefix tests/explorers/javascript
	npm run --silent bundle --prefix tests/explorers/javascript

bench: setup
	$(BIN)/xdc-lab bench

gpu-wheels:
	$(PYTHON) tests/gpu/wheels.py wheels

# In the environment of $(PYTHON), which has PyTorch, torchvision and torchaudio; CHECK="--device cpu --small" rehearses.
gpu-check:
	@if [ -d wheels ]; then $(PYTHON) -m pip install --quiet --no-index --find-links wheels --no-deps wheels/*.whl; fi
	PYTHONPATH=. $(PYTHON) -m xdc_lab.bench.gpu --out gpu_check.json $(CHECK)
