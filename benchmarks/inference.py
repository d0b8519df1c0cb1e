"""What answering costs: the encoder alone, PiFi, folded, folded in int8, and ONNX of the folded model: `python benchmarks/inference.py`.

MiniLM with SmolLM2's layer 12, trained on 2,400 movie reviews, so that what rounding does to its answers can be seen:
accuracy, and how often a way says the same as PiFi. Then the shapes of BERT base and Llama 3.1 8B with random weights, where
only size and speed mean something. One thread; in every round each way answers the same texts, one after the other, and what is
told are medians over the rounds. `plug-in` counts the weights between encoder and head, in millions; the reference's code keeps
queries and keys too, which do not matter on one token. The last line is one JSON object; ratios above 1 are in favour of folding.
"""
import argparse, io, json, logging, statistics, tempfile, time, warnings
from pathlib import Path

import numpy as np, onnxruntime, pandas as pd, torch
from onnxruntime.quantization import quantize_dynamic as quantise_onnx
from torch.ao.quantization import quantize_dynamic
from transformers import AutoModel, BertConfig, LlamaConfig

from pifi.checkpoints import seed_everything
from pifi.experiments import Config, load_data
from pifi.hub.export import export_onnx
from pifi.llm.layers import build_layer, random_layer
from pifi.hub.modeling import PiFiForSequenceClassification
from pifi.models import PiFi, build_model
from pifi.llm.sources import drop_pooler
from pifi.train import Trainer

LLAMA_8B = dict(hidden_size=4096, intermediate_size=14336, num_hidden_layers=32, num_attention_heads=32, num_key_value_heads=8, vocab_size=128256)

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
    "Size, and a function from tokens to logits."
    def answer(batch):
        with torch.inference_mode(): return model(**batch).logits.numpy()
    return saved_bytes(model), answer

def as_onnx(file):
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    session = onnxruntime.InferenceSession(file, options, providers=['CPUExecutionProvider'])
    return file.stat().st_size, lambda batch: session.run(['logits'], {k: t.numpy() for k, t in batch.items()})[0]

def int8(model):
    "The linear layers' weights as int8, activations rounded as they come; torch calls this way deprecated, but the kernels of its successor are 20 times slower on a CPU without torch.compile."
    with warnings.catch_warnings():
        warnings.simplefilter('ignore')
        return quantize_dynamic(model, {torch.nn.Linear}, dtype=torch.qint8)

def ways(model, folded, base, tokenizer, folder):
    "Every way to answer: its name, its size in bytes, and a function from tokens to logits."
    found = {'base': as_torch(base), 'PiFi': as_torch(model), 'folded': as_torch(folded), 'folded, int8': as_torch(int8(folded))}
    file = export_onnx(folded, tokenizer, folder/'folded.onnx')
    quantise_onnx(file, folder/'int8.onnx')
    return found | {'folded, ONNX': as_onnx(file), 'folded, ONNX int8': as_onnx(folder/'int8.onnx')}

def latency(found, batches, rounds):
    "Seconds per batch of every way and round, the ways in turn."
    seconds = {name: [] for name in found}
    for turn in range(rounds + 1): # the first is to warm up
        for name, (_, answer) in found.items():
            started = time.perf_counter()
            for batch in batches: answer(batch)
            if turn: seconds[name].append((time.perf_counter()-started)/len(batches))
    return seconds

def plug_in_ratio(model, folded, args):
    "How much faster the folded plug-in is than the plug-in, without the encoder before it, on one pooled vector."
    pooled = torch.randn(1, model.pifi.head[0].in_features)
    def answer(pifi):
        def plug_in(c):
            with torch.inference_mode(): return pifi.plug_in(c)
        return 0, plug_in
    seconds = latency({'PiFi': answer(model.pifi), 'folded': answer(folded.pifi)}, [pooled]*args.single, args.rounds)
    return round(statistics.median(a/b for a, b in zip(seconds['PiFi'], seconds['folded'])), 2)

def plug_in_weights(pifi):
    return sum(p.numel() for part in (pifi.mapper_in, pifi.frozen_layer, pifi.mapper_out, pifi.folded) if part is not None for p in part.parameters())

def trained(args):
    "MiniLM and SmolLM2's layer 12 after two epochs; tokenizer and test split."
    config = Config(method='pifi', model_type='minilm', llm_model='smollm2', layer_num=12, task_dataset=args.dataset, padding='average_pooling_without_padding', num_epochs=2, learning_rate=2e-4, max_train_samples=args.max_train, num_workers=0, use_wandb=False, cache_path=args.cache_path)
    tokenizer, data = load_data(config)
    data['validation'] = data['validation'].select(range(100))
    seed_everything(config.seed)
    with tempfile.TemporaryDirectory() as d: model = Trainer(build_model(config, 2), data, tokenizer, config, d).fit()
    return PiFiForSequenceClassification.wrap(model.eval(), ['negative', 'positive']), tokenizer, data['test'].select(range(min(args.test_rows, len(data['test']))))

def random_8b():
    "The shapes of BERT base and Llama 3.1 8B."
    torch.manual_seed(0)
    frozen = random_layer(LlamaConfig(**LLAMA_8B), 12, 0)
    return PiFiForSequenceClassification.wrap(PiFi(drop_pooler(AutoModel.from_config(BertConfig())), 2, frozen).eval())

def without_plug_in(model):
    "The base model of the same encoder and head."
    base = PiFi(model.pifi.slm, 2, padding=model.pifi.padding)
    base.head = model.pifi.head
    return PiFiForSequenceClassification.wrap(base.eval())

def reference_weights(model):
    "Of the plug-in with queries and keys, as the reference's code keeps it."
    frozen = model.pifi.frozen_layer
    whole, _, _ = build_layer(frozen.config, frozen.index, full_layer=True)
    return sum(p.numel() for part in (whole, model.pifi.mapper_in, model.pifi.mapper_out) for p in part.parameters())

def measure(model, tokenizer, texts, labels, args, title):
    "A row per way, how much faster than PiFi each is for one text and for 32, and the folded model."
    folded = model.fold()
    tokens = lambda some: dict(tokenizer(some, truncation=True, max_length=100, padding=True, return_tensors='pt'))
    with tempfile.TemporaryDirectory() as d:
        found = ways(model, folded, without_plug_in(model), tokenizer, Path(d))
        one, many = latency(found, [tokens([t]) for t in texts[:args.single]], args.rounds), latency(found, [tokens(texts[i:i+32]) for i in range(0, args.batches*32, 32)], args.rounds)
        answers = {name: np.concatenate([answer(tokens(texts[i:i+32])) for i in range(0, len(texts), 32)]).argmax(-1) for name, (_, answer) in found.items()} if labels is not None else {}
    weights, rows = {'base': 0, 'PiFi': plug_in_weights(model.pifi)}, []
    for name, (size, _) in found.items():
        row = dict(models=title, way=name, plug_in_millions=round(weights.get(name, plug_in_weights(folded.pifi))/1e6, 1), megabytes=round(size/1e6, 1), one_text_ms=round(statistics.median(one[name])*1e3, 2), batch_of_32_ms=round(statistics.median(many[name])*1e3, 1))
        if answers and name != 'base': row |= dict(accuracy=round(float((answers[name] == labels).mean()), 4), same_as_pifi=round(float((answers[name] == answers['PiFi']).mean()), 4))
        rows.append(row)
    ratio = lambda seconds, way: round(statistics.median(a/b for a, b in zip(seconds['PiFi'], seconds[way])), 2)
    return rows, {way: (ratio(one, way), ratio(many, way)) for way in found}, folded

def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument('--dataset', default='mr'); p.add_argument('--max_train', type=int, default=2400); p.add_argument('--test_rows', type=int, default=1000); p.add_argument('--cache_path', default='./cache')
    p.add_argument('--rounds', type=int, default=5); p.add_argument('--single', type=int, default=20, help="texts answered one by one"); p.add_argument('--batches', type=int, default=1, help="batches of 32")
    p.add_argument('--out', help="a CSV file for the rows")
    args = p.parse_args()
    torch.set_num_threads(1)
    logging.getLogger().setLevel(logging.ERROR) # onnxruntime advises what makes no difference here
    small, tokenizer, test = trained(args)
    texts = list(test['text'])
    rows, small_ratios, _ = measure(small, tokenizer, texts, np.array(test['label']), args, 'MiniLM × SmolLM2')
    big = random_8b()
    more, ratios, folded = measure(big, tokenizer, texts, None, args, 'BERT base × Llama 3.1 8B')
    table = pd.DataFrame(rows + more)
    print(table.to_string(index=False, na_rep=''))
    if args.out: table.to_csv(args.out, index=False)
    whole, weights = reference_weights(big), plug_in_weights(folded.pifi)
    accuracy = {r['way']: r for r in rows}
    print(json.dumps(dict(size_ratio=round(whole/weights, 2), latency_ratio=ratios['folded'][0], latency_ratio_batch=ratios['folded'][1], plug_in_weights_reference=whole, plug_in_weights_folded=weights, plug_in_latency_ratio=plug_in_ratio(big, folded, args), latency_ratio_int8=ratios['folded, int8'][0], latency_ratio_onnx=ratios['folded, ONNX'][0],
                          small_latency_ratio=small_ratios['folded'][0], small_latency_ratio_onnx=small_ratios['folded, ONNX'][0], accuracy_pifi=accuracy['PiFi']['accuracy'], accuracy_change_int8=round(accuracy['folded, int8']['accuracy']-accuracy['PiFi']['accuracy'], 4), same_answers_int8=accuracy['folded, int8']['same_as_pifi'])))

if __name__ == '__main__': main()
