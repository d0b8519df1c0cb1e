"""Train, test and write results on every data set of the manual that is at hand: `python .ci/run_datasets.py FOLDER`.

All runs share one process and are set up by the variables of the shell scripts. Data sets that are neither embedded
nor in PIFI_DATA_PATH are named and skipped.
"""
import json, os, sys

from pifi.config import Config, configs_from_environment
from pifi.data import find_source
from pifi.experiments import run_folder, run_job

MANUAL = {'classification': 'sst2 imdb cola trec subj agnews mr cr tweet_sentiment_binary tweet_offensive',
          'entailment': 'mnli snli'}
SMALL = ['--max_train_samples', '64', '--max_eval_samples', '64']

def variables(folder:str) -> dict[str, str]:
    "Set the variables of the scripts, except the data sets."
    paths = {f'{kind}_PATH': f'{folder}/{kind.lower()}' for kind in ('PREPROCESS', 'MODEL', 'CHECKPOINT', 'RESULT')}
    data = {'PIFI_DATA_PATH': os.environ.get('PIFI_DATA_PATH', '')}
    return dict(MODE='pifi', MODEL='minilm', LLM='smollm2', EPOCHS='1', WORKERS='0', USE_WANDB='false', **paths, **data)

def is_at_hand(config:Config) -> bool: return find_source(config.task_dataset, config).kind != 'hub'

def run(config:Config):
    result = run_job(config)
    file = run_folder(config.result_path, config, result['layer'])/'test_results.json'
    written = json.loads(file.read_text())
    assert written['test_dataset'] == config.task_dataset and written['n_test'] == 64, written
    assert 0 <= written['accuracy'] <= 1, written

def main(folder:str):
    configs, env = [], variables(folder)
    for task, names in MANUAL.items(): configs += configs_from_environment(task, {**env, 'DATASETS': names}, SMALL)
    here = [config for config in configs if is_at_hand(config)]
    for config in here: run(config)
    names = [config.task_dataset for config in here]
    print(f"ran: {' '.join(names)}")
    left = [config.task_dataset for config in configs if config not in here]
    if left: print(f"not at hand (set PIFI_DATA_PATH): {' '.join(left)}")
    assert {'mr', 'imdb'} <= set(names), names

if __name__ == '__main__': main(sys.argv[1])
