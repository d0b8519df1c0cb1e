"""`pifi predict` under rough handling, with real models: `python .ci/predict.py kill|ray`.

kill: killed (`kill -9`) at random moments, it comes to the bytes of an uninterrupted run, and no window that was done is done again. Through a pipe the same text goes in and out.
ray:  on a Ray cluster of two local nodes, one of which is killed while both work, no row is lost, none comes twice,
      and the rows are in their order.
"""
import contextlib, io, os, random, signal, sys, tempfile, threading, time, traceback
from dataclasses import asdict
from pathlib import Path

os.environ |= dict(OMP_NUM_THREADS='1', TOKENIZERS_PARALLELISM='false', USE_WANDB='false', HF_HUB_OFFLINE='1', TQDM_DISABLE='1', PYTHONPATH=os.getcwd(), RAY_raylet_start_wait_time_s='120')
import pandas as pd, torch

import pifi.predict
from pifi.cli import main
from pifi.data import load_splits
from pifi.experiments import Config
from pifi.models import build_model, save_model
from pifi.llm.sources import SLMS, find_model, load_tokenizer

def write_model(work):
    "A real encoder with a real layer; nobody has trained it, but its answers differ from text to text."
    torch.manual_seed(0)
    config = Config(cache_path='cache', task_dataset='mr', model_type='minilm', llm_model='smollm2', method='pifi', layer_num=15, max_seq_len=40, padding='average_pooling_without_padding')
    save_model(build_model(config, 2), work/'model'/'final_model.pt', ['negative', 'positive'], dict(config=asdict(config)), load_tokenizer(find_model('minilm', SLMS, 'cache'), 'cache'))
    return load_splits('mr', config)[0]['train']['text'].tolist()

def write_rows(texts, file):
    "Rows with a number, and here and there without a text."
    rows = pd.DataFrame({'row': range(len(texts)), 'text': [t if i % 97 else '' for i, t in enumerate(texts)]})
    if file.suffix == '.txt': file.write_text(''.join(f'{t}\n' for t in rows['text']))
    elif file.suffix == '.jsonl': rows.to_json(file, orient='records', lines=True)
    elif file.suffix == '.parquet': rows.to_parquet(file, row_group_size=70)
    else: rows.to_csv(file, index=False)
    return file

def start(arguments, log, source=0, sink=None):
    "Fork a run that reads and writes these files; its process id."
    if child := os.fork(): return child
    log = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    for stream, file in enumerate((source, log if sink is None else sink, log)): os.dup2(file, stream)
    os.closerange(3, 1000) # such as the reading end of a pipe, which would keep it open
    sys.stdin, sys.stdout = open(0, closefd=False), open(1, 'w', closefd=False) # the parent's were made for other files
    code = 1
    try: code = main(list(map(str, arguments)))
    except BaseException: traceback.print_exc()
    finally: sys.stdout.flush(); os._exit(code)

def ended(child): return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])

def over(child): return bool(os.waitid(os.P_PID, child, os.WEXITED | os.WNOHANG | os.WNOWAIT))

def disturb(command, parts, log, chance):
    "Kill a run a random moment after it has done a few windows more; the windows that are done, and when."
    before = {f.name: f.stat().st_mtime_ns for f in parts.glob('0*')}
    child, enough = start(command, log), len(before) + chance.randint(1, 3)
    while len(list(parts.glob('0*'))) < enough and not over(child): time.sleep(.002)
    time.sleep(chance.uniform(0, .2))
    assert not over(child), f"it ended before it could be killed:\n{log.read_text()[-3000:]}"
    os.kill(child, signal.SIGKILL)
    ended(child)
    now = {f.name: f.stat().st_mtime_ns for f in parts.glob('0*')}
    assert before.items() <= now.items(), "a window that was done was done again"
    return now

def kill(work):
    texts, chance, seed = write_model(work)[:240], random.Random(), random.randrange(10**6)
    chance.seed(seed)
    print(f'seed {seed}')
    for suffix in ('.csv', '.parquet'):
        file, whole, again, log = write_rows(texts, work/f'in{suffix}'), work/f'whole{suffix}', work/f'again{suffix}', work/f'log{suffix}'
        command = ['predict', work/'model', file, '--window', 20, '--bs', 16]
        assert ended(start([*command, '-o', whole], log)) == 0, log.read_text()[-3000:]
        kills = [len(disturb([*command, '-o', again], work/f'again{suffix}.parts', log, chance)) for _ in range(2)]
        assert ended(start([*command, '-o', again], log)) == 0, log.read_text()[-3000:]
        assert again.read_bytes() == whole.read_bytes() and not (work/f'again{suffix}.parts').exists()
        print(f"{suffix}: killed with {' and then '.join(map(str, kills))} of 12 windows done: equal bytes", flush=True)
    pipes(work, texts)

def pipes(work, texts):
    "Standard input gives what the file gives; who reads may hang up."
    file, log = write_rows(texts, work/'in.txt'), work/'log.txt'
    command = ['predict', work/'model', '--window', 20, '--bs', 16]
    assert ended(start([*command, file, '-o', work/'whole.txt'], log)) == 0, log.read_text()[-3000:]
    with open(file) as source, open(work/'piped.txt', 'w') as sink: assert ended(start([*command, '-'], log, source.fileno(), sink.fileno())) == 0, log.read_text()[-3000:]
    assert (work/'piped.txt').read_bytes() == (work/'whole.txt').read_bytes()
    log.unlink()
    reading, writing = os.pipe()
    with open(file) as source: child = start([*command, '-'], log, source.fileno(), writing)
    os.close(writing)
    first = os.read(reading, 10)
    os.close(reading)
    assert ended(child) == 141 and first and not log.read_text(), (first, log.read_text())
    print("through a pipe: equal bytes, and who reads may hang up")

class Watched(pifi.predict.Work):
    "Leaves the id of the node that made a part."
    def __call__(self, window, *done):
        import ray
        super().__call__(window, *done)
        (self.parts.parent/'by'/ray.get_runtime_context().get_node_id()).touch()

def two_nodes(work):
    import ray
    from ray.cluster_utils import Cluster
    texts = write_model(work)[:1000]
    command = ['predict', str(work/'model'), str(write_rows(texts, work/'in.parquet')), '--window', '20', '--bs', '16', '-o']
    (work/'by').mkdir()
    cluster = Cluster(initialize_head=True, head_node_args=dict(num_cpus=1, include_dashboard=False))
    node, left = cluster.add_node(num_cpus=1), []
    def remove():
        done = lambda: len(list((work/'ray.parquet.parts').glob('0*')))
        while len(list((work/'by').iterdir())) < 2 or done() < 20: time.sleep(.05) # until both nodes have made a part
        cluster.remove_node(node, allow_graceful=False)
        left.append(50 - done())
        print(f"killed a node with {left[0]} of 50 windows to do", file=sys.stderr, flush=True)
    threading.Thread(target=remove, daemon=True).start()
    plain = pifi.predict.answer_on_ray
    pifi.predict.answer_on_ray = lambda windows, work, done: plain(windows, Watched(**vars(work)), done)
    with contextlib.redirect_stdout(io.StringIO()) as said: code = main([*command, str(work/'ray.parquet'), '--engine', 'ray', '--address', cluster.address])
    ray.shutdown()
    cluster.shutdown()
    assert code == 0 and left and left[0] > 5, (code, left, said.getvalue()[-3000:])
    found = pd.read_parquet(work/'ray.parquet')
    assert found['row'].tolist() == list(range(1000)), "rows are lost, doubled or out of order"
    assert found['prediction'].isna().tolist() == [i % 97 == 0 for i in range(1000)]
    assert main([*command, str(work/'one.parquet')]) == 0
    assert (work/'ray.parquet').read_bytes() == (work/'one.parquet').read_bytes(), "another answer than in one process"
    print(said.getvalue().strip().splitlines()[-1])

if __name__ == '__main__':
    with tempfile.TemporaryDirectory() as folder: {'kill': kill, 'ray': two_nodes}[sys.argv[1]](Path(folder))
