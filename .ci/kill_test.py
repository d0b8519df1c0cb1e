"""Kill whole runs at random moments, start the same command again, and compare with a run that nothing disturbed.

Weights, optimizer, history, every test row's logits and the test result must agree to the last bit: after `kill -9`,
after SIGTERM, in one process and in two. The models are tiny, of the real classes, the sentences real. One parent
imports everything and forks the runs, so that a kill costs a fraction of a second.
"""
import argparse, json, mmap, os, random, signal, socket, struct, sys, tempfile, threading, time
from pathlib import Path

os.environ |= dict(OMP_NUM_THREADS='1', TOKENIZERS_PARALLELISM='false', USE_WANDB='false', HF_HUB_OFFLINE='1', GLOO_SOCKET_IFNAME='lo')
import pandas as pd, torch, tqdm
from transformers import BertConfig, BertModel, LlamaConfig, LlamaModel

import pifi.evaluation, pifi.experiments
from pifi.checkpoints import read_checkpoint
from pifi.cli import main
from pifi.experiments import load_data, parse_config
from pifi.models import read_torch_file
from pifi.llm.sources import SLMS, find_model, load_tokenizer
from pifi.train import Trainer
from pifi.llm.weights import content_digest

PHASES = ['start and end', 'a step', 'writing a file', 'validation or test']
# shared with the children: the phase a run is in, and how often it has come to each
board = mmap.mmap(-1, 8*(1 + len(PHASES)))
def look(i): return struct.unpack_from('q', board, 8*i)[0]
def note(i, value): struct.pack_into('q', board, 8*i, value)

def watched(owner, name, phase):
    "Let `owner.name` tell the parent that it is running."
    original = getattr(owner, name)
    def call(*args, **kwargs):
        before = look(0); note(0, phase); note(1+phase, look(1+phase)+1)
        try: return original(*args, **kwargs)
        finally: note(0, before)
    setattr(owner, name, call)

def write_models(folder):
    "A tiny encoder and a tiny LLM, with a real tokenizer; without dropout as `plain`, so that one process and two compute the same."
    tokenizer = load_tokenizer(find_model('minilm', SLMS, 'cache'), 'cache')
    for name, dropout in dict(slm=.1, plain=0.).items():
        torch.manual_seed(0)
        BertModel(BertConfig(vocab_size=len(tokenizer), hidden_size=32, intermediate_size=64, num_hidden_layers=2, num_attention_heads=2,
                             hidden_dropout_prob=dropout, attention_probs_dropout_prob=dropout)).save_pretrained(folder/name)
        tokenizer.save_pretrained(folder/name)
    LlamaModel(LlamaConfig(hidden_size=48, intermediate_size=96, num_hidden_layers=2, num_attention_heads=4, num_key_value_heads=2, vocab_size=8)).save_pretrained(folder/'llm')

def flags(folder, name, slm='slm', *more):
    "The command of a run whose files are below `folder/name`."
    paths = {f'--{p}_path': folder/name/p for p in ('checkpoint', 'model', 'result')} | {'--preprocess_path': folder/'preprocessed', '--cache_path': folder/'cache'}
    return ['--mode', 'pifi', '--model', str(folder/slm), '--llm', str(folder/'llm'), '--layer', '1', '--task_dataset', 'mr', '--max_train_samples', '240', '--max_eval_samples', '120',
            '--bs', '8', '--eval_batch_size', '16', '--workers', '0', '--epochs', '2', '--lr', '1e-3', '--save_steps', '4', '--scheduler', 'CosineAnnealingLR', '--use_wandb', 'false',
            *[str(x) for item in paths.items() for x in item], *more]

def start(arguments, log, processes=1):
    "Fork a run; its process ids."
    for i in range(1 + len(PHASES)): note(i, 0)
    with socket.socket() as s: s.bind(('127.0.0.1', 0)); port = s.getsockname()[1]
    return [child for rank in range(processes) if (child := os.fork()) or run(arguments, log, rank, processes, port)]

def run(arguments, log, rank, processes, port):
    "In a child: the command, as a process of its own would run it."
    for stream in (1, 2): os.dup2(os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND), stream)
    if processes > 1: os.environ |= dict(RANK=str(rank), LOCAL_RANK=str(rank), WORLD_SIZE=str(processes), LOCAL_WORLD_SIZE=str(processes), MASTER_ADDR='127.0.0.1', MASTER_PORT=str(port))
    code = 1
    try: code = main(arguments)
    except BaseException:
        import traceback; traceback.print_exc()
    finally: sys.stdout.flush(); os._exit(code)

def ended(children):
    "Wait for a run; its exit codes, negative for a signal."
    return [os.waitstatus_to_exitcode(os.waitpid(c, 0)[1]) for c in children]

def disturb(arguments, log, how, chance, processes):
    "Start a run and end it at a random moment of a random phase; what it was doing, and its exit codes. None if it was faster."
    children, phase = start(arguments, log, processes), chance.randrange(len(PHASES))
    times = chance.randint(1, 6)
    wait = time.monotonic() + (chance.uniform(0, 1.5) if phase == 0 else 60)
    while look(1+phase) < times and time.monotonic() < wait:
        if os.waitid(os.P_PID, children[0], os.WEXITED | os.WNOHANG | os.WNOWAIT): return ended(children) and None
        time.sleep(.0005)
    time.sleep(chance.uniform(0, .01))
    doing = PHASES[look(0)]
    for child in children: os.kill(child, how)
    return doing, ended(children)

def outcome(folder, name):
    "All that must be equal: digests by what they are of."
    file = lambda kind: next((folder/name/kind).rglob({'checkpoint': 'last.pt', 'model': 'final_model.pt', 'result': 'test_results.json'}[kind]))
    state, result = read_checkpoint(file('checkpoint')), json.loads(file('result').read_text())
    measured = ('seconds', 'test_seconds', 'examples_per_second', 'date', 'config', 'hardware')
    kept = {k: v for k, v in state.items() if k not in ('seconds', 'hardware')}
    return dict(state=content_digest(kept), model=content_digest(read_torch_file(file('model'))['weights']),
                result=content_digest({k: v for k, v in result.items() if k not in measured}), rows=content_digest(pd.read_parquet(next((folder/name).rglob('predictions.parquet'))).to_dict('list')))

def series(folder, label, how, kills, seed, processes=1, per_run=5):
    "Disturb runs until there were `kills`; print where they hit; compare each run that came to its end."
    chance, hits, codes, wrong, runs = random.Random(seed), [], set(), [], 0
    reference = f'{label}-reference'
    code = ended(start(flags(folder, reference), folder/f'{reference}.log', processes))
    if any(code): sys.exit(f"the undisturbed run ended with {code}:\n{(folder/f'{reference}.log').read_text()[-3000:]}")
    while len(hits) < kills:
        name, log = f'{label}-{runs}', folder/f'{label}-{runs}.log'
        for _ in range(per_run):
            hit = disturb(flags(folder, name), log, how, chance, processes)
            if hit is None: break
            hits.append(hit[0]); codes |= set(hit[1])
        code = ended(start(flags(folder, name), log, processes))
        if any(code): sys.exit(f"{label}: started again, the run ended with {code}:\n{log.read_text()[-3000:]}")
        got, expected = outcome(folder, name), outcome(folder, reference)
        wrong += [f'{name}: {k} differs' for k in expected if got[k] != expected[k]]
        runs += 1
    print(f"{label}: {len(hits)} times in {runs} runs ({', '.join(f'{hits.count(p)} in {p}' for p in PHASES)}), exit codes {sorted(codes)}: {'; '.join(wrong) or 'all equal'}", flush=True)
    return bool(wrong)

def one_and_two(folder):
    "Without dropout, two processes come to what one comes to, up to rounding, and count every row once, also where the last batch has a row for one of them only."
    found = {}
    for processes in (1, 2):
        name = f'plain-{processes}'
        log = folder/f'{name}.log'
        code = ended(start(flags(folder, name, 'plain', '--dropout_rate', '0', '--max_train_samples', '241'), log, processes))
        if any(code): sys.exit(f"{processes} processes ended with {code}:\n{log.read_text()[-3000:]}")
        weights = read_torch_file(next((folder/name).rglob('final_model.pt')))['weights']
        found[processes] = weights, json.loads(next((folder/name).rglob('test_results.json')).read_text()), pd.read_parquet(next((folder/name).rglob('predictions.parquet')))
    (w1, r1, p1), (w2, r2, p2) = found[1], found[2]
    gap = max((w1[k].float() - w2[k].float()).abs().max().item() for k in w1)
    same = set(r1) == set(r2) and r1['n_test'] == r2['n_test'] == 120 and p1['row'].tolist() == p2['row'].tolist() == list(range(120)) and p1['label'].tolist() == p2['label'].tolist()
    accuracies, losses = ([[row[f'train_{k}'] for row in r['history']] for r in (r1, r2)] for k in ('accuracy', 'loss'))
    same = same and all(abs(a-b) < 1e-4 for a, b in zip(*losses)) # false for nan
    print(f"one process and two: largest difference of a weight {gap:.1e}, training accuracies {accuracies}, losses {losses}, test rows {r1['n_test']} and {r2['n_test']}", flush=True)
    return not (same and gap < 1e-3 and accuracies[0] == accuracies[1])

if __name__ == '__main__':
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument('--kills', type=int, default=20); p.add_argument('--seed', type=int, default=None, help='default: another one each time; it is printed')
    args = p.parse_args()
    seed = args.seed if args.seed is not None else random.randrange(10**6)
    tqdm.tqdm.monitor_interval = 0 # no thread may run in a process that forks
    tqdm.tqdm.set_lock(threading.RLock()) # its own is shared by all children, and stays locked where one is killed while it draws a bar
    for owner, name, phase in [(Trainer, 'backward', 1), (torch, 'save', 2), (Trainer, 'validate', 3), (pifi.experiments, 'evaluate', 3)]: watched(owner, name, phase)
    print(f'seed {seed}', flush=True)
    with tempfile.TemporaryDirectory() as d:
        folder = Path(d)
        write_models(folder)
        load_data(parse_config(flags(folder, 'x')))
        failed = [series(folder, 'kill -9', signal.SIGKILL, args.kills, seed), series(folder, 'SIGTERM', signal.SIGTERM, args.kills//2, seed+1),
                  one_and_two(folder), series(folder, 'kill -9 of two processes', signal.SIGKILL, args.kills//4, seed+2, processes=2),
                  series(folder, 'SIGTERM of two processes', signal.SIGTERM, args.kills//4, seed+3, processes=2)]
    sys.exit(any(failed))
