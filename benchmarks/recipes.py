"""Judge the layers that ILM chooses: regret and rank correlation of every recipe, mode and plain rule.

    python benchmarks/layer_accuracy.py --dataset mr --out benchmarks/results/layer_accuracy_mr.csv  # for each data set
    python benchmarks/recipes.py --datasets mr trec subj snli

Regret: the best layer's mean test accuracy minus the chosen layer's, in points. tau: Kendall's rank correlation of the
scores with the mean test accuracies over all layers. `random` is the mean over all layers. Nothing here is used to
choose anything for these data sets; the last line is one JSON object.
"""
import argparse, itertools, json, os
from pathlib import Path

import matplotlib.pyplot as plt, pandas as pd
from scipy.stats import kendalltau

from pifi.data import DataOptions, load_splits
from pifi.config import RECIPES, SelectionOptions
from pifi.ilm_selection import Sample, join_pair, score_layers
from pifi.llm.streaming import features_of
from pifi.registry import TEXT_COLUMNS

MODES = ['mixed', 'probe', 'fisher', 'silhouette', 'ilm_pca', 'logme', 'hscore']

def samples(datasets, args):
    "Draw 400 training texts of each data set, from the rows that `layer_accuracy.py` trained on."
    drawn, options = {}, SelectionOptions(cache_path=args.cache_path)
    for name in datasets:
        task = 'entailment' if name in ('snli', 'mnli') else 'classification'
        data = DataOptions(task=task, task_dataset=name, cache_path=args.cache_path, max_eval_samples=2000,
                           data_path=os.environ.get('PIFI_DATA_PATH'), max_train_samples=args.max_train)
        train = load_splits(name, data)[0]['train']
        texts = [join_pair(*row) for row in train[TEXT_COLUMNS[task]].itertuples(index=False)]
        drawn[name] = Sample(texts, train['label'].to_numpy(), Path(args.results)/name, {}).draw(options)
    return drawn

def judge(scores, accuracy):
    "Compute the chosen layer, its regret in points, and tau."
    layer = int(scores.idxmax())
    return dict(layer=layer, regret=100*(accuracy.max() - accuracy[layer]), tau=kendalltau(scores, accuracy).statistic)

def rows_of(name, sample, features, accuracy, cache_path):
    "Judge every recipe and mode, with and without the manual's depth discount, and the plain rules."
    for recipe, mode, depth in itertools.product(RECIPES, MODES, (0.0, 0.3)):
        options = SelectionOptions(cache_path=cache_path, selection_recipe=recipe, selection_score_mode=mode,
                                   selection_depth_bias=depth)
        scores = score_layers(features, sample.labels, options).scores['score']
        yield dict(dataset=name, rule=f'{recipe} {mode}', depth_bias=str(depth), **judge(scores, accuracy))
    best, last = accuracy.max(), len(accuracy)-1
    plain = dict(dataset=name, depth_bias='–')
    for rule, layer in dict(last=last, middle=last//2, first=0).items():
        yield plain | dict(rule=rule, layer=layer, regret=100*(best-accuracy[layer]), tau=None)
    yield plain | dict(rule='random', layer=None, regret=100*(best-accuracy.mean()), tau=0.)

def draw(measured, arms, file):
    "Draw accuracy by layer with its standard deviation over seeds, base and the control arms."
    fig, axes = plt.subplots(1, len(measured), figsize=(4*len(measured), 3.2), squeeze=False)
    points = dict(marker='o', ms=3, lw=1, elinewidth=.7, color='black', label='LLM layer')
    for ax, (name, table) in zip(axes[0], measured.items()):
        ax.errorbar(table.index, 100*table['mean'], 100*table['std'], **points)
        for colour, (arm, row) in zip(['C0', 'C1', 'C2', 'C3'], arms[name].iterrows()):
            ax.axhline(100*row['mean'], color=colour, ls='--', lw=1, label=arm)
        ax.set(title=name, xlabel='plugged-in layer', ylabel='test accuracy' if ax is axes[0, 0] else '')
    axes[0, -1].legend(loc='upper left', bbox_to_anchor=(1, 1))
    fig.tight_layout()
    fig.savefig(file, dpi=90)

def print_accuracies(arms, measured):
    "Print the accuracy of each arm, and the range over layers, for each data set."
    columns = {}
    for name, layers in measured.items():
        over_layers = layers['mean'].agg(['min', 'mean', 'max']).rename(lambda k: f'layers: {k}').to_frame('mean')
        columns[name] = pd.concat([arms[name], over_layers])
    print(pd.concat(columns).mul(100).round(1)['mean'].unstack().T.to_string())

def print_regrets(results):
    "Print mean regret and tau of every rule, and its regret on each data set."
    summary = results.groupby(['rule', 'depth_bias'], sort=False)[['regret', 'tau']].mean()
    per_set = results.pivot_table(index=['rule', 'depth_bias'], columns='dataset', values='regret')
    print('\n' + summary.join(per_set.reindex(summary.index)).round(2).to_string())

def parse_args():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument('--datasets', nargs='+', default=['mr', 'trec', 'subj', 'snli'])
    p.add_argument('--llm', default='smollm2')
    p.add_argument('--results', default='benchmarks/results')
    p.add_argument('--max_train', type=int, default=2000)
    p.add_argument('--cache_path', default='./cache')
    return p.parse_args()

def main():
    args = parse_args()
    drawn, measured, arms, rows = samples(args.datasets, args), {}, {}, []
    files = {name: Path(args.cache_path)/'recipes'/f'{name}.safetensors' for name in drawn}
    texts = {files[name]: sample.texts for name, sample in drawn.items()}
    features = features_of(args.llm, texts, SelectionOptions(cache_path=args.cache_path))
    for name, sample in drawn.items():
        table = pd.read_csv(Path(args.results)/f'layer_accuracy_{name}.csv', dtype={'arm': str})
        table = table.groupby('arm')['test'].agg(['mean', 'std', 'count'])
        arms[name] = table[~table.index.str.isdigit()]
        measured[name] = table[table.index.str.isdigit()].rename(index=int).sort_index()
        rows += rows_of(name, sample, features[files[name]], measured[name]['mean'], args.cache_path)
    results = pd.DataFrame(rows)
    results.round(3).to_csv(Path(args.results)/'recipes.csv', index=False)
    draw(measured, arms, Path(args.results)/'layer_accuracy.png')
    print_accuracies(arms, measured)
    print_regrets(results)
    def regret(rule, depth='–'):
        chosen = results[(results['rule'] == rule) & (results['depth_bias'] == depth)]
        return round(float(chosen['regret'].mean()), 3)
    recipes = {'manual': regret('manual mixed', '0.3'), 'robust': regret('robust mixed', '0.0')}
    print(json.dumps(dict(regret=recipes | {rule: regret(rule) for rule in ('last', 'middle', 'random')})))

if __name__ == '__main__': main()
