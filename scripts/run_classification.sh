#!/usr/bin/env bash
# Trains and tests on every data set named in DATASETS, one after the other. The variables and their defaults are in the
# table of options of nbs/04_experiments.ipynb; flags of main.py may follow, and win over the variables.
set -euo pipefail
root=$(cd "$(dirname "$(readlink -f "$0")")/.." && pwd) # also through a symbolic link
python=${PYTHON:-python}
if [ -z "${PYTHON:-}${VIRTUAL_ENV:-}" ] && [ -x "$root/.venv/bin/python" ]; then python=$root/.venv/bin/python; fi
exec "$python" "$root/main.py" from-env classification "$@"
