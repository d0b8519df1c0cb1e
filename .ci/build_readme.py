"""Write README.md and README.ko.md from nbs/index.ipynb and nbs/index_ko.ipynb; with `--check`, only say whether they are in step.

In step with their notebooks, and with each other: the two have the same code and the same numbers, whatever the language.
"""
import re, sys
from pathlib import Path

from nbconvert import MarkdownExporter
from traitlets.config import Config

PAGES = {'README.md': 'index.ipynb', 'README.ko.md': 'index_ko.ipynb'}

def render(notebook):
    "A notebook as Markdown, without hidden cells, with links that work from the top of the repository."
    config = Config({'MarkdownExporter': {'preprocessors': ['nbconvert.preprocessors.RegexRemovePreprocessor']},
                     'RegexRemovePreprocessor': {'patterns': [r'\s*#\|\s*hide']}})
    text, _ = MarkdownExporter(config=config).from_filename(f'nbs/{notebook}')
    for readme, page in PAGES.items(): text = text.replace(f'({page})', f'({readme})')
    return re.sub(r'\((\w+\.ipynb)\)', r'(nbs/\1)', text).strip() + '\n'

def code(text):
    "The lines of a page's code blocks, without comments."
    lines = '\n'.join(re.findall(r'^```\w*\n(.*?)^```', text, re.S | re.M)).splitlines()
    return [bare for line in lines if (bare := re.sub(r'\s+#.*', '', line).rstrip())]

def numbers(text):
    "The numbers of a page's prose and tables that have more than one digit, in order of size; outputs and links aside."
    prose = re.sub(r'^```.*?^```|^ {4}.*?$|\]\(.*?\)', '', text, flags=re.S | re.M)
    return sorted(re.findall(r'\d[\d.,]*\d', prose))

def differences(one, other): return sorted(set(map(str, one)) ^ set(map(str, other))) or ['the order, or how often']

def check(texts):
    for readme in PAGES:
        if Path(readme).read_text(encoding='utf-8') != texts[readme]: sys.exit(f'{readme} is not what nbs/{PAGES[readme]} says: run `make readme`')
    english, korean = texts.values()
    for what in (code, numbers):
        if what(english) != what(korean): sys.exit(f"the {what.__name__} of README.md and README.ko.md differ: {differences(what(english), what(korean))}; edit nbs/index_ko.ipynb")

texts = {readme: render(notebook) for readme, notebook in PAGES.items()}
if '--check' in sys.argv: check(texts)
else:
    for readme, text in texts.items(): Path(readme).write_text(text, encoding='utf-8')
