"""Train, test and write results on every data set of the manual that is at hand: `python .ci/run_datasets.py FOLDER`.

All in one process, by the variables of the shell scripts. Those that are neither embedded nor in PIFI_DATA_PATH are named.
"""
import json, os, sys

from pifi.data import DataOptions, find_source
from pifi.experiments import configs_from_environment, run_folder, run_job

MANUAL = {'classification': 'sst2 imdb cola trec subj agnews mr cr tweet_sentiment_binary tweet_offensive', 'entailment': 'mnli snli'}

def at_hand(name, task): return find_source(name, DataOptions(task=task, task_dataset=name, data_path=os.environ.get('PIFI_DATA_PATH') or None)).kind != 'hub'

ran, left = [], []
for task, names in MANUAL.items():
    here = [n for n in names.split() if at_hand(n, task)]
    left += sorted(set(names.split()) - set(here))
    paths = {f'{p}_PATH': f'{sys.argv[1]}/{p.lower()}' for p in ('PREPROCESS', 'MODEL', 'CHECKPOINT', 'RESULT')}
    env = {'MODE': 'pifi', 'MODEL': 'minilm', 'LLM': 'smollm2', 'EPOCHS': '1', 'WORKERS': '0', 'USE_WANDB': 'false', 'DATASETS': ' '.join(here), **paths}
    for config in configs_from_environment(task, env, ['--max_train_samples', '64', '--max_eval_samples', '64']) if here else []:
        result = run_job(config)
        written = json.loads((run_folder(config.result_path, config, result['layer'])/'test_results.json').read_text())
        assert written['test_dataset'] == config.task_dataset and written['n_test'] == 64 and 0 <= written['accuracy'] <= 1, written
        ran.append(config.task_dataset)
print(f"ran: {' '.join(ran)}")
if left: print(f"not at hand (set PIFI_DATA_PATH): {' '.join(left)}")
assert {'mr', 'imdb'} <= set(ran), ran
