"""A small file system of its own fills up while a run saves: `python .ci/full_disk.py`.

One clear line and exit code 2, the state saved last is whole, and with room again the same command comes to the same
bytes as an undisturbed run. Needs the right to mount a tmpfs; without it the exit code is 77, for "not run".
"""
import subprocess, sys, tempfile
from pathlib import Path

from kill_test import flags, outcome, write_models
from pifi.checkpoints import read_checkpoint

def run(folder, name, code=0):
    "What a run prints; it must end with `code`."
    done = subprocess.run([sys.executable, 'main.py', *map(str, flags(folder, name))], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=300)
    assert done.returncode == code, f"exit code {done.returncode}, not {code}:\n{done.stdout[-3000:]}"
    return done.stdout

def disk(folder):
    place = folder/'full'/'checkpoint'
    place.mkdir(parents=True)
    mount = lambda options: subprocess.run(['mount', '-t', 'tmpfs', '-o', options, 'pifi', place], capture_output=True, text=True)
    if (refused := mount('size=30m')).returncode: return print(f"not run: {refused.stderr.strip()}") or 77
    try:
        said = run(folder, 'full', 2)
        line = said.strip().splitlines()[-1]
        assert 'disk is full' in line and 'Traceback' not in said, said[-3000:]
        state = next(place.rglob('last.pt'))
        step, left = read_checkpoint(state)['step'], sorted(f.name for f in state.parent.iterdir())
        assert step > 0 and step % 4 == 0 and left == ['last.pt', 'previous.pt', 'run.lock'], (step, left) # and nothing unfinished
        assert mount('remount,size=200m').returncode == 0
        run(folder, 'full')
        got, expected = outcome(folder, 'full'), outcome(folder, 'undisturbed')
    finally: subprocess.run(['umount', place], check=True)
    assert got == expected, (got, expected)
    print(f"{line}\nstep {step} was kept ({', '.join(left)}), and with room again the run came to the same bytes")

if __name__ == '__main__':
    with tempfile.TemporaryDirectory() as d:
        write_models(Path(d))
        run(Path(d), 'undisturbed')
        sys.exit(disk(Path(d)))
