"""Compare the cost of plugging in at every token with plugging in at the text, and with no plug-in.

    python benchmarks/tokens.py --dataset mr

Forward and backward passes run over the same length-bucketed batches of real sentences; each way is a process of its
own, and they take turns. Speed is counted in processor time, which other programs on the machine do not lengthen;
memory is the process's peak. The last line is one JSON object: how many times as fast, and as large, `tokens` is as
`text` is.
"""
import argparse, json, os, resource, statistics, subprocess, sys, time

WAYS = dict(base=dict(method='base'), text=dict(method='pifi'), tokens=dict(method='pifi', plug_at='tokens'))

def run(args):
    "Train on some batches; returns speed and memory."
    import torch
    from torch.nn.functional import cross_entropy
    from pifi.data import LengthBatches
    from pifi.config import Config
    from pifi.experiments import load_data
    from pifi.models import build_model
    torch.set_num_threads(args.threads)
    config = Config(
        model_type=args.model, llm_model=args.llm, task_dataset=args.dataset, max_train_samples=args.texts,
        padding='average_pooling_without_padding', data_path=os.environ.get('PIFI_DATA_PATH'),
        cache_path=args.cache_path, num_workers=0, use_wandb=False, **WAYS[args.way])
    tokenizer, data = load_data(config)
    train = data['train'].select_columns([c for c in tokenizer.model_input_names if c in data['train'].column_names])
    sampler = LengthBatches(data['train']['length'], config.batch_size, seed=0)
    batches = [tokenizer.pad(train[rows], return_tensors='pt') for rows in sampler]
    model = build_model(config, 2).train()
    def step(batch):
        labels = torch.zeros(len(batch['input_ids']), dtype=torch.long)
        cross_entropy(model(**batch), labels).backward()
        model.zero_grad()
    step(batches[0])
    started = time.process_time()
    for batch in batches: step(batch)
    seconds = time.process_time()-started
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss/1024
    return dict(way=args.way, texts_per_cpu_second=round(len(train)/seconds, 2), peak_mb=round(peak))

def parse_args():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument('--dataset', default='mr')
    p.add_argument('--model', default='minilm')
    p.add_argument('--llm', default='smollm2')
    p.add_argument('--texts', type=int, default=320)
    p.add_argument('--rounds', type=int, default=3)
    p.add_argument('--threads', type=int, default=1)
    p.add_argument('--cache_path', default='./cache')
    p.add_argument('--way', help=argparse.SUPPRESS)
    return p.parse_args()

def main():
    args = parse_args()
    if args.way: return print(json.dumps(run(args)))
    rows = []
    for _ in range(args.rounds):
        for way in WAYS:
            command = [sys.executable, __file__, *sys.argv[1:], '--way', way]
            done = subprocess.run(command, capture_output=True, text=True)
            if done.returncode: sys.exit(done.stderr)
            rows.append(json.loads(done.stdout.splitlines()[-1]))
            print(rows[-1], flush=True)
    def median(measure, way): return statistics.median(row[measure] for row in rows if row['way'] == way)
    def ratio(measure, a, b): return round(median(measure, a)/median(measure, b), 2)
    print(json.dumps(dict(
        speed_ratio=ratio('texts_per_cpu_second', 'tokens', 'text'), memory_ratio=ratio('peak_mb', 'tokens', 'text'),
        text_speed_ratio_to_base=ratio('texts_per_cpu_second', 'text', 'base'),
        dataset=args.dataset, rounds=args.rounds, threads=args.threads)))

if __name__ == '__main__': main()
