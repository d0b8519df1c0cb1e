"""Run notebooks and keep the outputs a reader needs: `python .ci/refresh_outputs.py [nbs/NAME.ipynb …]`, default all.

Progress bars and warnings (standard error) and the outputs of hidden and exported cells are dropped.
"""
import os, re, subprocess, sys
from pathlib import Path

import nbformat
from nbclient import NotebookClient

def readable(cell):
    "The outputs of a cell that belong on its page."
    if re.match(r'\s*#\|\s*(hide|export|default_exp)', cell.source): return []
    return [o for o in cell.outputs if o.get('name') != 'stderr']

def refresh(path):
    nb = nbformat.read(path, 4)
    os.environ.update(IN_TEST='1', TQDM_DISABLE='1') # IN_TEST: the last cell must not export
    NotebookClient(nb, timeout=900, resources={'metadata': {'path': path.parent}}).execute()
    for cell in nb.cells:
        if cell.cell_type == 'code': cell.outputs = readable(cell)
    nbformat.write(nb, path)

for path in [Path(p) for p in sys.argv[1:]] or sorted(Path('nbs').glob('*.ipynb')):
    print(path)
    refresh(path)
subprocess.run([Path(sys.executable).with_name('nbdev_clean')], check=True)
