"""Measure the CPU seconds from a typed command, or an import, to its end, beside comparable ones.

`python benchmarks/start.py` runs each five times, in turn, and prints the medians; the last line is one JSON object
with our seconds as parts of theirs. `pifi predict` and transformers' pipeline answer the same four rows, with MiniLM
and a layer of SmolLM2, and with MiniLM alone. `--output FILE.csv` keeps the medians.
"""
import argparse, csv, json, os, resource, statistics, subprocess, sys, tempfile
from dataclasses import asdict
from pathlib import Path

ROWS = ['a warm and funny film', 'dull , loud and badly told', 'not one joke works', 'clever , tender and true']

PIPELINE = """
import sys
from transformers import pipeline
print(pipeline('text-classification', model=sys.argv[1])(open(sys.argv[2]).read().splitlines()))
"""

OURS = { # to what it is compared with
    'pifi --help': ['wandb --help', 'accelerate --help'],
    'pifi --epoch 3': ['wandb --help', 'accelerate --help'], # a mistake: the option is --epochs
    'pifi models': ['wandb --help', 'accelerate --help'],
    'from pifi import load_model': ['from transformers import PreTrainedModel'],
    'from pifi import Run': ['from transformers import PreTrainedModel'],
    'from pifi import PiFiClassifier': ['from transformers import PreTrainedModel'],
    'pifi predict (4 rows)': ['pipeline (4 rows)'],
}

def make_models(folder:Path) -> tuple[Path, Path]: # for `pifi predict`, and for transformers' pipeline
    "Save untrained models of the embedded parts, with their tokenizer, and the rows that they answer."
    from transformers import AutoModelForSequenceClassification
    from pifi.config import Config
    from pifi.llm.sources import load_tokenizer
    from pifi.models import build_model, save_model
    from pifi.registry import SLMS, find_model
    config = Config(model_type='minilm', llm_model='smollm2', method='pifi', layer_num=15)
    source = find_model('minilm', SLMS, config.cache_path)
    tokenizer = load_tokenizer(source, config.cache_path)
    save_model(build_model(config, 2), folder/'model.pt', ['bad', 'good'], dict(config=asdict(config)), tokenizer)
    for part in (AutoModelForSequenceClassification.from_pretrained(source), tokenizer):
        part.save_pretrained(folder/'encoder')
    (folder/'rows.txt').write_text('\n'.join(ROWS) + '\n')

def arguments_of(name:str, folder:Path) -> list[str]:
    "Turn a line of the table into a command of this environment."
    places = [str(folder/file) for file in ('model.pt', 'rows.txt', 'encoder')]
    if name.startswith('from '): return [sys.executable, '-c', name]
    if name.startswith('pipeline'): return [sys.executable, '-c', PIPELINE, places[2], places[1]]
    script, *arguments = name.split()
    if arguments[0] == 'predict': arguments = ['predict', *places[:2], '--overwrite', 'true']
    return [str(Path(sys.executable).with_name(script)), *arguments]

def cpu_seconds(command:list[str]) -> float:
    "Measure one process, with its children."
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    done = subprocess.run(command, capture_output=True, env={**os.environ, 'COLUMNS': '120'})
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    if done.returncode not in (0, 2): sys.exit(f"{' '.join(command)} failed: {done.stderr.decode()[-500:]}")
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime

def median_seconds(repeats:int) -> dict[str, float]: # by line of the table
    names = dict.fromkeys([*OURS, *sum(OURS.values(), [])])
    seconds = {name: [] for name in names}
    with tempfile.TemporaryDirectory() as folder:
        make_models(Path(folder))
        for name in [*names]*repeats: seconds[name].append(cpu_seconds(arguments_of(name, Path(folder))))
    return {name: statistics.median(values) for name, values in seconds.items()}

def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('--repeats', type=int, default=5)
    parser.add_argument('--output', type=Path, help="CSV file for the medians")
    given = parser.parse_args()
    seconds = median_seconds(given.repeats)
    for name, value in seconds.items(): print(f"{value:7.3f} s  {name}")
    if given.output:
        rows = [(name, f'{value:.3f}') for name, value in seconds.items()]
        with open(given.output, 'w', newline='') as file:
            csv.writer(file, lineterminator='\n').writerows([('command', 'cpu_seconds'), *rows])
    ratios = {}
    for name, others in OURS.items(): ratios[name] = {other: round(seconds[name]/seconds[other], 3) for other in others}
    print(json.dumps(ratios))

if __name__ == '__main__': main()
