"""Fill a small file system while a run saves: `python .ci/full_disk.py`.

The run must end in one clear line and exit code 74, the state saved last must be whole, and with room again the same
command must give the same weights, scores and answers as an undisturbed run. With a cache that can only be read, a run
that finds everything in it ends as usual, and another is told what it may not write. Needs the right to mount a tmpfs;
without it the exit code is 77, for "not run".
"""
import re, subprocess, sys, tempfile
from contextlib import contextmanager
from pathlib import Path

from runs import end_of, flags, outcome, run, write_models
from pifi.checkpoints import read_checkpoint

def mount(place:Path, options:str) -> str: # what was refused
    return subprocess.run(['mount', '-t', 'tmpfs', '-o', options, 'pifi', place], capture_output=True, text=True).stderr

@contextmanager
def small_disk(place:Path):
    place.mkdir(parents=True)
    if refused := mount(place, 'size=30m'):
        print(f"not run: {refused.strip()}")
        sys.exit(77)
    try: yield
    finally: subprocess.run(['umount', place], check=True)

def main(folder:Path):
    write_models(folder)
    run(flags(folder, 'undisturbed'), folder/'undisturbed.log')
    place = folder/'full'/'checkpoint'
    with small_disk(place):
        run(flags(folder, 'full'), folder/'full.log', code=74)
        said = end_of(folder/'full.log')
        line = said.strip().splitlines()[-1]
        assert re.search(r'needs [\d,]+ bytes, [\d,]+ are free \(the disk is full', line), said
        assert 'Traceback' not in said, said
        state = next(place.rglob('last.pt'))
        step, left = read_checkpoint(state)['step'], sorted(f.name for f in state.parent.iterdir())
        assert step > 0 and step % 4 == 0, step
        assert left == ['last.pt', 'previous.pt', 'run.lock'], left # and no half-written file
        assert not (refused := mount(place, 'remount,size=200m')), refused
        run(flags(folder, 'full'), folder/'full.log')
        got, expected = outcome(folder, 'full'), outcome(folder, 'undisturbed')
    assert got == expected, (got, expected)
    print(f"{line}\nstep {step} was kept ({', '.join(left)}), and with room again the run came to the same weights, "
          "scores and answers")

def read_only(folder:Path):
    "Check that a cache need not be written if all is there."
    place, log = folder/'kept', folder/'kept.log'
    def typed(name, *more): return flags(folder, name, 'slm', f'--cache_path={place}', *more)
    with small_disk(place):
        run(typed('filling'), log)
        assert not (refused := mount(place, 'remount,ro')), refused
        run(typed('reading'), log)
        assert outcome(folder, 'reading') == outcome(folder, 'filling')
        selection = ['--mode=pifi_ilm', '--layer=-1', '--selection_samples=40', '--selection_pcs=8']
        run(typed('choosing', *selection), log, code=2)
        said = end_of(log).strip().splitlines()[-1]
        assert 'Read-only file system; choose another --cache_path (CACHE_PATH)' in said, said
    print(f"with a read-only cache: the same weights, scores and answers; to choose a layer: {said}")

if __name__ == '__main__':
    with tempfile.TemporaryDirectory() as folder:
        main(Path(folder))
        read_only(Path(folder))
