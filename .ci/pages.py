"Compare the tables, commands and folders on the pages with the code."
import json, re, shlex
from dataclasses import fields
from pathlib import Path
from typing import get_args, get_type_hints

from pifi.cli import COMMANDS, with_dataset
from pifi.config import (DEFAULT_DATASETS, ENVIRONMENT, PATH_OPTIONS, RECIPES, Config, GridOptions, SweepOptions,
                         configs_from_environment, parse_config)
from pifi.experiments import run_folder
from pifi.options import OptionParser
from pifi.registry import DATASETS, LLMS, SLMS

def text(file) -> str:
    "The prose of a notebook, or a Markdown file."
    if Path(file).suffix == '.md': return Path(file).read_text(encoding='utf-8')
    cells = json.loads(Path(file).read_text(encoding='utf-8'))['cells']
    return '\n\n'.join(''.join(c['source']) for c in cells if c['cell_type'] == 'markdown')

def blocks(page, kind) -> list[str]: return re.findall(rf'^```{kind}\n(.*?)^```', page, re.S | re.M)

def cells_of(line) -> list[str]:
    "Split a table's row into cells without backticks and emphasis."
    return [re.sub(r'[`*]', '', cell).strip() for cell in line.strip().strip('|').split('|')]

def tables(page) -> list[tuple[str, list[list[str]]]]:
    "List the tables: heading and rows."
    listed, heading, rows = [], '', []
    for line in [*page.splitlines(), '']:
        if line.startswith('|'): rows.append(cells_of(line))
        elif rows:
            listed.append((heading, rows[2:]))
            rows = []
        if line.startswith('#'): heading = line.replace('`', '')
    return listed

def rows_under(page, word) -> dict[str, list[str]]:
    "The rows of the tables whose heading holds `word`, by their first cell."
    rows = [row for heading, table in tables(page) if word in heading for row in table]
    assert rows and len({r[0] for r in rows}) == len(rows), f"no table under {word}, or a row twice"
    return {row[0]: row[1:] for row in rows}

def same(found, expected, what):
    if isinstance(found, set): found, expected = found - expected, expected - found # keep the differences only
    assert found == expected, f"{what}: the page says {found}, the code {expected}"

def shown(value) -> str: return str(value).lower() if isinstance(value, bool) else str(value)

def commands(page) -> list[list[str]]:
    "List the words of each command in the page's console blocks, other programs' commands included."
    lines = '\n'.join(blocks(page, 'bash')).replace('\\\n', ' ').splitlines()
    return [words for line in lines if (words := shlex.split(line, comments=True))]

def parse(words):
    "Parse one command as pifi would, without running it; raises pifi's error. False for another program's command."
    env = {}
    while words and re.fullmatch(r'[A-Z_]+=.*', words[0], re.S): name, _, env[name] = words.pop(0).partition('=')
    if not words: return False
    if script := re.search(r'run_(\w+)\.sh$', words[0]): return configs_from_environment(script[1], env, words[1:])
    if words[:2] == ['python', 'main.py']: words = ['pifi', *words[2:]]
    if words[0] != 'pifi': return False
    named = len(words) > 1 and not words[1].startswith('-')
    command, rest = (words[1], words[2:]) if named else ('', words[1:])
    assert command in {'', *COMMANDS}, f"pifi {command} is no command"
    return _parse_options(command, rest, env)

def _parse_options(command, rest, env):
    if command in ('check', 'compare', 'select'): rest = with_dataset(rest)
    if command == 'select': # several data sets may follow
        at = rest.index('--task_dataset')
        while len(rest) > at+2 and not rest[at+2].startswith('-'): del rest[at+2]
    if command in ('', 'check', 'compare', 'select', 'models', 'datasets'): return parse_config(rest)
    if command == 'from-env': return configs_from_environment(rest[0], env, rest[1:])
    if command == 'grid': return _parse_study(GridOptions, rest[1:])
    if command == 'sweep': return _parse_study(SweepOptions, rest)
    return command # `report` and `sweep-config` take no options but a file

def _parse_study(kind, rest):
    "Parse the options of a study's command, its own and those of a run."
    own, others = OptionParser(kind).parse_known_args(rest)
    return own, OptionParser(Config, only_given=True).parse_known(others)

def check_translation(english, korean):
    "Compare the console blocks of a page in two languages, comments aside."
    pages = [text(page) for page in (english, korean)]
    both = [blocks(page, 'bash') + blocks(page, 'text') for page in pages]
    one, other = (re.sub(r'\s+#.*', '', '\n'.join(of_page)) for of_page in both)
    same(other, one, f'{korean} beside {english}')

def check_commands(page, least):
    "Check that pifi accepts every command of ours on a page."
    ours = [words for words in commands(page) if parse(list(words))]
    assert len(ours) >= least, f"only {len(ours)} commands of pifi"

def check_variables(page):
    rows = {name: row for _, table in tables(page) for name, *row in table if re.fullmatch(r'[A-Z_]{2,}', name)}
    same(set(rows), {*ENVIRONMENT, 'DATASETS', 'DOCKER', 'CUDA_VISIBLE_DEVICES'}, 'variables')
    for name, field in ENVIRONMENT.items():
        if name != 'PIFI_DATA_PATH': same(rows[name][0], shown(getattr(Config, field)), name)
    same(re.sub(r' \(.*?\)', '', rows['DATASETS'][0]), ', '.join(DEFAULT_DATASETS.values()), 'DATASETS')
    same(rows['DOCKER'][0], 'false', 'DOCKER')

def check_options(page):
    "Check the default of every option that a table names, and that those everybody needs are named."
    rows = [row for _, table in tables(page) for row in table if row[0].startswith('--')]
    known = {f'--{f.name}': f.default for f in fields(Config)}
    for option, stated, *_ in rows:
        if known[option] is None: assert stated in ('(none)', '(없음)'), option
        else: same(stated, shown(known[option]), option)
    needed = {'--class_weight', *(option for option in known if option.endswith('_column'))}
    same(needed & {row[0] for row in rows}, needed, 'options')
    assert len(rows) > 30, rows

def check_models(page):
    for word, table in {'(--model_type / MODEL)': SLMS, '(--llm / LLM)': LLMS}.items():
        found = rows_under(page, word)
        same(set(found), set(table), word)
        for name, info in table.items():
            licence = info.licence + (', gated' if info.gated else '')
            same(found[name][1:4], [str(info.width), str(info.layers), licence], name)

def check_datasets(page):
    for task in DEFAULT_DATASETS:
        found = rows_under(page, task)
        same(set(found), {name for name, info in DATASETS.items() if info.task == task}, task)
        for name, row in found.items(): same(row[-1], str(len(DATASETS[name].labels)), name)

def check_paths(page):
    "Check the folders that the page draws, and their places in Docker."
    config = Config(method='pifi', layer_num=5)
    names = ('task', 'padding', 'model_type', 'method', 'llm_model', 'layer_num')
    levels = {name: getattr(config, name) for name in names} | {'dataset': config.task_dataset}
    drawn = re.findall(r'^(\w+)/(\{task\}/\S+)/\w+\.(?:pt|json)', page, re.M)
    assert len(drawn) >= 3, drawn
    for root, levels_drawn in drawn: same(levels_drawn.format(**levels), str(run_folder('', config, 5)), root)
    docker, = configs_from_environment('classification', {'DOCKER': 'true', 'DATASETS': 'mr'})
    stated = {option: row[0] for option, row in rows_under(page, 'Docker').items()}
    same(stated, {p: getattr(docker, p) for p in PATH_OPTIONS}, 'Docker')

def check_modes(page):
    same(set(rows_under(page, '(--method / MODE)')), set(get_args(get_type_hints(Config)['method'])), 'modes')
    found = rows_under(page, '(--selection_recipe)')
    stated = {name: float(row[-1]) for name, row in found.items()}
    same(stated, {name: recipe.depth_bias for name, recipe in RECIPES.items()}, 'recipes')

def check_manual(file):
    "Check every statement of a manual page against the code."
    page = text(file)
    for check in (check_variables, check_options, check_models, check_datasets, check_paths, check_modes): check(page)
    check_commands(page, 14)
