"""Compare training speed, memory and accuracy of the package's settings with reference-like ones.

    python benchmarks/train.py --dataset mr --out benchmarks/results/train.csv

`reference` is how the paper's code trains, by options of this package where they are options (every text padded to
`max_seq_len`, plain shuffling, float32, an optimizer that is not fused, evaluation in small batches), and with what it
does on the host after every step: `.item()` of the loss, accuracy and F1 by scikit-learn. `ours` is the defaults. Same
model, data, seeds, steps and machine; each run is a process of its own, and the two alternate. Speed is of whole
training epochs, without validation. The last line is one JSON object; ratios above 1 are in favour of the package.
"""
import argparse, json, os, platform, resource, statistics, subprocess, sys, tempfile, time
from dataclasses import replace
from pathlib import Path

REFERENCE = dict(pad_to_max_length=True, length_pool=1, fused_optimizer=False, precision='fp32', eval_batch_size=32)
PRINTED = ['way', 'seed', 'examples_per_second', 'examples_per_cpu_second', 'peak_mb', 'validation', 'test',
           'whole_seconds']

def reference_trainer():
    "Build the trainer, with the work that the paper's code does after every step."
    from sklearn.metrics import accuracy_score, f1_score
    from pifi.train import Trainer
    class ReferenceLike(Trainer):
        def backward(self, batch):
            loss, logits = super().backward(batch)
            gold, answers = batch.labels.cpu().numpy(), logits.argmax(-1).cpu().numpy()
            loss.item(), accuracy_score(gold, answers), f1_score(gold, answers, average='macro')
            return loss, logits
    return ReferenceLike

def run(args):
    "Train and test once; returns speed, memory and accuracy."
    import torch
    from pifi.checkpoints import seed_everything
    from pifi.evaluation import evaluate
    from pifi.config import Config
    from pifi.experiments import load_data
    from pifi.models import build_model
    from pifi.train import Trainer
    torch.set_num_threads(args.threads)
    config = Config(
        method='pifi', model_type=args.model, llm_model=args.llm, layer_num=args.layer, task_dataset=args.dataset,
        data_path=os.environ.get('PIFI_DATA_PATH'), seed=args.seed, num_epochs=args.epochs, learning_rate=args.lr,
        max_train_samples=args.max_train, num_workers=args.workers, cache_path=args.cache_path, use_wandb=False,
        **way_options(args))
    tokenizer, data = load_data(config)
    data['validation'] = data['validation'].shuffle(seed=0).select(range(args.validation_rows))
    seed_everything(config.seed)
    with tempfile.TemporaryDirectory() as d:
        model = build_model(config, data['train'].features['label'].num_classes)
        trainer_class = reference_trainer() if args.way == 'reference' else Trainer
        trainer = trainer_class(model, data, tokenizer, config, d)
        timed_epoch(trainer)
        # not timed; padding does not change an answer
        batching = replace(config, pad_to_max_length=False).batching
        result = evaluate(trainer.fit(), data['test'], tokenizer, batching)
    texts = len(data['train'])*args.epochs
    return dict(
        way=args.way, dataset=args.dataset, seed=args.seed, examples_per_second=round(texts/trainer.seconds, 2),
        examples_per_cpu_second=round(texts/trainer.cpu_seconds, 2), peak_mb=round(peak_mb()),
        validation=trainer.best['validation_accuracy'], test=result['accuracy'], train_rows=len(data['train']),
        test_rows=result['n_test'], epochs=args.epochs, device=device())

def way_options(args):
    if args.way == 'reference': return REFERENCE
    return dict(torch_compile=args.compile, pad_to_multiple_of=16 if args.compile else None)

def peak_mb():
    import torch
    if torch.cuda.is_available(): return torch.cuda.max_memory_allocated()/2**20
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss/1024

def timed_epoch(trainer):
    "Let a trainer add up the processor time of its training epochs, which other programs do not affect."
    start, finish, trainer.cpu_seconds = trainer.start_epoch, trainer.finish_epoch, 0.
    def start_epoch():
        trainer.cpu_started = time.process_time()
        return start()
    def finish_epoch(bar):
        trainer.cpu_seconds += time.process_time() - trainer.cpu_started
        finish(bar)
    trainer.start_epoch, trainer.finish_epoch = start_epoch, finish_epoch

def device():
    import torch
    if torch.cuda.is_available(): return torch.cuda.get_device_name()
    return f'CPU {platform.machine()}, {torch.get_num_threads()} threads'

def parse_args():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument('--dataset', default='mr')
    p.add_argument('--model', default='minilm')
    p.add_argument('--llm', default='smollm2')
    p.add_argument('--layer', type=int, default=-1)
    p.add_argument('--seeds', type=int, default=3)
    p.add_argument('--epochs', type=int, default=2)
    p.add_argument('--lr', type=float, default=2e-4)
    p.add_argument('--max_train', type=int, default=2400)
    p.add_argument('--validation_rows', type=int, default=200)
    p.add_argument('--workers', type=int, default=0)
    p.add_argument('--threads', type=int, default=os.cpu_count())
    p.add_argument('--compile', action='store_true', help="torch.compile for ours")
    p.add_argument('--cache_path', default='./cache')
    p.add_argument('--out', help="a CSV file for the rows")
    p.add_argument('--way', help=argparse.SUPPRESS)
    p.add_argument('--seed', type=int, help=argparse.SUPPRESS)
    return p.parse_args()

def measured(way, seed):
    "Run one way in a process of its own; returns its row."
    started = time.perf_counter()
    command = [sys.executable, __file__, *sys.argv[1:], '--way', way, '--seed', str(seed)]
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode: sys.exit(done.stderr)
    row = {**json.loads(done.stdout.splitlines()[-1]), 'whole_seconds': round(time.perf_counter()-started)}
    print({name: row[name] for name in PRINTED}, flush=True)
    return row

def main():
    args = parse_args()
    if args.way: return print(json.dumps(run(args)))
    import pandas as pd
    rows = [measured(way, seed) for seed in range(args.seeds) for way in ('reference', 'ours')]
    if args.out:
        Path(args.out).parent.mkdir(parents=True, exist_ok=True)
        pd.DataFrame(rows).to_csv(args.out, index=False)
    def values(way, measure): return [row[measure] for row in rows if row['way'] == way]
    def median(way, measure): return statistics.median(values(way, measure))
    def speed(measure): return round(median('ours', measure)/median('reference', measure), 2)
    def accuracy(way): return round(statistics.mean(values(way, 'test')), 4)
    memory = round(median('reference', 'peak_mb')/median('ours', 'peak_mb'), 2)
    print(json.dumps(dict(
        speed_ratio=speed('examples_per_second'), cpu_time_ratio=speed('examples_per_cpu_second'),
        accuracy_ours=accuracy('ours'), accuracy_reference_like=accuracy('reference'), memory_ratio=memory,
        device=rows[0]['device'], dataset=args.dataset, seeds=args.seeds)))

if __name__ == '__main__': main()
