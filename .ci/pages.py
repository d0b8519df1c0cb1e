"Compare prose with the code: read tables and commands out of a page, and check them by the configuration."
import json, re, shlex
from dataclasses import fields
from pathlib import Path
from typing import get_args, get_type_hints

from pifi.cli import COMMANDS
from pifi.data import DATASETS
from pifi.experiments import (
    DEFAULT_DATASETS, ENVIRONMENT, PATH_OPTIONS, Config, configs_from_environment, parse_config, run_folder)
from pifi.config import RECIPES
from pifi.study.running import grid_options
from pifi.llm.sources import LLMS, SLMS
from pifi.study.sweeps import SweepOptions

def text(file) -> str:
    "The prose of a notebook, or a Markdown file."
    if Path(file).suffix == '.md': return Path(file).read_text(encoding='utf-8')
    cells = json.loads(Path(file).read_text(encoding='utf-8'))['cells']
    return '\n\n'.join(''.join(c['source']) for c in cells if c['cell_type'] == 'markdown')

def blocks(page, kind) -> list[str]: return re.findall(rf'^```{kind}\n(.*?)^```', page, re.S | re.M)

def tables(page) -> list[tuple[str, list[list[str]]]]:
    "List the tables of a page: the heading above, and the rows without backticks and emphasis."
    found, heading, rows = [], '', []
    for line in [*page.splitlines(), '']:
        if line.startswith('|'):
            cells = re.sub(r'[`*]', '', line).strip().strip('|').split('|')
            rows.append([cell.strip() for cell in cells])
        elif rows:
            found.append((heading, rows[2:]))
            rows = []
        if line.startswith('#'): heading = line.replace('`', '')
    return found

def rows_under(page, word) -> dict[str, list[str]]:
    "Collect the rows of the tables whose heading contains `word`, by their first cell."
    rows = [row for heading, table in tables(page) if word in heading for row in table]
    assert rows and len({r[0] for r in rows}) == len(rows), f"no table under {word}, or a row twice"
    return {row[0]: row[1:] for row in rows}

def same(found, expected, what):
    if isinstance(found, set): found, expected = found - expected, expected - found # only what is in one of them
    assert found == expected, f"{what}: the page says {found}, the code {expected}"

def shown(value) -> str: return str(value).lower() if isinstance(value, bool) else str(value)

def commands(page) -> list[list[str]]:
    "Split each command of the page's console blocks into words; other programs' commands are among them."
    lines = '\n'.join(blocks(page, 'bash')).replace('\\\n', ' ').splitlines()
    return [words for line in lines if (words := shlex.split(line, comments=True))]

def parse(words):
    "Parse one command as pifi would, and run nothing; raises what pifi would say. False for another program's."
    env = {}
    while words and re.fullmatch(r'[A-Z_]+=.*', words[0], re.S): name, _, env[name] = words.pop(0).partition('=')
    if not words: return False
    if script := re.search(r'run_(\w+)\.sh$', words[0]): return configs_from_environment(script[1], env, words[1:])
    if words[:2] == ['python', 'main.py']: words = ['pifi', *words[2:]]
    if words[0] != 'pifi': return False
    command, rest = '', words[1:]
    if rest and not rest[0].startswith('-'): command, *rest = rest
    assert command in {'', *COMMANDS}, f"pifi {command} is no command"
    return _parse_options(command, rest, env)

def _parse_options(command, rest, env):
    if command == 'select': # several data sets may follow
        at = rest.index('--task_dataset')
        while len(rest) > at+2 and not rest[at+2].startswith('-'): del rest[at+2]
    if command in ('', 'compare', 'select', 'models', 'datasets'): return parse_config(rest)
    if command == 'from-env': return configs_from_environment(rest[0], env, rest[1:])
    if command == 'grid': return grid_options(rest[1:])
    if command == 'sweep': return grid_options(rest, SweepOptions, what_too=True)
    return command # `report` and `sweep-config` take no options but a file

def check_commands(page, least):
    "Check that every command of ours on a page can be typed."
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
    "Check the default of every option that a table names."
    rows = [row for _, table in tables(page) for row in table if row[0].startswith('--')]
    known = {f'--{f.name}': f.default for f in fields(Config)}
    for option, stated, *_ in rows: same(stated, shown(known[option]), option)
    assert len(rows) > 25, rows

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
    "Check the folders that the page draws, and where they are in Docker."
    config = Config(method='pifi', layer_num=5)
    levels = {'dataset': config.task_dataset, **vars(config)}
    drawn = re.findall(r'^(\w+)/(\{task\}/\S+)/\w+\.(?:pt|json)', page, re.M)
    assert len(drawn) >= 3, drawn
    for root, levels_drawn in drawn: same(levels_drawn.format(**levels), str(run_folder('', config, 5)), root)
    docker, = configs_from_environment('classification', {'DOCKER': 'true', 'DATASETS': 'mr'})
    stated = {option: cells[0] for option, cells in rows_under(page, 'Docker').items()}
    same(stated, {option: getattr(docker, option) for option in PATH_OPTIONS}, 'Docker')

def check_modes(page):
    same(set(rows_under(page, '(--method / MODE)')), set(get_args(get_type_hints(Config)['method'])), 'modes')
    stated = {name: float(row[-1]) for name, row in rows_under(page, '(--selection_recipe)').items()}
    same(stated, {name: recipe.depth_bias for name, recipe in RECIPES.items()}, 'recipes')

def check_manual(file):
    "Check everything that a manual page states."
    page = text(file)
    for check in (check_variables, check_options, check_models, check_datasets, check_paths, check_modes): check(page)
    check_commands(page, 14)
