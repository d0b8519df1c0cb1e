"""Measure what 500 runs cost besides their training: planning, overhead of a run, reading results back.

    python benchmarks/studies.py

A stub stands in the trainer's place, so that all that is measured is the study's own. The last line is one JSON object.
"""
import json, tempfile, time
from dataclasses import replace
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
    "Return immediately a result of the usual size, with the predictions of 1,000 rows."
    file = Path(config.result_path)/'classification'/config.task_dataset/'predictions.parquet'
    file.parent.mkdir(parents=True, exist_ok=True)
    rows = np.arange(1000)
    predicted = (rows*7 + config.seed + config.layer_num) % 3 % 2
    pd.DataFrame(dict(row=rows, label=rows % 2, predicted=predicted)).to_parquet(file)
    return dict(accuracy=.5, macro_f1=.5, mcc=0., n_test=1000, validation_accuracy=.5, best_epoch=1, seconds=0.,
                examples_per_second=1., layer=config.layer_num, history=[dict(epoch=e) for e in range(3)])

SETTINGS = dict(cache_path='cache', use_wandb=False)

def seconds(f):
    started = time.perf_counter()
    result = f()
    return time.perf_counter() - started, result

def run_stubs(runs, folder):
    for run in runs: stub(replace(run.config, result_path=f'{folder}/{run.key}'))

def run_study(file, folder, log): return do_study(read_study(file), folder, trainer=stub, log=log, **SETTINGS)

def main():
    with tempfile.TemporaryDirectory() as d:
        file, out = Path(d)/'study.yaml', Path(d)/'out'
        file.write_text(STUDY)
        planning, runs = seconds(lambda: plan_runs(read_study(file), **SETTINGS))
        stubbed, _ = seconds(lambda: run_stubs(runs, f'{d}/alone'))
        running, failed = seconds(lambda: run_study(file, out, lambda line: None))
        assert not failed and all(finished(r, out) for r in runs) and len({r.key for r in runs}) == 500
        reading, study = seconds(lambda: Study.load(out))
        assert len(study.runs) == 500
        again, _ = seconds(lambda: run_study(file, out, print))
        summary, table = seconds(study.summary)
    overhead = 1000*(running - stubbed - planning)/500
    print(f"planning 500 runs {planning:.2f} s; overhead {overhead:.1f} ms a run; skipping all 500 {again:.2f} s; "
          f"reading 500 results {reading:.2f} s; summary of {len(table)} rows with intervals {summary:.1f} s")
    print(json.dumps(dict(
        planning_seconds=round(planning, 3), overhead_ms=round(overhead, 2), skipping_seconds=round(again, 3),
        reading_seconds=round(reading, 3), summary_seconds=round(summary, 2))))

if __name__ == '__main__': main()
