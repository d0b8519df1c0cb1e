"""Disturb `pifi predict`: `python .ci/predict.py kill|ray`.

kill: killed (`kill -9`) at random moments, it ends with the bytes of an uninterrupted run and repeats no finished
      window. Through a pipe it gives the same output.
ray:  on a Ray cluster of two local nodes, one of which is killed while both work, no row is lost or repeated, and the
      rows stay in order.
"""
import contextlib, io, os, random, sys, tempfile, threading, time
from dataclasses import asdict, fields
from pathlib import Path

from runs import end_of, ended, fork, kill_when, main, run, two_ray_nodes, write_models # first: it sets the environment
import pandas as pd, torch

import pifi.predict
from pifi.config import Config
from pifi.data import load_splits
from pifi.llm.sources import load_tokenizer
from pifi.models import build_model, save_model

SMALL = ['--window', 20, '--bs', 16]

def write_model(work:Path) -> list[str]: # texts
    "Save an untrained model whose answers differ from text to text."
    write_models(work)
    torch.manual_seed(0)
    models = dict(model_type=str(work/'slm'), llm_model=str(work/'llm'), cache_path=str(work/'cache'))
    config = Config(task_dataset='mr', method='pifi', layer_num=1, max_seq_len=40,
                    padding='average_pooling_without_padding', **models)
    tokenizer = load_tokenizer(config.model_type, config.cache_path)
    file = work/'model'/'final_model.pt'
    save_model(build_model(config, 2), file, ['negative', 'positive'], dict(config=asdict(config)), tokenizer)
    return load_splits('mr', config)[0]['train']['text'].tolist()

def write_rows(texts:list[str], file:Path) -> Path:
    "Write numbered rows, some of them without a text."
    rows = pd.DataFrame({'row': range(len(texts)), 'text': [text if i % 97 else '' for i, text in enumerate(texts)]})
    if file.suffix == '.txt': file.write_text(''.join(f'{text}\n' for text in rows['text']))
    elif file.suffix == '.parquet': rows.to_parquet(file, row_group_size=70)
    else: rows.to_csv(file, index=False)
    return file

def slow_down(seconds:float):
    "Slow each window down as a large model would, so that there is time to kill the run."
    answer = pifi.predict.Predictor.__call__
    def slow_answer(self, *args):
        time.sleep(seconds)
        return answer(self, *args)
    pifi.predict.Predictor.__call__ = slow_answer

def windows_done(parts:Path) -> dict[str, int]: # when, by name
    return {file.name: file.stat().st_mtime_ns for file in parts.glob('0*')}

def disturb(command:list, parts:Path, log:Path, chance:random.Random) -> int: # windows done
    "Kill a run at a random moment after it has done a few more windows."
    before = windows_done(parts)
    enough = len(before) + chance.randint(1, 3)
    kill_when(lambda: len(windows_done(parts)) >= enough, fork(command, log), log, chance.uniform(0, .1))
    now = windows_done(parts)
    assert before.items() <= now.items(), "a window that was done was done again"
    return len(now)

def kill(work:Path):
    seed = random.randrange(10**6)
    print(f'seed {seed}')
    texts, chance = write_model(work)[:240], random.Random(seed)
    slow_down(.05)
    for suffix in ('.csv', '.parquet'): kill_twice(work, write_rows(texts, work/f'in{suffix}'), chance)
    pipes(work, texts)

def kill_twice(work:Path, file:Path, chance:random.Random):
    whole, again, log = (work/f'{name}{file.suffix}' for name in ('whole', 'again', 'log'))
    command, parts = ['predict', work/'model', file, *SMALL, '-o'], work/f'{again.name}.parts'
    run([*command, whole], log)
    done = [disturb([*command, again], parts, log, chance) for _ in range(2)]
    run([*command, again], log)
    assert again.read_bytes() == whole.read_bytes() and not parts.exists()
    print(f"{file.suffix}: killed with {' and then '.join(map(str, done))} of 12 windows done: equal bytes", flush=True)

def pipes(work:Path, texts:list[str]):
    "Check that standard input gives the same answers as the file, and that the reader may close the pipe."
    file, log, piped = write_rows(texts, work/'in.txt'), work/'log.txt', work/'piped.txt'
    command = ['predict', work/'model', *SMALL]
    run([*command, file, '-o', work/'whole.txt'], log)
    with open(file) as source, open(piped, 'w') as sink:
        run([*command, '-'], log, stdin=source.fileno(), stdout=sink.fileno())
    assert piped.read_bytes() == (work/'whole.txt').read_bytes()
    log.unlink()
    reading, writing = os.pipe()
    with open(file) as source: child = fork([*command, '-'], log, stdin=source.fileno(), stdout=writing)
    os.close(writing)
    first = os.read(reading, 10)
    os.close(reading)
    assert ended(child) == 141 and first and not end_of(log), (first, end_of(log))
    print("through a pipe: equal bytes, and who reads may hang up")

class Watched(pifi.predict.Work):
    "Record the id of the node that writes a part; the first part waits until there are two nodes."
    def __call__(self, window, *advance):
        import ray
        nodes = self.parts.parent/'nodes'
        (nodes/ray.get_runtime_context().get_node_id()).touch()
        while len(list(nodes.iterdir())) < 2: time.sleep(.05)
        time.sleep(.05)
        super().__call__(window, *advance)

def kill_node(cluster, node, parts:Path, left:list[int]):
    "Kill a node when windows are done; `left` gets the number of those that are not."
    while len(windows_done(parts)) < 10: time.sleep(.05)
    cluster.remove_node(node, allow_graceful=False)
    left.append(50 - len(windows_done(parts)))
    print(f"killed a node with {left[0]} of 50 windows to do", file=sys.stderr, flush=True)

def two_nodes(work:Path):
    file = write_rows(write_model(work)[:1000], work/'in.parquet')
    (work/'nodes').mkdir()
    with two_ray_nodes() as (cluster, node): said = predict_on(cluster, node, work, file)
    rows, one = pd.read_parquet(work/'ray.parquet'), work/'one.parquet'
    assert rows['row'].tolist() == list(range(1000)), "rows are lost, doubled or out of order"
    assert rows['prediction'].isna().tolist() == [i % 97 == 0 for i in range(1000)]
    run(['predict', work/'model', file, *SMALL, '-o', one], work/'one.log')
    assert (work/'ray.parquet').read_bytes() == one.read_bytes(), "another answer than in one process"
    print(said.strip().splitlines()[-1])

def predict_on(cluster, node, work:Path, file:Path) -> str: # what it says
    import ray
    left, parts = [], work/'ray.parquet.parts'
    threading.Thread(target=kill_node, args=(cluster, node, parts, left), daemon=True).start()
    answer = pifi.predict.answer_on_ray
    def watched_answer(windows, job, advance):
        values = {each.name: getattr(job, each.name) for each in fields(job)}
        return answer(windows, Watched(**values), advance)
    pifi.predict.answer_on_ray = watched_answer
    flags = [*SMALL, '-o', work/'ray.parquet', '--engine', 'ray', '--address', cluster.address]
    with contextlib.redirect_stdout(io.StringIO()) as said:
        code = main(list(map(str, ['predict', work/'model', file, *flags])))
    ray.shutdown()
    assert code == 0 and left and left[0] > 5, (code, left, said.getvalue()[-3000:])
    return said.getvalue()

if __name__ == '__main__':
    with tempfile.TemporaryDirectory() as folder: {'kill': kill, 'ray': two_nodes}[sys.argv[1]](Path(folder))
