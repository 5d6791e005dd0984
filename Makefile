# `make help` lists the targets.

PYTHON ?= python3
# `dev` brings the extra `lab`, too. Which build of faiss: gpu where there is an NVIDIA driver (`make setup FAISS=cpu` overrules it).
FAISS ?= $(if $(shell command -v nvidia-smi),gpu,cpu)

# Processes that run the tests; one of them runs the notebooks, which share their runs.
JOBS ?= 2
NOTEBOOK_TESTS := --nbval-lax --nbval-current-env --nbval-cell-timeout=240 --nbval-kernel-startup-timeout=120

BIN := .venv/bin
INSTALLED := .venv/.installed

SITE_INSTALLED := .venv/.installed-site

END ?= newest
TESTS ?= xdc_lab tests
END_VENV = build/check-$(END)-$(notdir $(PYTHON))

.PHONY: help setup demo test lint check-notebooks lab notebooks site check-site check-end bundles bench gpu-wheels gpu-check
.DELETE_ON_ERROR:

help: ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "make %-16s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: $(INSTALLED) ## install into .venv

# The stamp is newer than pyproject.toml once everything in it is installed.
$(INSTALLED): pyproject.toml
	@echo "Installing into .venv (a few minutes, 6 GB the first time)"
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	@$(BIN)/python -m pip install -qq --disable-pip-version-check --editable ".[$(FAISS),dev]"
	@touch $@

demo: setup ## videos in, clusters out: Table 6 and an explorer of a small rendered world
	$(BIN)/xdc-lab demo

test: setup lint ## every check; what CI runs
	XDC_LAB_SCALE=tiny $(BIN)/python -m pytest notebooks/*.ipynb xdc_lab tests $(NOTEBOOK_TESTS) --numprocesses $(JOBS)

lint: setup ## ruff, the floors, types
	$(BIN)/ruff check --quiet .
	$(BIN)/ruff format --check --quiet .
	$(BIN)/lint-imports --no-logo
	$(BIN)/pyright

check-notebooks: setup ## the notebooks, at scale tiny
	XDC_LAB_SCALE=tiny $(BIN)/python -m pytest notebooks/*.ipynb $(NOTEBOOK_TESTS)

lab: setup ## open the notebooks in JupyterLab
	$(BIN)/jupyter lab --ServerApp.root_dir=. --LabApp.default_url=/lab/tree/notebooks/00_start_here.ipynb

# From their texts, with outputs; all, or those that ONLY="03 06" names.
notebooks: setup ## execute the notebooks anew; ONLY="03 06" some of them
	$(BIN)/python notebooks/build.py $(ONLY)

site: setup $(SITE_INSTALLED) ## build/site/html: pages, notebooks, API, settings, results, an explorer (RUN=FOLDER: whose)
	$(BIN)/python docs/site/make.py $(if $(RUN),--run $(RUN))

$(SITE_INSTALLED): pyproject.toml
	@$(BIN)/python -m pip install -qq --disable-pip-version-check --editable ".[site]"
	@touch $@

check-site: setup ## open every page of the built site in Chromium, offline
	$(BIN)/python docs/site/browse.py

# uv makes and fills an environment of its own in build/; PYTHON=3.14 of another Python, TESTS="tests/cli" some of the tests.
check-end: ## the tests with the newest packages, or (END=oldest) the oldest ones that pyproject.toml allows
	uv venv --quiet --clear --python $(PYTHON) $(END_VENV)
	uv pip compile --quiet --python $(END_VENV) --resolution $(if $(filter oldest,$(END)),lowest-direct,highest) \
		--extra cpu --extra dev pyproject.toml --output-file $(END_VENV)/versions.txt
	uv pip install --quiet --python $(END_VENV) --requirement $(END_VENV)/versions.txt --editable .
	PATH="$(abspath $(END_VENV))/bin:$$PATH" OMP_NUM_THREADS=1 $(END_VENV)/bin/python -m pytest $(TESTS) \
		--override-ini filterwarnings=default -m "not browser" --numprocesses $(JOBS)

bundles: ## the explorer's JavaScript, after a change of it (npm)
	npm install --silent --no-package-lock --no-audit --no-fund --prefix tests/explorers/javascript
	npm run --silent bundle --prefix tests/explorers/javascript

bench: setup ## speed beside the bare libraries
	$(BIN)/xdc-lab bench

gpu-wheels: ## what gpu-check needs where nothing can be downloaded
	$(PYTHON) tests/gpu/wheels.py wheels

# In the environment of $(PYTHON), which has PyTorch, torchvision and torchaudio; CHECK="--device cpu --small" rehearses.
gpu-check: ## whether a GPU agrees with the CPU, and how fast it is
	@if [ -d wheels ]; then $(PYTHON) -m pip install --quiet --no-index --find-links wheels --no-deps wheels/*.whl; fi
	PYTHONPATH=. $(PYTHON) -m xdc_lab.bench.gpu --out gpu_check.json $(CHECK)
