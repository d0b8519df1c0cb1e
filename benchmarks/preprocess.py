"""Compare preprocessing, and reading it back, with one row at a time and pickles: rows per second.

    python benchmarks/preprocess.py            # mr, sst2 and imdb; those that are not embedded need PIFI_DATA_PATH

`row by row` is how the reference code does it: BeautifulSoup, one call of the tokenizer, padding to `--max_seq_len`,
one tensor a column and row, and a pickle for each split. Its rows are read beforehand; `ours` reads, checks, cuts,
cleans, tokenises and writes Arrow, all counted. The two take turns in one process, each time into an empty folder.
`from cache` is the same call of `prepare` once more. The last line is one JSON object; its ratios are the smallest over
the data sets. On a machine that does other work too, `cpu_ratio` (processor seconds of all threads) says more than the
clock.
"""
import argparse, gc, json, os, pickle, tempfile, time, warnings
from pathlib import Path

import bs4, pandas as pd, torch

from pifi.data import DATASETS, DataOptions, find_source, prepare
from pifi.llm.sources import SLMS, find_model, load_tokenizer

def row_by_row(frame, tokenizer, max_seq_len):
    "Tokenise a split into lists of padded tensors, one per column."
    columns = {'labels': [torch.tensor(label) for label in frame['label']]}
    for text in frame['text']:
        text = ' '.join(bs4.BeautifulSoup(text, 'html.parser').get_text().split())
        row = tokenizer(text, padding='max_length', truncation=True, max_length=max_seq_len, return_tensors='pt')
        for name, ids in row.items(): columns.setdefault(name, []).append(ids.squeeze(0))
    return columns

def clocked(function, *args):
    "Measure seconds, and processor seconds of all threads together."
    started, cpu = time.perf_counter(), time.process_time()
    function(*args)
    return time.perf_counter() - started, time.process_time() - cpu

def options_for(name, args, folder):
    return DataOptions(task_dataset=name, data_path=os.environ.get('PIFI_DATA_PATH'), preprocess_path=folder,
                       max_seq_len=args.max_seq_len)

def read(name, args): return find_source(name, options_for(name, args, '')).read()

def write_pickles(frames, folder, tokenizer, max_seq_len):
    for split, frame in frames.items():
        with open(folder/f'{split}.pkl', 'wb') as f: pickle.dump(row_by_row(frame, tokenizer, max_seq_len), f)

def read_pickles(frames, folder): return {split: pickle.loads((folder/f'{split}.pkl').read_bytes()) for split in frames}

def one_round(name, tokenizer, args):
    "Measure the seconds of both ways; what the first leaves in memory is freed before the second."
    with tempfile.TemporaryDirectory() as d:
        options, frames, measured = options_for(name, args, f'{d}/ours'), read(name, args), {}
        measured['row by row'] = clocked(write_pickles, frames, Path(d), tokenizer, args.max_seq_len)
        measured['pickle.load'] = clocked(read_pickles, frames, Path(d))
        gc.collect()
        measured['ours'] = clocked(lambda: prepare(name, options, tokenizer, log=lambda line: None))
        measured['from cache'] = clocked(prepare, name, options, tokenizer)
    seconds = {way: wall for way, (wall, _) in measured.items()}
    return seconds | {f'{way} CPU': measured[way][1] for way in ('row by row', 'ours')}

def same_tokens(name, tokenizer, args):
    "Compute the fraction of rows with the same tokens in both; BeautifulSoup joins words that a tag parted."
    with tempfile.TemporaryDirectory() as d:
        data = prepare(name, options_for(name, args, d), tokenizer, log=lambda line: None)
        ours = {tuple(ids) for split in data.values() for ids in split['input_ids']}
    padded = row_by_row(read(name, args)['train'].head(1000), tokenizer, args.max_seq_len)['input_ids']
    rows = [tuple(ids[ids != tokenizer.pad_token_id].tolist()) for ids in padded]
    return sum(row in ours for row in rows)/len(rows)

def measure(name, tokenizer, args):
    "Measure a line of the table: medians over the rounds."
    seconds = pd.DataFrame([one_round(name, tokenizer, args) for _ in range(args.repeats)])
    print(f"{name}, seconds of every round\n{seconds.round(3).to_string(index=False)}", flush=True)
    median, rows = seconds.median(), sum(map(len, read(name, args).values()))
    speed = seconds['row by row']/seconds['ours']
    def ratio(slow, fast, digits): return round(median[slow]/median[fast], digits)
    return dict(
        dataset=name, rows=rows, row_by_row_rows_per_s=round(rows/median['row by row']),
        ours_rows_per_s=round(rows/median['ours']), speed_ratio=ratio('row by row', 'ours', 2),
        lowest=round(speed.min(), 2), highest=round(speed.max(), 2),
        cpu_ratio=ratio('row by row CPU', 'ours CPU', 2), from_cache_ms=round(1000*median['from cache'], 1),
        cache_ratio=ratio('row by row', 'from cache', 1), pickle_load_ratio=ratio('pickle.load', 'from cache', 1),
        same_tokens=same_tokens(name, tokenizer, args))

def parse_args():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument('--datasets', nargs='+', default=['mr', 'sst2', 'imdb'])
    p.add_argument('--model', default='minilm')
    p.add_argument('--max_seq_len', type=int, default=100)
    p.add_argument('--repeats', type=int, default=5)
    p.add_argument('--out', default='benchmarks/results/preprocess.csv')
    p.add_argument('--cache_path', default='./cache')
    return p.parse_args()

def main():
    args = parse_args()
    # some texts look like file names to BeautifulSoup
    warnings.filterwarnings('ignore', category=bs4.MarkupResemblesLocatorWarning)
    tokenizer = load_tokenizer(find_model(args.model, SLMS, args.cache_path), args.cache_path)
    names = [n for n in args.datasets if DATASETS[n].embedded or os.environ.get('PIFI_DATA_PATH')]
    table = pd.DataFrame([measure(n, tokenizer, args) for n in names])
    table.to_csv(args.out, index=False)
    print('\n' + table.to_string(index=False))
    measures = ['speed_ratio', 'cpu_ratio', 'cache_ratio', 'same_tokens']
    smallest = {name: float(table[name].min()) for name in ('speed_ratio', 'cache_ratio')}
    print(json.dumps(dict(**smallest, repeats=args.repeats, threads=os.cpu_count(),
                          datasets=table.set_index('dataset')[measures].to_dict('index'))))

if __name__ == '__main__': main()
