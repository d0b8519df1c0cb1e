"""Measure inference: the encoder alone, PiFi, folded, folded in int8, and ONNX of the folded model.

    python benchmarks/inference.py

MiniLM with SmolLM2's layer 12 is trained on 2,400 movie reviews, so that the effect of rounding shows: accuracy, and
how often a way agrees with PiFi. BERT base and Llama 3.1 8B follow with their shapes and random weights, where only
size and speed mean something. One thread; in every round each way answers the same texts, one after the other, and the
table has medians over the rounds. `plug-in` counts the weights between encoder and head, in millions; the reference's
code keeps queries and keys too, which do not matter on one token. The last line is one JSON object; ratios above 1 are
in favour of folding.
"""
import argparse, io, json, logging, statistics, tempfile, time, warnings
from pathlib import Path

import numpy as np, onnxruntime, pandas as pd, torch
from onnxruntime.quantization import quantize_dynamic as quantise_onnx
from torch.ao.quantization import quantize_dynamic
from transformers import AutoModel, BertConfig, LlamaConfig

from pifi.checkpoints import seed_everything
from pifi.config import Config
from pifi.experiments import load_data
from pifi.hub.export import export_onnx
from pifi.llm.layers import build_layer, random_layer
from pifi.hub.modeling import PiFiForSequenceClassification
from pifi.models import PiFi, build_model
from pifi.llm.sources import drop_pooler
from pifi.train import Trainer

LLAMA_8B = dict(hidden_size=4096, intermediate_size=14336, num_hidden_layers=32, num_attention_heads=32,
                num_key_value_heads=8, vocab_size=128256)

class Counter(io.RawIOBase):
    "A file that only counts what is written to it."
    size = 0
    def writable(self): return True
    def write(self, data):
        self.size += len(data)
        return len(data)

def saved_bytes(model):
    torch.save(model.state_dict(), counter := Counter())
    return counter.size

def as_torch(model):
    "Give a model's size, and a function from tokens to logits."
    def answer(batch):
        with torch.inference_mode(): return model(**batch).logits.numpy()
    return saved_bytes(model), answer

def as_onnx(file):
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    session = onnxruntime.InferenceSession(file, options, providers=['CPUExecutionProvider'])
    def answer(batch): return session.run(['logits'], {k: t.numpy() for k, t in batch.items()})[0]
    return file.stat().st_size, answer

def int8(model):
    "Round the linear layers' weights to int8; activations are rounded as they come."
    # torch deprecates this, but the kernels of its successor are 20 times slower on a CPU without torch.compile
    with warnings.catch_warnings():
        warnings.simplefilter('ignore')
        return quantize_dynamic(model, {torch.nn.Linear}, dtype=torch.qint8)

def ways(model, folded, base, tokenizer, folder):
    "Collect every way to answer: its name, its size in bytes, and a function from tokens to logits."
    models = {'base': base, 'PiFi': model, 'folded': folded, 'folded, int8': int8(folded)}
    file = export_onnx(folded, tokenizer, folder/'folded.onnx')
    quantise_onnx(file, folder/'int8.onnx')
    onnx = {'folded, ONNX': as_onnx(file), 'folded, ONNX int8': as_onnx(folder/'int8.onnx')}
    return {name: as_torch(model) for name, model in models.items()} | onnx

def latency(ways, batches, rounds):
    "Measure the seconds per batch of every way and round, the ways in turn."
    seconds = {name: [] for name in ways}
    for turn in range(rounds + 1): # the first round warms up
        for name, (_, answer) in ways.items():
            started = time.perf_counter()
            for batch in batches: answer(batch)
            if turn: seconds[name].append((time.perf_counter()-started)/len(batches))
    return seconds

def plug_in_ratio(model, folded, args):
    "Tell how much faster the folded plug-in is than the plug-in, on one pooled vector, without the encoder."
    pooled = torch.randn(1, model.pifi.classifier[0].in_features)
    def answer(pifi):
        def plug_in(c):
            with torch.inference_mode(): return pifi.plug_in(c)
        return 0, plug_in
    seconds = latency({'PiFi': answer(model.pifi), 'folded': answer(folded.pifi)}, [pooled]*args.single, args.rounds)
    return median_ratio(seconds, 'folded')

def median_ratio(seconds, way):
    "Tell how many times as fast as PiFi a way is."
    return round(statistics.median(a/b for a, b in zip(seconds['PiFi'], seconds[way])), 2)

def count_weights(*parts):
    return sum(weight.numel() for part in parts if part is not None for weight in part.parameters())

def plug_in_weights(pifi): return count_weights(pifi.mapper_in, pifi.frozen_layer, pifi.mapper_out, pifi.folded)

def trained(args):
    "Train MiniLM with SmolLM2's layer 12 for two epochs; returns the model, its tokenizer and the test split."
    config = Config(
        method='pifi', model_type='minilm', llm_model='smollm2', layer_num=12, task_dataset=args.dataset,
        padding='average_pooling_without_padding', num_epochs=2, learning_rate=2e-4, max_train_samples=args.max_train,
        num_workers=0, use_wandb=False, cache_path=args.cache_path)
    tokenizer, data = load_data(config)
    data['validation'] = data['validation'].select(range(100))
    seed_everything(config.seed)
    with tempfile.TemporaryDirectory() as d: model = Trainer(build_model(config, 2), data, tokenizer, config, d).fit()
    test = data['test'].select(range(min(args.test_rows, len(data['test']))))
    return PiFiForSequenceClassification.wrap(model.eval(), ['negative', 'positive']), tokenizer, test

def random_8b():
    "Build a model with the shapes of BERT base and Llama 3.1 8B."
    torch.manual_seed(0)
    frozen = random_layer(LlamaConfig(**LLAMA_8B), 12, 0)
    encoder = drop_pooler(AutoModel.from_config(BertConfig()))
    return PiFiForSequenceClassification.wrap(PiFi(encoder, 2, frozen).eval())

def without_plug_in(model):
    "Build the base model of the same encoder and head."
    base = PiFi(model.pifi.slm, 2, padding=model.pifi.padding)
    base.classifier = model.pifi.classifier
    return PiFiForSequenceClassification.wrap(base.eval())

def reference_weights(model):
    "Count the plug-in's weights with queries and keys, as the reference's code keeps it."
    frozen = model.pifi.frozen_layer
    whole, _, _ = build_layer(frozen.config, frozen.index, full_layer=True)
    return count_weights(whole, model.pifi.mapper_in, model.pifi.mapper_out)

def token_batches(tokenizer, texts, size):
    "Tokenise texts in batches."
    options = dict(truncation=True, max_length=100, padding=True, return_tensors='pt')
    return [dict(tokenizer(texts[i:i+size], **options)) for i in range(0, len(texts), size)]

def agreement(a, b): return round(float((a == b).mean()), 4)

def measure(model, tokenizer, texts, labels, args, title):
    "Measure a row per way, how much faster than PiFi each is for one text and for 32, and fold the model."
    folded = model.fold()
    with tempfile.TemporaryDirectory() as d:
        measured = ways(model, folded, without_plug_in(model), tokenizer, Path(d))
        one = latency(measured, token_batches(tokenizer, texts[:args.single], 1), args.rounds)
        many = latency(measured, token_batches(tokenizer, texts[:args.batches*32], 32), args.rounds)
        answers = {}
        for name, (_, answer) in measured.items() if labels is not None else ():
            logits = [answer(batch) for batch in token_batches(tokenizer, texts, 32)]
            answers[name] = np.concatenate(logits).argmax(-1)
    weights, rows = {'base': 0, 'PiFi': plug_in_weights(model.pifi)}, []
    for name, (size, _) in measured.items():
        millions = weights.get(name, plug_in_weights(folded.pifi))/1e6
        one_ms, many_ms = (1e3*statistics.median(seconds[name]) for seconds in (one, many))
        row = dict(models=title, way=name, plug_in_millions=round(millions, 1), megabytes=round(size/1e6, 1),
                   one_text_ms=round(one_ms, 2), batch_of_32_ms=round(many_ms, 1))
        if answers and name != 'base':
            row['accuracy'] = agreement(answers[name], labels)
            row['same_as_pifi'] = agreement(answers[name], answers['PiFi'])
        rows.append(row)
    return rows, {way: (median_ratio(one, way), median_ratio(many, way)) for way in measured}, folded

def parse_args():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument('--dataset', default='mr')
    p.add_argument('--max_train', type=int, default=2400)
    p.add_argument('--test_rows', type=int, default=1000)
    p.add_argument('--cache_path', default='./cache')
    p.add_argument('--rounds', type=int, default=5)
    p.add_argument('--single', type=int, default=20, help="texts answered one by one")
    p.add_argument('--batches', type=int, default=1, help="batches of 32")
    p.add_argument('--out', help="a CSV file for the rows")
    return p.parse_args()

def main():
    args = parse_args()
    torch.set_num_threads(1)
    logging.getLogger().setLevel(logging.ERROR) # onnxruntime's advice makes no difference here
    small, tokenizer, test = trained(args)
    texts = list(test['text'])
    rows, small_ratios, _ = measure(small, tokenizer, texts, np.array(test['label']), args, 'MiniLM × SmolLM2')
    big = random_8b()
    more, ratios, folded = measure(big, tokenizer, texts, None, args, 'BERT base × Llama 3.1 8B')
    table = pd.DataFrame(rows + more)
    print(table.to_string(index=False, na_rep=''))
    if args.out: table.to_csv(args.out, index=False)
    whole, weights = reference_weights(big), plug_in_weights(folded.pifi)
    by_way = {row['way']: row for row in rows}
    pifi, rounded = by_way['PiFi'], by_way['folded, int8']
    print(json.dumps(dict(
        size_ratio=round(whole/weights, 2), latency_ratio=ratios['folded'][0], latency_ratio_batch=ratios['folded'][1],
        plug_in_weights_reference=whole, plug_in_weights_folded=weights,
        plug_in_latency_ratio=plug_in_ratio(big, folded, args),
        latency_ratio_int8=ratios['folded, int8'][0], latency_ratio_onnx=ratios['folded, ONNX'][0],
        small_latency_ratio=small_ratios['folded'][0], small_latency_ratio_onnx=small_ratios['folded, ONNX'][0],
        accuracy_pifi=pifi['accuracy'], accuracy_change_int8=round(rounded['accuracy']-pifi['accuracy'], 4),
        same_answers_int8=rounded['same_as_pifi'])))

if __name__ == '__main__': main()
