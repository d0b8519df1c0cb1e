"Write README.md from nbs/index.ipynb; with `--check`, only say whether it is in step."
import re, sys
from pathlib import Path

from nbconvert import MarkdownExporter
from traitlets.config import Config

def render():
    "index.ipynb as Markdown, without hidden cells, with links that work from the top of the repository."
    config = Config({'MarkdownExporter': {'preprocessors': ['nbconvert.preprocessors.RegexRemovePreprocessor']},
                     'RegexRemovePreprocessor': {'patterns': [r'\s*#\|\s*hide']}})
    text, _ = MarkdownExporter(config=config).from_filename('nbs/index.ipynb')
    return re.sub(r'\((\w+\.ipynb)\)', r'(nbs/\1)', text).strip() + '\n'

readme = Path('README.md')
if '--check' not in sys.argv: readme.write_text(render(), encoding='utf-8')
elif readme.read_text(encoding='utf-8') != render(): sys.exit('README.md is not what nbs/index.ipynb says: run `make readme`')
