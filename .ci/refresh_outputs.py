"""Run notebooks and keep the outputs a reader needs: `python .ci/refresh_outputs.py [nbs/NAME.ipynb …]`, default all.

Progress bars and warnings (standard error) and the outputs of hidden and exported cells are dropped.
"""
import os, re, subprocess, sys, tempfile
from pathlib import Path

import nbformat
from nbclient import NotebookClient

def readable(cell:nbformat.NotebookNode) -> list:
    "Keep the outputs of a cell that belong on its page."
    if re.match(r'\s*#\|\s*(hide|export|default_exp)', cell.source): return []
    return [output for output in cell.outputs if output.get('name') != 'stderr']

def without_places(content):
    "Leave out where a page's files were, so that it reads the same when it is made again, here or elsewhere."
    here = rf'{re.escape(tempfile.gettempdir())}/tmp\w{{8}}|{re.escape(os.getcwd())}(?=/)'
    if isinstance(content, str): return re.sub(here, '…', content)
    if isinstance(content, list): return [without_places(part) for part in content]
    if not isinstance(content, dict): return content
    return type(content)({name: without_places(part) for name, part in content.items()})

def refresh(file:Path):
    notebook = nbformat.read(file, 4)
    NotebookClient(notebook, timeout=900, resources={'metadata': {'path': file.parent}}).execute()
    for cell in notebook.cells:
        if cell.cell_type == 'code': cell.outputs = without_places(readable(cell))
    nbformat.write(notebook, file)

def main(files:list[Path]):
    os.environ.update(IN_TEST='1', TQDM_DISABLE='1') # IN_TEST: the last cell must not export
    for file in files:
        print(file)
        refresh(file)
    subprocess.run([Path(sys.executable).with_name('nbdev_clean')], check=True)

if __name__ == '__main__': main([Path(name) for name in sys.argv[1:]] or sorted(Path('nbs').glob('*.ipynb')))
