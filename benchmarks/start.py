"""Measure the CPU seconds from a typed command to its answer, beside comparable commands.

`python benchmarks/start.py` runs each command five times and prints the medians; the last line is one JSON object with
our seconds as parts of theirs. `--output FILE.csv` keeps the medians.
"""
import argparse, csv, json, os, resource, statistics, subprocess, sys
from pathlib import Path

OURS = ['pifi --help', 'pifi --epoch 3'] # the second is a mistake: the option is --epochs
THEIRS = ['wandb --help', 'accelerate --help']

def cpu_seconds(command:list[str]) -> float:
    "Measure one process, with its children."
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    done = subprocess.run(command, capture_output=True, env={**os.environ, 'COLUMNS': '120'})
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    if done.returncode not in (0, 2): sys.exit(f"{' '.join(command)} failed: {done.stderr.decode()[-500:]}")
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime

def median_seconds(command:str, repeats:int) -> float:
    name, *arguments = command.split()
    script = str(Path(sys.executable).with_name(name)) # of the same environment
    return statistics.median(cpu_seconds([script, *arguments]) for _ in range(repeats))

def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('--repeats', type=int, default=5)
    parser.add_argument('--output', type=Path, help="CSV file for the medians")
    given = parser.parse_args()
    seconds = {command: median_seconds(command, given.repeats) for command in [*OURS, *THEIRS]}
    for command, value in seconds.items(): print(f"{value:7.3f} s  {command}")
    if given.output:
        rows = [(command, f'{value:.3f}') for command, value in seconds.items()]
        with open(given.output, 'w', newline='') as file:
            csv.writer(file, lineterminator='\n').writerows([('command', 'cpu_seconds'), *rows])
    ratios = {}
    for command in OURS: ratios[command] = {other: round(seconds[command]/seconds[other], 3) for other in THEIRS}
    print(json.dumps(ratios))

if __name__ == '__main__': main()
