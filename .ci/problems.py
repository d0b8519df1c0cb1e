"""Train, predict, export and report with several labels a text, and with numbers: `python .ci/problems.py FOLDER`.

The texts are pairs of real review sentences. The labels of a text say whether there is praise in it, criticism, or
both; its stars say how much of it is praise. Every score must be scikit-learn's or SciPy's, and `pifi predict` and
transformers' pipeline must answer as the test did.
"""
import json, sys
from pathlib import Path

import numpy as np, pandas as pd
from scipy.stats import pearsonr, spearmanr
from sklearn.metrics import f1_score, mean_absolute_error, mean_squared_error, r2_score, roc_auc_score
from transformers import pipeline

import pifi.hub.modeling # noqa: F401, tells transformers what a PiFi model is
from pifi.cli import main
from pifi.config import DataOptions
from pifi.data import load_splits

TEXTS, NAMES = 400, ['criticism', 'praise']
KINDS = dict(tags='multi_label_classification', stars='regression')

def written(labels:np.ndarray) -> str: return ';'.join(NAMES[i] for i in sorted(set(labels)))

def write_data(folder:Path):
    "Write `tags.csv` and `stars.csv`, with the same texts."
    rows = load_splits('mr', DataOptions(), lambda line: None)[0]['train'].sample(2*TEXTS, random_state=0)
    texts, praise = rows['text'].to_numpy().reshape(TEXTS, 2), rows['label'].to_numpy().reshape(TEXTS, 2)
    columns = dict(tags=list(map(written, praise)), stars=1 + 4*praise.mean(1))
    for name, column in columns.items():
        table = pd.DataFrame({'review': [' '.join(pair) for pair in texts], name: column})
        table.to_csv(folder/f'{name}.csv', index=False)

def pifi_command(*arguments):
    code = main(list(map(str, arguments)))
    assert not code, (arguments, code)

def below(folder:Path, name:str) -> Path: # the only file of that name
    file, = folder.rglob(name)
    return file

def indicators(cells:pd.Series) -> np.ndarray: # (n, labels)
    return np.stack([cells.str.split(';').map(lambda tags, name=name: name in tags) for name in NAMES], 1).astype(bool)

def expected_scores(name:str, answers:pd.DataFrame) -> dict[str, float]: # by scikit-learn and SciPy
    gold, given = answers['label'], answers['predicted']
    if name == 'stars':
        return dict(pearson=pearsonr(gold, given)[0], spearman=spearmanr(gold, given)[0], r2=r2_score(gold, given),
                    mse=mean_squared_error(gold, given), mae=mean_absolute_error(gold, given))
    gold, given = indicators(gold), indicators(given)
    probabilities = answers[[f'probability_{tag}' for tag in NAMES]]
    auc = roc_auc_score(gold, probabilities, average='macro')
    assert auc > .65, auc
    print(f'area under the ROC curve {auc:.3f}')
    return dict(accuracy=(gold == given).all(1).mean(), micro_f1=f1_score(gold, given, average='micro'),
                macro_f1=f1_score(gold, given, average='macro'))

def check(folder:Path, name:str):
    file, home = folder/f'{name}.csv', folder/name
    data = [f'--task_dataset={file}', f'--label_column={name}', f'--problem_type={KINDS[name]}', '--cache_path=cache']
    model = ['--model=minilm', '--mode=base', '--padding=average_pooling_without_padding', f'--root={home}']
    pifi_command(*data, *model, '--epochs=4', '--lr=2e-4', '--bs=16', '--num_workers=0', '--use_wandb=false')
    result = json.loads(below(home, 'test_results.json').read_text())
    answers = pd.read_parquet(below(home, 'predictions.parquet'))
    expected = expected_scores(name, answers)
    for score, value in expected.items(): assert abs(result[score] - value) < 1e-5, (score, result[score], value)
    assert result.get('pearson', 1) > .2, result['pearson']
    trained, out = below(home, 'final_model.pt'), folder/f'{name}.out.csv'
    pifi_command('predict', trained, file, '-o', out)
    told = pd.read_csv(out, keep_default_na=False)['prediction'].iloc[answers['row']]
    same_answers(name, told, answers)
    pifi_command('export', trained, home/'exported')
    same_pipeline(name, home/'exported', answers)
    pifi_command('report', home/'results', '-o', home/'report.html')
    words = dict(tags='test micro-F1', stars='test Pearson')[name]
    assert words in (home/'report.html').read_text()
    pifi_command('select', *data, '--llm=smollm2', f'--root={home}', '--selection_samples=60', '--recipe=robust')
    chosen = json.loads(below(home, 'selection.json').read_text())
    print(f"{name}: {', '.join(f'{score} {value:.4f}' for score, value in expected.items())}; layer "
          f"{chosen['best_llm_layer']} of SmolLM2")

def same_answers(name:str, told:pd.Series, answers:pd.DataFrame):
    if name == 'tags': assert told.tolist() == answers['predicted'].tolist()
    else: assert np.allclose(told.astype(float), answers['predicted'], atol=1e-3)

def same_pipeline(name:str, folder:Path, answers:pd.DataFrame):
    classify = pipeline('text-classification', model=str(folder), truncation=True, max_length=100, top_k=None)
    first = answers.head(8)
    for row, scores in zip(first.itertuples(), classify(first['text'].tolist())):
        by_label = {score['label']: score['score'] for score in scores}
        if name == 'stars': expected = dict(value=row.predicted)
        else: expected = {tag: getattr(row, f'probability_{tag}') for tag in NAMES}
        assert by_label.keys() == expected.keys()
        for label, value in expected.items(): assert abs(by_label[label] - value) < 1e-4, (by_label, expected)

if __name__ == '__main__':
    place = Path(sys.argv[1])
    place.mkdir(parents=True, exist_ok=True)
    write_data(place)
    for name in KINDS: check(place, name)
