"""Measure test accuracy after plugging in each layer of an LLM, `base` and control arms, with the encoder frozen.

    python benchmarks/layer_accuracy.py --dataset mr --out benchmarks/results/layer_accuracy_mr.csv

The encoder runs once; its pooled vectors are cached, and only the mappers and the head train (Adam, best epoch by
validation accuracy). The control arms stand where the layer stands: `random` (a layer of the same shape, randomly
initialised as transformers does), `identity`, `mlp` (trained, residual, as many weights
as the layer's MLP) and `base` (no plug-in). Mappers without anything between them are `identity`.
Rows already in the file are not measured again. The last line is one JSON object.
"""
import argparse, json, os, time
from pathlib import Path

import pandas as pd, torch
from torch import nn
from torch.nn.functional import cross_entropy

from pifi.data import DataOptions, LengthBatches, make_loader, prepare
from pifi.llm.layers import load_layer, random_layer
from pifi.models import pool
from pifi.llm.sources import LLMS, SLMS, find_model, load_config, load_encoder, load_tokenizer

class Residual(nn.Module):
    "Train a fresh block in the layer's place: an MLP as large as the layer's, with its residual path."
    def __init__(self, width, hidden):
        super().__init__()
        self.block = nn.Sequential(nn.LayerNorm(width), nn.Linear(width, hidden), nn.GELU(), nn.Linear(hidden, width))
    def forward(self, x): return x + self.block(x)

@torch.inference_mode()
def pooled_vectors(options, slm, padding):
    "Encode every split once, as `(vectors (n, d), labels (n,))`."
    source = find_model(slm, SLMS, options.cache_path)
    tokenizer, splits = load_tokenizer(source, options.cache_path), {}
    encoder = load_encoder(source, options.cache_path).eval()
    for name, split in prepare(options.task_dataset, options, tokenizer).items():
        vectors, labels = [], []
        for batch in make_loader(split, tokenizer, LengthBatches(split['length'], 128, shuffle=False)):
            labels.append(batch.pop('labels'))
            vectors.append(pool(encoder(**batch).last_hidden_state, batch['attention_mask'], padding))
        splits[name] = torch.cat(vectors).clone(), torch.cat(labels)
    return splits

class Plug(nn.Module):
    "PiFi without its encoder: the mappers, the block between them, and the head."
    def __init__(self, d, num_labels, inner=None, width=None):
        super().__init__()
        self.inner = inner
        if inner is not None:
            self.mapper_in, self.mapper_out = nn.Linear(d, width, bias=False), nn.Linear(width, d, bias=False)
        self.head = nn.Sequential(nn.Linear(d, d), nn.Dropout(0.2), nn.GELU(), nn.Linear(d, num_labels))
    def forward(self, x):
        if self.inner is not None: x = self.mapper_out(self.inner(self.mapper_in(x)))
        return self.head(x)

def arm(name, config, args, seed):
    "Build the block between the mappers; None for base."
    if name == 'base': return None
    if name == 'identity': return nn.Identity()
    if name == 'random': return random_layer(config, 0, seed)
    if name == 'mlp': return Residual(config.hidden_size, round(3*config.intermediate_size/2))
    return load_layer(args.llm, int(name), args.cache_path)

def accuracy(model, data):
    model.eval()
    with torch.inference_mode(): return (model(data[0]).argmax(-1) == data[1]).float().mean().item()

def train(model, splits, args, seed):
    "Train a model; returns validation and test accuracy of the best epoch on validation, and the epoch."
    optimizer = torch.optim.Adam([p for p in model.parameters() if p.requires_grad], lr=args.lr)
    (x, y), generator, best = splits['train'], torch.Generator().manual_seed(seed), (0., 0., 0)
    for epoch in range(args.epochs):
        model.train()
        for rows in torch.randperm(len(x), generator=generator).split(args.batch_size):
            loss = cross_entropy(model(x[rows]), y[rows], label_smoothing=0.05)
            optimizer.zero_grad()
            loss.backward()
            nn.utils.clip_grad_norm_(model.parameters(), 5.)
            optimizer.step()
        valid = accuracy(model, splits['validation'])
        if valid > best[0]: best = valid, accuracy(model, splits['test']), epoch+1
    return best

def parse_args():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument('--dataset', default='mr')
    p.add_argument('--slm', default='minilm')
    p.add_argument('--llm', default='smollm2')
    p.add_argument('--out', required=True)
    p.add_argument('--seeds', type=int, default=3)
    p.add_argument('--epochs', type=int, default=5)
    p.add_argument('--batch_size', type=int, default=64)
    p.add_argument('--lr', type=float, default=1e-3)
    p.add_argument('--max_train', type=int, default=2000)
    p.add_argument('--padding', default='average_pooling_without_padding')
    p.add_argument('--cache_path', default='./cache')
    return p.parse_args()

def measure(name, seed, splits, config, args):
    "Train one arm with one seed; returns a row of the table."
    inner = arm(name, config, args, seed)
    x, y = splits['train']
    torch.manual_seed(seed)
    started = time.time()
    model = Plug(x.shape[1], int(y.max())+1, inner, config.hidden_size)
    valid, test, epoch = train(model, splits, args, seed)
    return dict(dataset=args.dataset, arm=name, seed=seed, validation=round(valid, 4), test=round(test, 4),
                epoch=epoch, seconds=round(time.time()-started, 1))

def main():
    args = parse_args()
    options = DataOptions(
        task='entailment' if args.dataset in ('snli', 'mnli') else 'classification', task_dataset=args.dataset,
        cache_path=args.cache_path, data_path=os.environ.get('PIFI_DATA_PATH'), max_train_samples=args.max_train,
        max_eval_samples=2000)
    splits = pooled_vectors(options, args.slm, args.padding)
    config = load_config(find_model(args.llm, LLMS, args.cache_path), args.cache_path)
    out = Path(args.out)
    out.parent.mkdir(parents=True, exist_ok=True)
    rows = pd.read_csv(out, dtype={'arm': str}).to_dict('records') if out.exists() else []
    done = {(r['arm'], r['seed']) for r in rows}
    for seed in range(args.seeds):
        for name in ['base', 'identity', 'random', 'mlp', *map(str, range(config.num_hidden_layers))]:
            if (name, seed) in done: continue
            rows.append(measure(name, seed, splits, config, args))
            pd.DataFrame(rows).to_csv(out, index=False)
    table = pd.DataFrame(rows)
    print(table.groupby('arm')['test'].agg(['mean', 'std', 'count']).round(4).to_string())
    settings = dict(epochs=args.epochs, lr=args.lr, max_train=args.max_train)
    print(json.dumps(dict(dataset=args.dataset, runs=len(table), **settings)))

if __name__ == '__main__': main()
