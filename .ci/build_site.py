"""Build the documentation site into `_proc/_docs`, without Quarto: nbdev prepares the notebooks, smalldocs renders them.

nbdev writes links for Quarto (a page is called after its module, source links need a public repository); here they are
turned into links between the notebooks, which smalldocs resolves, and checks.
"""
import json, re, shutil, subprocess, sys
from pathlib import Path

from nbdev.serve import proc_nbs

def relink(text, pages):
    "One notebook's JSON with links that smalldocs resolves; `pages` maps a module to its notebook."
    text = re.sub(r'\[source\]\(/blob/[^)]*\)(\{[^}]*\})?', '', text)
    text = re.sub(r'/pifi/(\w+)\.html', lambda link: pages[link[1]], text)
    return re.sub(r'"output-file: [^"]*",\s*', '', text)

def check_title(nb):
    "nbdev makes the first cell the page's title and drops all but a heading and one quote from it."
    first = ''.join(json.loads(nb.read_text(encoding='utf-8'))['cells'][0]['source'])
    if not re.fullmatch(r'# .+\n\n> .+', first): sys.exit(f"{nb}: the first cell must be a heading and a one-line quote, the rest would be lost on the site")

def main():
    for nb in Path('nbs').glob('*.ipynb'): check_title(nb)
    shutil.rmtree('_proc', ignore_errors=True)
    site = Path(proc_nbs('nbs', force=True))
    pages = {nb.stem.partition('_')[2]: nb.name for nb in site.glob('[0-9]*.ipynb')}
    for nb in site.glob('*.ipynb'): nb.write_text(relink(nb.read_text(encoding='utf-8'), pages), encoding='utf-8')
    smalldocs = Path(sys.executable).with_name('smalldocs')
    for step in ('check', 'render'): subprocess.run([smalldocs, step, site], check=True)
    print(f"the site is in {site}/_docs")

if __name__ == '__main__': main()
