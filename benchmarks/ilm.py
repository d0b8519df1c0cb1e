"""Compare streamed layer selection with loading the whole LLM: time, peak memory, and the same features.

    python benchmarks/ilm.py            # SmolLM2, 400 sentences, and a checkpoint with Llama-3.1-8B's shapes

Each way runs in a process of its own, in turn; time and memory are those of the whole process. `whole` is the usual
way: all weights in float32, `output_hidden_states=True`, texts in the order they come, padded to
`--pad max_length` (128 tokens, the reference's) or to the `longest` of the batch, scored layer by layer with
scikit-learn. The last line is one JSON object.
"""
import argparse, json, math, resource, statistics, struct, subprocess, sys, tempfile, time
from pathlib import Path

def sample(n, cache_path):
    from pifi.data import DataOptions, load_splits
    from pifi.ilm_selection import sample_rows
    train = load_splits('mr', DataOptions(task_dataset='mr', cache_path=cache_path))[0]['train']
    rows = sample_rows(train['label'].to_numpy(), n, 2023)
    return train['text'].iloc[rows].tolist(), train['label'].to_numpy()[rows]

def whole(args, features_file):
    "Hold everything in memory at once; writes the mean-pooled features and returns the chosen layer."
    import numpy as np
    texts, y = sample(args.samples, args.cache_path)
    features = whole_features(args, texts)
    np.save(features_file, features)
    depths = np.arange(len(features))/(len(features)-1)
    scores = [layer_score(x, y)*(1 - .3*depth) for x, depth in zip(features, depths)]
    return int(np.argmax(scores))

def whole_features(args, texts): # (layers, n, width)
    "Pool the hidden states of a model that is loaded whole."
    import torch
    from transformers import AutoModel
    from pifi.llm.layers import decoder_layers
    from pifi.llm.sources import LLMS, find_model, is_gguf, load_tokenizer
    source = find_model(args.llm, LLMS, args.cache_path)
    gguf = dict(gguf_file=Path(source).name) if is_gguf(source) else {}
    model = AutoModel.from_pretrained(Path(source).parent if gguf else source, dtype=torch.float32, **gguf).eval()
    tokenizer, pooled, last = load_tokenizer(source, args.cache_path), [], []
    # hidden_states[-1] is normed; the last layer's own output is taken from the layer
    def keep_output(module, inputs, out): last.append(out[0] if isinstance(out, tuple) else out)
    decoder_layers(model)[1][-1].register_forward_hook(keep_output)
    padding = dict(truncation=True, max_length=128, padding=args.pad, return_tensors='pt')
    with torch.inference_mode():
        for start in range(0, len(texts), 16):
            batch = tokenizer(texts[start:start+16], **padding)
            states = [*model(**batch, output_hidden_states=True, use_cache=False).hidden_states[1:-1], last.pop()]
            mask = batch['attention_mask'].unsqueeze(-1)
            pooled.append(torch.stack([(h*mask).sum(1)/mask.sum(1) for h in states]))
    return torch.cat(pooled, 1).numpy()

def layer_score(x, y):
    "Score one layer's vectors with scikit-learn."
    from sklearn.decomposition import PCA
    from sklearn.linear_model import LogisticRegression
    from sklearn.metrics import silhouette_score
    from sklearn.model_selection import train_test_split
    from sklearn.preprocessing import normalize
    pcs = PCA(16, random_state=2023).fit_transform(normalize(x))
    x_train, x_test, y_train, y_test = train_test_split(pcs, y, test_size=.2, random_state=2023, stratify=y)
    probe = LogisticRegression(max_iter=1000).fit(x_train, y_train).score(x_test, y_test)
    a, b = pcs[y == 0], pcs[y == 1]
    between = ((a.mean(0)-b.mean(0))**2).sum()
    within = ((a-a.mean(0))**2).sum(1).mean() + ((b-b.mean(0))**2).sum(1).mean()
    return .4*probe + .3*between/within + .3*silhouette_score(pcs, y)

def streamed(args, features_file):
    "Select the layer as the package does."
    import numpy as np
    from pifi.config import SelectionOptions
    from pifi.ilm_selection import score_layers
    from pifi.llm.streaming import stream_features
    texts, y = sample(args.samples, args.cache_path)
    options = SelectionOptions(cache_path=args.cache_path)
    features = stream_features(args.llm, texts, options)
    chosen = score_layers(features, y, options).best_layer
    np.save(features_file, features.vectors['mean'].numpy())
    return chosen

def write_sparse_checkpoint(folder, llm, cache_path, shards=4, layers=32):
    "Write a sharded bf16 checkpoint with Llama-3.1-8B's shapes and zeros for weights, as sparse files."
    import torch
    from transformers import AutoModelForCausalLM, LlamaConfig
    from pifi.llm.sources import LLMS, find_model, load_tokenizer
    config = LlamaConfig(
        vocab_size=128256, hidden_size=4096, intermediate_size=14336, num_hidden_layers=layers, num_attention_heads=32,
        num_key_value_heads=8, rope_theta=500000., rms_norm_eps=1e-5, tie_word_embeddings=False, dtype='bfloat16')
    config.save_pretrained(folder)
    load_tokenizer(find_model(llm, LLMS, cache_path), cache_path).save_pretrained(folder)
    with torch.device('meta'): weights = AutoModelForCausalLM.from_config(config).state_dict()
    names, index = list(weights), {}
    for s in range(shards):
        file = f'model-{s+1:05}-of-{shards:05}.safetensors'
        shard = names[s*len(names)//shards:(s+1)*len(names)//shards]
        write_sparse_shard(folder/file, {name: list(weights[name].shape) for name in shard})
        index.update(dict.fromkeys(shard, file))
    (folder/'model.safetensors.index.json').write_text(json.dumps(dict(metadata={}, weight_map=index)))

def write_sparse_shard(file, shapes):
    "Write a safetensors file of bf16 zeros that takes no room on disk."
    header, offset = {}, 0
    for name, shape in shapes.items():
        size = 2*math.prod(shape)
        header[name] = dict(dtype='BF16', shape=shape, data_offsets=[offset, offset+size])
        offset += size
    text = json.dumps(header).encode()
    text += b' '*(-len(text) % 8)
    with open(file, 'wb') as f:
        f.write(struct.pack('<Q', len(text)) + text)
        f.truncate(8 + len(text) + offset)

def eight_b(args, folder):
    "Stream a handful of texts through 8B shapes."
    from pifi.config import SelectionOptions
    from pifi.llm.streaming import stream_features
    texts, _ = sample(8, args.cache_path)
    features = stream_features(str(folder), texts, SelectionOptions(cache_path=str(folder)))
    return list(features.vectors['mean'].shape)

def measured(way, args, *extra):
    "Run one way in a process of its own; returns seconds, peak megabytes, and its result."
    given = ['--llm', args.llm, '--samples', str(args.samples), '--pad', args.pad, '--cache_path', args.cache_path]
    command = [sys.executable, __file__, '--way', way, *given, *extra]
    started = time.perf_counter()
    done = subprocess.run(command, capture_output=True, text=True)
    seconds = time.perf_counter() - started
    if done.returncode: sys.exit(done.stderr)
    result = json.loads(done.stdout.splitlines()[-1])
    padding = args.pad if way == 'whole' else ''
    cost = f"{seconds:6.1f} s {result['peak_mb']:6.0f} MB"
    print(f"{way:9} {padding:10} {cost}  {result['returned']}", flush=True)
    return dict(seconds=seconds, **result)

def relative_difference(a, b): return abs(a-b).max()/abs(a).max()

def compare(args, folder):
    "Alternate the two ways, and compute ratios of the medians."
    import numpy as np
    runs = {'whole': [], 'streamed': []}
    for _ in range(args.repeats):
        for way in runs: runs[way].append(measured(way, args, '--file', f'{folder}/{way}.npy'))
    a, b = np.load(f'{folder}/whole.npy'), np.load(f'{folder}/streamed.npy')
    difference = max(float(relative_difference(x, y)) for x, y in zip(a, b))
    def median(way, measure): return statistics.median(run[measure] for run in runs[way])
    def ratio(measure): return round(median('streamed', measure)/median('whole', measure), 3)
    same_layer = runs['whole'][0]['returned'] == runs['streamed'][0]['returned']
    return dict(time_ratio=ratio('seconds'), memory_ratio=ratio('peak_mb'),
                largest_relative_difference=difference, same_layer=same_layer)

def parse_args():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument('--llm', default='smollm2')
    p.add_argument('--samples', type=int, default=400)
    p.add_argument('--pad', choices=['max_length', 'longest'], default='max_length')
    p.add_argument('--repeats', type=int, default=3)
    p.add_argument('--cache_path', default='./cache')
    p.add_argument('--way', help=argparse.SUPPRESS)
    p.add_argument('--file', help=argparse.SUPPRESS)
    return p.parse_args()

def main():
    args = parse_args()
    if args.way:
        returned = dict(whole=whole, streamed=streamed, eight_b=eight_b)[args.way](args, args.file)
        print(json.dumps(dict(returned=returned, peak_mb=resource.getrusage(resource.RUSAGE_SELF).ru_maxrss/1024)))
        return
    from pifi.llm.sources import LLMS, as_directory, find_model
    # a GGUF file's vocabulary is read once, before anything is measured
    as_directory(find_model(args.llm, LLMS, args.cache_path), args.cache_path)
    with tempfile.TemporaryDirectory() as d:
        result = compare(args, d)
        args.pad = 'longest'
        longest = compare(args, d)
        result |= {f'{name}_against_longest': longest[name] for name in ('time_ratio', 'memory_ratio')}
        folder = Path(d)/'llama-8b-shapes'
        folder.mkdir()
        write_sparse_checkpoint(folder, args.llm, args.cache_path)
        result['eight_b_peak_mb'] = round(measured('eight_b', args, '--file', str(folder))['peak_mb'])
    print(json.dumps(result))

if __name__ == '__main__': main()
