"""Run the console blocks of a rendered page as a reader would: `python .ci/run_page.py PAGE.html [FOLDER …]`.

All ```bash blocks of the page run in order, in one shell, in an empty folder; the first command that fails ends the
run. Blocks that are only to be read (outputs, layouts) are ```text blocks on such a page. A FOLDER, such as `cache`, is
linked into that folder under its own name, as a reader would find it on a second visit.
"""
import subprocess, sys, tempfile
from pathlib import Path

from bs4 import BeautifulSoup

SHELL = """
set -eo pipefail
for block in "$BLOCKS"/*.sh; do
  started=$SECONDS; sed 's/^/$ /' "$block"
  source "$block"
  echo "-- $((SECONDS-started)) s"
done
echo "$(ls "$BLOCKS" | wc -l) blocks ran, $SECONDS s"
"""

def console_blocks(page:str) -> list[str]:
    "Read the page's console blocks, as its copy button gives them."
    text = Path(page).read_text(encoding='utf-8')
    return [code.get_text() for code in BeautifulSoup(text, 'html.parser').select('pre.bash code')]

def run(blocks:list[str], folders:list[Path]) -> int:
    "Run the blocks; returns the exit code of the first command that failed."
    with tempfile.TemporaryDirectory() as texts, tempfile.TemporaryDirectory() as here:
        for folder in folders: Path(here, folder.name).symlink_to(folder.resolve())
        for i, block in enumerate(blocks): Path(texts, f'{i:03}.sh').write_text(block.rstrip() + '\n', encoding='utf-8')
        return subprocess.run(['bash', '-c', f'BLOCKS={texts}\n{SHELL}'], cwd=here).returncode

def main(page:str, folders:list[Path]):
    blocks = console_blocks(page)
    sys.exit(run(blocks, folders) if blocks else f"{page} has no console block")

if __name__ == '__main__': main(sys.argv[1], [Path(name) for name in sys.argv[2:]])
