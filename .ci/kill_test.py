"""Kill whole runs at random moments, start the same command again, and compare with an undisturbed run.

Weights, optimizer, history, every test row's logits and the test result must agree to the last bit: after `kill -9`,
after SIGTERM, in one process and in two.
"""
import argparse, json, mmap, os, random, signal, socket, struct, sys, tempfile, time
from dataclasses import dataclass, field
from functools import wraps
from pathlib import Path

from runs import end_of, ended, flags, fork, is_over, outcome, write_models # first: it sets the environment
import pandas as pd, torch

import pifi.evaluation, pifi.llm.streaming
from pifi.config import parse_config
from pifi.experiments import load_data
from pifi.models import read_torch_file

os.environ['GLOO_SOCKET_IFNAME'] = 'lo'
PHASES = ['start and end', 'a step', 'writing a file', 'validation or test', 'reading the LLM']
TAUGHT = ('--mode=base', '--layer=-1', '--teach=ilm', '--unlabelled=rest', '--max_unlabelled=100')
# shared with the children: the phase a run is in, and how often it has entered each
board = mmap.mmap(-1, 8*(1 + len(PHASES)))
def look(i:int) -> int: return struct.unpack_from('q', board, 8*i)[0]
def note(i:int, value:int): struct.pack_into('q', board, 8*i, value)

def watch(owner, name:str, phase:int):
    "Make `owner.name` signal to the parent that it is running."
    original = getattr(owner, name)
    @wraps(original)
    def call(*args, **kwargs):
        before = look(0)
        note(0, phase)
        note(1+phase, look(1+phase)+1)
        try: return original(*args, **kwargs)
        finally: note(0, before)
    setattr(owner, name, call)

def free_port() -> int:
    with socket.socket() as s:
        s.bind(('127.0.0.1', 0))
        return s.getsockname()[1]

def start(arguments:list[str], log:Path, processes:int) -> list[int]: # their ids
    for i in range(1 + len(PHASES)): note(i, 0)
    if processes == 1: return [fork(arguments, log)]
    shared = dict(WORLD_SIZE=processes, LOCAL_WORLD_SIZE=processes, MASTER_ADDR='127.0.0.1', MASTER_PORT=free_port())
    ranks = [dict(shared, RANK=i, LOCAL_RANK=i) for i in range(processes)]
    return [fork(arguments, log, **rank) for rank in ranks]

def complete(arguments:list[str], log:Path, processes:int):
    "Run a command to its end."
    codes = [ended(child) for child in start(arguments, log, processes)]
    if any(codes): sys.exit(f"the run ended with {codes}:\n{end_of(log)}")

@dataclass
class Series:
    "Runs that are disturbed until `kills` of them were hit."
    folder:Path
    label:str
    how:int # the signal
    kills:int
    seed:int
    processes:int = 1
    more:tuple = () # flags
    hits:list[str] = field(default_factory=list) # the phases in which runs were hit
    codes:set[int] = field(default_factory=set) # exit codes

    def log(self, name:str) -> Path: return self.folder/f'{name}.log'

    def flags(self, name:str) -> list[str]:
        own_cache = f'--cache_path={self.folder/name}/cache' # so that each run reads the LLM
        return flags(self.folder, name, 'slm', *self.more, *([own_cache] if self.more else []))

    def disturb(self, name:str, chance:random.Random) -> bool: # False: the run was faster
        "Start a run and end it at a random moment of a random phase."
        children = start(self.flags(name), self.log(name), self.processes)
        phases = len(PHASES) if self.more else len(PHASES) - 1
        phase, times = chance.randrange(phases), chance.randint(1, 6)
        wait = time.monotonic() + (chance.uniform(0, 1.5) if phase == 0 else 60)
        while look(1+phase) < times and time.monotonic() < wait and not is_over(children[0]): time.sleep(.0005)
        time.sleep(chance.uniform(0, .01))
        faster, doing = is_over(children[0]), PHASES[look(0)]
        if not faster:
            for child in children: os.kill(child, self.how)
        codes = [ended(child) for child in children]
        if faster: return False
        self.hits.append(doing)
        self.codes |= set(codes)
        return True

    def failed(self) -> bool:
        "Compare each run that ended; print where it was hit."
        chance, wrong, runs = random.Random(self.seed), [], 0
        reference = f'{self.label}-reference'
        complete(self.flags(reference), self.log(reference), self.processes)
        expected = outcome(self.folder, reference)
        while len(self.hits) < self.kills:
            name, runs = f'{self.label}-{runs}', runs + 1
            for _ in range(5):
                if not self.disturb(name, chance): break
            complete(self.flags(name), self.log(name), self.processes)
            got = outcome(self.folder, name)
            wrong += [f'{name}: {kind} differs' for kind in expected if got[kind] != expected[kind]]
        where = ', '.join(f'{self.hits.count(phase)} in {phase}' for phase in PHASES)
        print(f"{self.label}: {len(self.hits)} times in {runs} runs ({where}), exit codes {sorted(self.codes)}: "
              f"{'; '.join(wrong) or 'all equal'}", flush=True)
        return bool(wrong)

@dataclass
class Plain:
    "Write a run without dropout, which is the same in any number of processes up to rounding."
    folder:Path
    processes:int

    def __post_init__(self):
        name = f'plain-{self.processes}'
        # with 241 rows, the last batch has a row for one of two processes only
        arguments = flags(self.folder, name, 'plain', '--dropout_rate=0', '--max_train_samples=241')
        complete(arguments, self.folder/f'{name}.log', self.processes)
        def first(pattern): return next((self.folder/name).rglob(pattern))
        self.weights = read_torch_file(first('final_model.pt'))['weights']
        self.result = json.loads(first('test_results.json').read_text())
        self.rows = pd.read_parquet(first('predictions.parquet'))

    def __str__(self):
        return (f"{self.processes} at once: training accuracies {self.training('accuracy')}, "
                f"losses {self.training('loss')}, test rows {self.result['n_test']}")

    def training(self, figure:str) -> list[float]: return [epoch[f'train_{figure}'] for epoch in self.result['history']]

def two_differ(folder:Path) -> bool:
    "Check whether two processes differ from one in their result, count a row twice or miss one."
    one, two = Plain(folder, 1), Plain(folder, 2)
    gap = max((weight.float() - two.weights[name].float()).abs().max().item() for name, weight in one.weights.items())
    losses = zip(one.training('loss'), two.training('loss'))
    same = [
        set(one.result) == set(two.result), one.result['n_test'] == two.result['n_test'] == 120,
        one.rows['row'].tolist() == two.rows['row'].tolist(), one.rows['row'].nunique() == len(two.rows) == 120,
        one.rows['label'].tolist() == two.rows['label'].tolist(),
        one.training('accuracy') == two.training('accuracy'),
        all(abs(a-b) < 1e-4 for a, b in losses), # false for nan
        gap < 1e-3]
    print(f"one process and two: largest difference of a weight {gap:.1e}", flush=True)
    for run in (one, two): print(run, flush=True)
    return not all(same)

def main(folder:Path, kills:int, seed:int) -> bool: # whether anything failed
    write_models(folder)
    load_data(parse_config(flags(folder, 'x')))
    series = [
        Series(folder, 'kill -9', signal.SIGKILL, kills, seed),
        Series(folder, 'SIGTERM', signal.SIGTERM, kills//2, seed+1),
        Series(folder, 'kill -9 of two processes', signal.SIGKILL, kills//4, seed+2, processes=2),
        Series(folder, 'SIGTERM of two processes', signal.SIGTERM, kills//4, seed+3, processes=2),
        Series(folder, 'kill -9 of a taught run', signal.SIGKILL, kills//4, seed+4, more=TAUGHT),
        Series(folder, 'kill -9 of two taught processes', signal.SIGKILL, kills//8, seed+5, 2, TAUGHT)]
    failed = [two_differ(folder)] + [each.failed() for each in series]
    return any(failed)

if __name__ == '__main__':
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('--kills', type=int, default=20)
    parser.add_argument('--seed', type=int, help='default: another one each time; it is printed')
    given = parser.parse_args()
    seed = random.randrange(10**6) if given.seed is None else given.seed
    watch(torch.Tensor, 'backward', 1)
    watch(torch, 'save', 2)
    watch(pifi.evaluation, 'answer_rows', 3)
    watch(pifi.llm.streaming, '_pooled', 4)
    print(f'seed {seed}', flush=True)
    with tempfile.TemporaryDirectory() as folder: sys.exit(main(Path(folder), given.kills, seed))
