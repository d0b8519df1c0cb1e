"""Make tiny models, run `pifi` with them in processes, and digest everything that must be equal between two runs.

A check imports everything once and forks its runs, so that starting or killing one costs a fraction of a second.
The models are of the real classes and have random weights; tokenizer and sentences are real.
"""
import json, os, signal, sys, threading, time, traceback
from contextlib import contextmanager
from pathlib import Path

os.environ |= dict(OMP_NUM_THREADS='1', TOKENIZERS_PARALLELISM='false', USE_WANDB='false', HF_HUB_OFFLINE='1',
                   PYTHONPATH=os.getcwd(), RAY_health_check_period_ms='1000') # a lost node is missed after 5 of these
import pandas as pd, torch, tqdm
from transformers import BertConfig, BertModel, LlamaConfig, LlamaModel

import pifi.experiments # noqa: F401, imported before the first fork
from pifi.checkpoints import read_checkpoint
from pifi.cli import main
from pifi.files import content_digest
from pifi.llm.sources import load_tokenizer
from pifi.models import read_torch_file
from pifi.registry import SLMS, find_model

tqdm.tqdm.monitor_interval = 0 # no thread may run in a process that forks
# its own lock is shared by all children, and stays locked if one is killed while it draws a bar
tqdm.tqdm.set_lock(threading.RLock())

def write_models(folder:Path):
    "Write two encoders, of which `plain` has no dropout, so that one process and two agree, and `llm`."
    tokenizer = load_tokenizer(find_model('minilm', SLMS, 'cache'), 'cache')
    small = dict(vocab_size=len(tokenizer), num_hidden_layers=2, num_attention_heads=2)
    for name, dropout in dict(slm=.1, plain=0.).items():
        torch.manual_seed(0)
        config = BertConfig(hidden_size=32, intermediate_size=64, hidden_dropout_prob=dropout,
                            attention_probs_dropout_prob=dropout, **small)
        BertModel(config).save_pretrained(folder/name)
        tokenizer.save_pretrained(folder/name)
    torch.manual_seed(0)
    LlamaModel(LlamaConfig(hidden_size=48, intermediate_size=96, **small)).save_pretrained(folder/'llm')
    tokenizer.save_pretrained(folder/'llm')

def flags(folder:Path, name:str, slm:str='slm', *more:str) -> list[str]:
    "Write the flags of a run whose files are below `folder/name`."
    options = dict(
        mode='pifi', model=folder/slm, llm=folder/'llm', layer=1, task_dataset='mr', max_train_samples=240,
        max_eval_samples=120, bs=8, eval_batch_size=16, workers=0, epochs=2, lr=1e-3, save_steps=4,
        scheduler='CosineAnnealingLR', use_wandb='false')
    options |= dict(preprocess_path=folder/'preprocessed', cache_path=folder/'cache')
    for kind in ('checkpoint', 'model', 'result'): options[f'{kind}_path'] = folder/name/kind
    return [f'--{option}={value}' for option, value in options.items()] + list(more)

def fork(arguments:list, log:Path, stdin:int|None=None, stdout:int|None=None, **env) -> int:
    "Fork a process that runs a command as a new one would; its output goes to `log`. Returns its id."
    if child := os.fork(): return child
    os.environ |= {name: str(value) for name, value in env.items()}
    written = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    if stdin is None: stdin = os.open(os.devnull, os.O_RDONLY)
    for stream, file in enumerate([stdin, written if stdout is None else stdout, written]): os.dup2(file, stream)
    os.closerange(3, 1000) # such as the reading end of a pipe, which would keep it open
    # the parent's were made for other files
    sys.stdin, sys.stdout = open(0, closefd=False), open(1, 'w', closefd=False)
    code = 1
    try: code = main(list(map(str, arguments)))
    except BaseException: traceback.print_exc()
    finally:
        sys.stdout.flush()
        os._exit(code)

def ended(child:int) -> int:
    "Wait for a process; returns its exit code, negative for a signal."
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])

def is_over(child:int) -> bool: return bool(os.waitid(os.P_PID, child, os.WEXITED | os.WNOHANG | os.WNOWAIT))

def end_of(log:Path) -> str: return log.read_text(errors='replace')[-3000:]

def run(arguments:list, log:Path, code:int=0, **streams):
    "Run a command in a process; it must end with `code`."
    got = ended(fork(arguments, log, **streams))
    assert got == code, f"exit code {got}, not {code}:\n{end_of(log)}"

def kill_when(ready, child:int, log:Path, wait:float):
    "Kill a process `wait` seconds after `ready()`."
    while not ready() and not is_over(child): time.sleep(.002)
    time.sleep(wait)
    assert not is_over(child), f"it ended before it could be killed:\n{end_of(log)}"
    os.kill(child, signal.SIGKILL)
    assert ended(child) == -signal.SIGKILL

@contextmanager
def two_ray_nodes():
    "Start a Ray cluster of two nodes with a core each; yields the cluster and the node that may be killed."
    from ray.cluster_utils import Cluster
    cluster = Cluster()
    try: yield cluster, [add_node(cluster) for _ in range(2)][1]
    finally: cluster.shutdown()

def add_node(cluster, tries:int=3):
    try: return cluster.add_node(num_cpus=1, include_dashboard=False)
    except Exception: # Ray gives up if a busy machine needs more than 15 s to start a node's agents
        if tries == 1: raise
    return add_node(cluster, tries - 1)

MEASURED = ('seconds', 'test_seconds', 'examples_per_second', 'date', 'config', 'hardware') # differ from run to run

def outcome(folder:Path, name:str) -> dict[str, str]: # digests
    "Digest everything that must be equal between two runs."
    def first(pattern): return next((folder/name).rglob(pattern))
    state, result = read_checkpoint(first('last.pt')), json.loads(first('test_results.json').read_text())
    return dict(
        state=content_digest({k: v for k, v in state.items() if k not in ('seconds', 'hardware')}),
        model=content_digest(read_torch_file(first('final_model.pt'))['weights']),
        result=content_digest({k: v for k, v in result.items() if k not in MEASURED}),
        rows=content_digest(pd.read_parquet(first('predictions.parquet')).to_dict('list')))
