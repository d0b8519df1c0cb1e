"""Build the documentation site into `_proc/_docs`, without Quarto: nbdev prepares the notebooks, smalldocs renders them.

nbdev writes links for Quarto (a page is called after its module, source links need a public repository); here they are
turned into links between the notebooks, which smalldocs resolves, and checks.
"""
import re, shutil, subprocess, sys
from pathlib import Path

from nbdev.serve import proc_nbs

def relink(text, pages):
    "One notebook's JSON with links that smalldocs resolves; `pages` maps a module to its notebook."
    text = re.sub(r'\[source\]\(/blob/[^)]*\)(\{[^}]*\})?', '', text)
    text = re.sub(r'/pifi/(\w+)\.html', lambda link: pages[link[1]], text)
    return re.sub(r'"output-file: [^"]*",\s*', '', text)

def main():
    shutil.rmtree('_proc', ignore_errors=True)
    site = Path(proc_nbs('nbs', force=True))
    pages = {nb.stem.partition('_')[2]: nb.name for nb in site.glob('[0-9]*.ipynb')}
    for nb in site.glob('*.ipynb'): nb.write_text(relink(nb.read_text(encoding='utf-8'), pages), encoding='utf-8')
    smalldocs = Path(sys.executable).with_name('smalldocs')
    for step in ('check', 'render'): subprocess.run([smalldocs, step, site], check=True)
    print(f"the site is in {site}/_docs")

if __name__ == '__main__': main()
