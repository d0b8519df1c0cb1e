"""Write README.md and README.ko.md from nbs/index.ipynb and nbs/index_ko.ipynb.

With `--check`, only report whether they are in step with their notebooks and with each other: the two languages must
have the same code and the same numbers.
"""
import re, sys
from pathlib import Path

from nbconvert import MarkdownExporter
from traitlets.config import Config

PAGES = {'README.md': 'index.ipynb', 'README.ko.md': 'index_ko.ipynb'}

def render(notebook:str) -> str:
    "Convert a notebook to Markdown, without hidden cells, with links that work from the top of the repository."
    config = Config({'MarkdownExporter': {'preprocessors': ['nbconvert.preprocessors.RegexRemovePreprocessor']},
                     'RegexRemovePreprocessor': {'patterns': [r'\s*#\|\s*hide']}})
    text, _ = MarkdownExporter(config=config).from_filename(f'nbs/{notebook}')
    for readme, page in PAGES.items(): text = text.replace(f'({page})', f'({readme})')
    return re.sub(r'\((\w+\.(?:ipynb|png))\)', r'(nbs/\1)', text).strip() + '\n'

def code(text:str) -> list[str]:
    "List the lines of a page's code blocks, without comments."
    lines = '\n'.join(re.findall(r'^```\w*\n(.*?)^```', text, re.S | re.M)).splitlines()
    return [bare for line in lines if (bare := re.sub(r'\s+#.*', '', line).rstrip())]

def numbers(text:str) -> list[str]:
    "Sort the numbers of a page's prose and tables that have more than one digit; outputs and links aside."
    prose = re.sub(r'^```.*?^```|^ {4}.*?$|\]\(.*?\)', '', text, flags=re.S | re.M)
    return sorted(re.findall(r'\d[\d.,]*\d', prose))

def check(texts:dict[str, str]):
    "Exit with a list of the files that are out of step."
    for readme, page in PAGES.items():
        if Path(readme).read_text(encoding='utf-8') != texts[readme]:
            sys.exit(f'{readme} is not what nbs/{page} says: run `make readme`')
    for extract in (code, numbers):
        english, korean = map(extract, texts.values())
        if english == korean: continue
        differ = sorted(set(english) ^ set(korean)) or ['the order, or how often']
        sys.exit(f"the {extract.__name__} of README.md and README.ko.md differ: {differ}; edit nbs/index_ko.ipynb")

def main(only_check:bool):
    texts = {readme: render(notebook) for readme, notebook in PAGES.items()}
    if only_check: return check(texts)
    for readme, text in texts.items(): Path(readme).write_text(text, encoding='utf-8')

if __name__ == '__main__': main('--check' in sys.argv)
