"""Build the documentation site into `_proc/_docs` without Quarto: nbdev prepares the notebooks, smalldocs renders them.

nbdev writes links for Quarto (a page is named after its module, source links need a public repository); here they
become links between the notebooks, which smalldocs resolves and checks. The site needs no other machine: formulas
become MathML instead of being drawn by a script from elsewhere, and the themes do without fonts from elsewhere.
`site.css` adjusts the style, `search.js` ranks the search results.
"""
import ast, html, json, re, shutil, subprocess, sys
from pathlib import Path

import yaml
from latex2mathml.converter import convert
from nbdev import processors
from nbdev.serve import proc_nbs

HERE = Path(__file__).parent
ICON = ( # one layer between two
    "data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 16 16'%3E"
    "%3Cpath d='M1 3h14M1 13h14' stroke='gray' stroke-width='2'/%3E"
    "%3Cpath d='M3 8h10' stroke='crimson' stroke-width='3'/%3E%3C/svg%3E")

def sidebar(): # the parts' names, and the notebooks of each in order
    "Read the sidebar's parts."
    def notebooks(entry):
        if isinstance(entry, str): return [entry]
        found = [entry['href']] if 'href' in entry else []
        for child in entry.get('contents', []): found += notebooks(child)
        return [name for name in found if name.endswith('.ipynb')]
    parts = yaml.safe_load(Path('_quarto.yml').read_text(encoding='utf-8'))['website']['sidebar']['contents']
    return {part['section']: notebooks(part) for part in parts}

def check_sidebar(notebooks):
    "Exit if a notebook is missing from the sidebar, or the sidebar names a missing one."
    listed = {name for names in sidebar().values() for name in names}
    wrong = sorted(listed ^ {notebook.name for notebook in notebooks})
    if wrong: sys.exit(f"_quarto.yml: the sidebar and nbs/ must have the same notebooks; only in one of them: {wrong}")

def check_title(notebook):
    "Exit if nbdev would lose text: of the first cell it keeps a heading and one quote, as the page's title."
    first = ''.join(json.loads(notebook.read_text(encoding='utf-8'))['cells'][0]['source'])
    if not re.fullmatch(r'# .+\n\n> .+', first):
        sys.exit(f"{notebook}: the first cell must be a heading and a one-line quote; the site would lose the rest")

def plain_signature(block):
    "Take nbdev's links out of a signature, which is code; a class is a class."
    text = re.sub(r'\[(`[^`\]]+`)\]\([^)\n]*\)', r'\1', block[0])
    return re.sub(r'^(```python\n)def (?=[A-Z])', r'\1class ', text)

def relink(text, pages):
    "Rewrite a cell's Markdown for smalldocs; `pages` maps a module to its notebook."
    text = re.sub(r'\[source\]\(/blob/[^)]*\)(\{[^}]*\})?', '', text)
    text = re.sub(r'/pifi/(\w+)\.html', lambda link: pages[link[1]], text)
    text = re.sub(r'\[\[(`[^`]+`)\]\([^)]*\)\]\(', r'[\1](', text) # a link inside a link's text
    text = re.sub(r'^```python\n.*?^```', plain_signature, text, flags=re.S | re.M)
    return re.sub(r'\A---\s+(?=#)', '', text) # the rule above each symbol; headings have one already

def relink_notebook(notebook, pages):
    "Rewrite a notebook that nbdev has prepared."
    content = json.loads(notebook.read_text(encoding='utf-8'))
    for cell in content['cells']:
        source = ''.join(cell['source'])
        if cell['cell_type'] != 'code':
            source = re.sub(r'^output-file: .*\n', '', source, flags=re.M)
            cell['source'] = relink(source, pages)
        for output in cell.get('outputs', []):
            data = output.get('data', {})
            if 'text/markdown' in data: data['text/markdown'] = relink(''.join(data['text/markdown']), pages)
    notebook.write_text(json.dumps(content, ensure_ascii=False), encoding='utf-8')

def formula(marked):
    "Turn a formula that smalldocs marked into MathML; a wide one scrolls in its own box."
    block = marked[1] == 'display'
    drawn = convert(html.unescape(marked[2]), display='block' if block else 'inline')
    return f'<span style="display: block; overflow: auto hidden">{drawn}</span>' if block else drawn

def in_korean(page):
    "Mark a page as Korean, and break its lines between words."
    page = page.replace('lang="en"', 'lang="ko"', 1)
    return page.replace('</head>', '<style>main { word-break: keep-all }</style></head>', 1)

def finish_page(page):
    "Add our style, search and icon to a rendered page, and remove requests to other machines."
    page = re.sub(r'<span class="math (inline|display)">\\[(\[](.*?)\\[)\]]</span>', formula, page, flags=re.S)
    page = re.sub(r'<(link|script)\b[^>]*katex[^>]*>(</script>)?', '', page)
    page = re.sub(r'(<script src="site_libs/)fuse/[^>]*></script>', r'\g<0>\1search.js"></script>', page, count=1)
    head = f'<link rel="stylesheet" href="site_libs/site.css"><link rel="icon" href="{ICON}"></head>'
    return page.replace('</head>', head, 1)

def finish_search(index):
    "Put the search's entries into the sidebar's order, and mark those of the guide."
    entries, parts = json.loads(index.read_text(encoding='utf-8')), sidebar()
    order = [name for names in parts.values() for name in names]
    def notebook(entry): return Path(entry['href'].partition('#')[0]).with_suffix('.ipynb').name
    entries.sort(key=lambda entry: order.index(notebook(entry)))
    for entry in entries: entry['guide'] = notebook(entry) in parts['Guide']
    index.write_text(json.dumps(entries, ensure_ascii=False), encoding='utf-8')

nbdev_runs = processors._do_eval

def runs(cell):
    "Run only what signatures need: exports, imports and `show_doc`; nbdev would run all of a cell with an import."
    if not nbdev_runs(cell): return False
    if cell.directives_.keys() & {'export', 'exports', 'exporti', 'exec_doc'} or 'show_doc(' in cell.source: return True
    return all(isinstance(node, (ast.Import, ast.ImportFrom)) for node in cell.parsed_())

processors._do_eval = runs # its workers are forks of this process

def prepare():
    "Let nbdev prepare the notebooks; returns their folder."
    notebooks = list(Path('nbs').glob('*.ipynb'))
    check_sidebar(notebooks)
    for notebook in notebooks: check_title(notebook)
    shutil.rmtree('_proc', ignore_errors=True)
    site = Path(proc_nbs('nbs', force=True))
    pages = {notebook.stem.partition('_')[2]: notebook.name for notebook in site.glob('[0-9]*.ipynb')}
    for notebook in site.glob('*.ipynb'): relink_notebook(notebook, pages)
    return site

def finish(docs):
    "Complete the pages that smalldocs rendered."
    for page in docs.glob('*.html'):
        text = finish_page(page.read_text(encoding='utf-8'))
        page.write_text(in_korean(text) if page.stem.endswith('_ko') else text, encoding='utf-8')
    for theme in docs.glob('site_libs/themes/*.css'):
        text = theme.read_text(encoding='utf-8')
        theme.write_text(re.sub(r'@import url\(https?:[^)]*\);?', '', text), encoding='utf-8')
    for name in ('site.css', 'search.js'): shutil.copy(HERE/name, docs/'site_libs')
    for picture in Path('nbs').glob('*.png'): shutil.copy(picture, docs)
    finish_search(docs/'search.json')

def main():
    site, smalldocs = prepare(), Path(sys.executable).with_name('smalldocs')
    for step in ('check', 'render'): subprocess.run([smalldocs, step, site], check=True)
    finish(site/'_docs')
    print(f"the site is in {site}/_docs")

if __name__ == '__main__': main()
