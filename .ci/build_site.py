"""Build the documentation site into `_proc/_docs`, without Quarto: nbdev prepares the notebooks, smalldocs renders them.

nbdev writes links for Quarto (a page is called after its module, source links need a public repository); here they are
turned into links between the notebooks, which smalldocs resolves, and checks. The site needs no other machine: formulas
become MathML here instead of being drawn by a script from elsewhere, and the themes do without fonts from elsewhere.
"""
import html, json, re, shutil, subprocess, sys
from pathlib import Path

from latex2mathml.converter import convert
from nbdev.serve import proc_nbs

ICON = "data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 16 16'%3E%3Cpath d='M1 3h14M1 13h14' stroke='gray' stroke-width='2'/%3E%3Cpath d='M3 8h10' stroke='crimson' stroke-width='3'/%3E%3C/svg%3E" # one layer between two

def relink(text, pages):
    "One notebook's JSON with links that smalldocs resolves; `pages` maps a module to its notebook."
    text = re.sub(r'\[source\]\(/blob/[^)]*\)(\{[^}]*\})?', '', text)
    text = re.sub(r'/pifi/(\w+)\.html', lambda link: pages[link[1]], text)
    return re.sub(r'"output-file: [^"]*",\s*', '', text)

def check_title(nb):
    "nbdev makes the first cell the page's title and drops all but a heading and one quote from it."
    first = ''.join(json.loads(nb.read_text(encoding='utf-8'))['cells'][0]['source'])
    if not re.fullmatch(r'# .+\n\n> .+', first): sys.exit(f"{nb}: the first cell must be a heading and a one-line quote, the rest would be lost on the site")

def formula(found):
    "A formula that smalldocs marked, as MathML; a wide one scrolls in its own box."
    block = found[1] == 'display'
    drawn = convert(html.unescape(found[2]), display='block' if block else 'inline')
    return f'<span style="display: block; overflow: auto hidden">{drawn}</span>' if block else drawn

def in_korean(page):
    "Korean breaks its lines between words, where it is said to be Korean."
    return page.replace('lang="en"', 'lang="ko"', 1).replace('</head>', '<style>main { word-break: keep-all }</style></head>', 1)

def at_home(page):
    "A rendered page that asks nothing of another machine."
    page = re.sub(r'<span class="math (inline|display)">\\[(\[](.*?)\\[)\]]</span>', formula, page, flags=re.S)
    page = re.sub(r'<(link|script)\b[^>]*katex[^>]*>(</script>)?', '', page)
    return page.replace('</head>', f'<link rel="icon" href="{ICON}"></head>', 1)

def main():
    for nb in Path('nbs').glob('*.ipynb'): check_title(nb)
    shutil.rmtree('_proc', ignore_errors=True)
    site = Path(proc_nbs('nbs', force=True))
    pages = {nb.stem.partition('_')[2]: nb.name for nb in site.glob('[0-9]*.ipynb')}
    for nb in site.glob('*.ipynb'): nb.write_text(relink(nb.read_text(encoding='utf-8'), pages), encoding='utf-8')
    smalldocs = Path(sys.executable).with_name('smalldocs')
    for step in ('check', 'render'): subprocess.run([smalldocs, step, site], check=True)
    for page in (site/'_docs').glob('*.html'):
        text = at_home(page.read_text(encoding='utf-8'))
        page.write_text(in_korean(text) if page.stem.endswith('_ko') else text, encoding='utf-8')
    for theme in (site/'_docs').glob('site_libs/themes/*.css'): theme.write_text(re.sub(r'@import url\(https?:[^)]*\);?', '', theme.read_text(encoding='utf-8')), encoding='utf-8')
    print(f"the site is in {site}/_docs")

if __name__ == '__main__': main()
