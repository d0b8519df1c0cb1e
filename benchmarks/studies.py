"""What 500 runs cost beside their training: planning, overhead of a run, reading results back.

    python benchmarks/studies.py

A stub stands in the trainer's place, so that all that is measured is the study's own. The last line is one JSON object.
"""
import json, tempfile, time
from pathlib import Path

import numpy as np, pandas as pd

from pifi.study.report import Study
from pifi.study.running import do_study, finished
from pifi.study.plan import plan_runs, read_study

STUDY = """
task_dataset: [mr, trec, subj, cr, imdb]
model_type: minilm
llm_model: smollm2
method: pifi
layer_num: [0, 4, 8, 12, 16, 20, 24, 26, 28, 29]
seeds: [1, 2, 3, 4, 5, 6, 7, 8, 9, 10]
"""

def stub(config):
    "A result of the usual size, with the predictions of 1,000 rows, at once."
    file = Path(config.result_path)/'classification'/config.task_dataset/'predictions.parquet'
    file.parent.mkdir(parents=True, exist_ok=True)
    rows = np.arange(1000)
    pd.DataFrame(dict(row=rows, label=rows % 2, predicted=(rows*7 + config.seed + config.layer_num) % 3 % 2)).to_parquet(file)
    return dict(accuracy=.5, macro_f1=.5, mcc=0., n_test=1000, validation_accuracy=.5, best_epoch=1, seconds=0., examples_per_second=1., layer=config.layer_num, history=[dict(epoch=e) for e in range(3)])

def seconds(f):
    started = time.perf_counter()
    result = f()
    return time.perf_counter() - started, result

def main():
    with tempfile.TemporaryDirectory() as d:
        (Path(d)/'study.yaml').write_text(STUDY)
        settings = dict(cache_path='cache', use_wandb=False)
        planning, runs = seconds(lambda: plan_runs(read_study(Path(d)/'study.yaml'), **settings))
        stubbed, _ = seconds(lambda: [stub(r.config.__class__(**{**r.config.__dict__, 'result_path': f'{d}/alone/{r.key}'})) for r in runs])
        doing, failed = seconds(lambda: do_study(read_study(Path(d)/'study.yaml'), Path(d)/'out', trainer=stub, log=lambda line: None, **settings))
        assert not failed and all(finished(r, Path(d)/'out') for r in runs) and len({r.key for r in runs}) == 500
        reading, study = seconds(lambda: Study.load(Path(d)/'out'))
        assert len(study.runs) == 500
        again, _ = seconds(lambda: do_study(read_study(Path(d)/'study.yaml'), Path(d)/'out', trainer=stub, log=print, **settings))
        summary, table = seconds(study.summary)
    overhead = 1000*(doing - stubbed - planning)/500
    print(f"planning 500 runs {planning:.2f} s; overhead {overhead:.1f} ms a run; skipping all 500 {again:.2f} s; reading 500 results {reading:.2f} s; summary of {len(table)} rows with intervals {summary:.1f} s")
    print(json.dumps(dict(planning_seconds=round(planning, 3), overhead_ms=round(overhead, 2), skipping_seconds=round(again, 3), reading_seconds=round(reading, 3), summary_seconds=round(summary, 2))))

if __name__ == '__main__': main()
