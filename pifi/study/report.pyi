# Written by .ci/stubs.py.
# mypy: ignore-errors
# ruff: noqa
"""Turn a study's results into tables, figures and one self-contained page."""
__all__ = ['Study', 'Group', 'predictions', 'quoted', 'Column', 'html_table', 'markdown_table']
from typing import Self
from ..options import UsageError, check_extra
import base64, io, json, re
from dataclasses import dataclass
from functools import cache, cached_property
from importlib.resources import files
from pathlib import Path
from typing import Any, NamedTuple
import jinja2, matplotlib.pyplot as plt, numpy as np, pandas as pd, seaborn as sns
from fastcore.basics import patch
from matplotlib.figure import Figure
from sklearn.metrics import confusion_matrix
from ..config import Config, SelectionOptions, own_options
from ..experiments import arm_name
from ..problems import score_of, score_words
from ..registry import TEXT_COLUMNS
from .statistics import bootstrap_means, compare_arms, holm, interval, mean_sd, paired_p, verdict
from .plan import SETTINGS, command, run_options
_MEASURED = ['layer', 'accuracy', 'macro_f1', 'mcc', 'n_test', 'validation_accuracy', 'best_epoch', 'seconds', 'examples_per_second', 'total_seconds', 'peak_memory_mb']

def _read(file: Path) -> Any:
    ...

def _row(planned: dict, result: dict, home: Path, tests: dict | None=None) -> dict:
    ...

def _study_rows(folder: Path, plan: dict) -> list[dict]:
    """Read the finished runs of a study."""
    ...

def _given(config: Config) -> dict:
    """Collect the options that may tell a single run from others."""
    ...

def _varied(given: list[dict]) -> set[str]:
    """Find the options whose values differ between runs."""
    ...

def _known_options(stored: dict) -> Config:
    ...

def _tree_rows(folder: Path) -> list[dict]:
    """Read single runs below a folder."""
    ...

@dataclass(repr=False, frozen=True)
class Study:
    """Results of a study."""
    name: str
    about: str
    reference: str
    runs: pd.DataFrame
    planned: int
    folder: Path

    @cached_property
    def groups(self) -> list['Group']:
        """Group the runs that differ only in their seed."""
        ...

    @classmethod
    def load(cls, folder: Path | str) -> 'Study':
        """Read the finished runs; raises `UsageError` if there are none."""
        ...

    def __repr__(self):
        ...

    @property
    def score(self) -> str:
        """Name what is compared."""
        ...

    @property
    def factors(self) -> list[str]:
        """List the options that differ between the runs."""
        ...

    @property
    def datasets(self) -> list[str]:
        """List the data sets in the plan's order."""
        ...

    def groups_of(self, dataset: str) -> list[Group]:
        """Select the groups of a data set."""
        ...

    def label(self, key: dict) -> str:
        """Name a group by its arm and what differs within the arm."""
        ...

    def reference_of(self, key: dict) -> pd.DataFrame | None:
        """Find the reference arm's runs that a group is compared with: same data set, same shared factors."""
        ...

    def _summarise(self, group: Group) -> dict:
        ...

    def summary(self) -> pd.DataFrame:
        """Compare every arm on every data set with the reference."""
        ...

    def _differences(self) -> dict[str, list[float]]:
        """Pair every arm's runs with the reference's by data set, factors and seed."""
        ...

    def overall(self) -> pd.DataFrame:
        """Compare every arm with the reference over all seeds and data sets together."""
        ...

    def _gain(self, group: Group, reference: str) -> tuple[float, np.ndarray] | None:
        """Average a group's gain over the reference, and resample it over test rows and seeds."""
        ...

    def _averaged(self, groups: list[Group], reference: str) -> dict:
        ...

    def over_datasets(self, reference: str | None=None) -> pd.DataFrame:
        """Average every arm over the data sets, and compare it with the reference on the same ones."""
        ...

    def _plot_group(self, ax: plt.Axes, y: int, group: Group):
        """Draw a group's seeds, mean and interval at height `y`."""
        ...

    def plot_accuracy(self, dataset: str) -> Figure:
        """Plot the test accuracy of every arm on a data set."""
        ...

    def layer_curve(self, dataset: str) -> pd.DataFrame:
        """Average the test accuracy by layer, for the arms that were run with several."""
        ...

    def _layer_runs(self, group: Group) -> pd.DataFrame:
        ...

    def _layerless(self, group: Group) -> str:
        ...

    def selections(self, dataset: str) -> list[pd.DataFrame]:
        """Read ILM's scores of the layers for a data set: a table per selection, as each seed draws its own sample."""
        ...

    def _plot_levels(self, ax: plt.Axes, groups: list[Group]):
        """Draw the mean accuracy of groups that have no layers."""
        ...

    def plot_layers(self, dataset: str) -> Figure | None:
        """Plot accuracy by layer, the other arms as lines, and ILM's scores."""
        ...

    def plot_means(self, factor: str, xlabel: str='') -> Figure:
        """Plot the mean over the data sets by a factor, with the interval of the difference to the reference."""
        ...

    def _answers(self, dataset: str) -> dict[str, pd.DataFrame]:
        ...

    def plot_confusion(self, dataset: str) -> Figure | None:
        """Plot a confusion matrix for every arm, rows normalised, over all seeds."""
        ...

    def class_table(self, dataset: str) -> pd.DataFrame | None:
        """List the scores of every class in every arm."""
        ...

    def hard_rows(self, dataset: str, most: int=10) -> pd.DataFrame | None:
        """List the rows that most runs answer wrongly; of equals, those in which the runs are surest first."""
        ...

    def plot_curves(self, dataset: str) -> Figure | None:
        """Plot validation accuracy by epoch: every run a thin line, the arm's mean a thick one."""
        ...

    def shifts(self) -> pd.DataFrame:
        """Average the accuracy of every arm on every test set: its own, and the further ones."""
        ...

    def plot_shifts(self) -> Figure | None:
        """Plot domain shift: trained on the row's data set, tested on the column's; a heatmap for each arm."""
        ...

    def table(self) -> pd.DataFrame:
        """Format the summary for people."""
        ...

    def means_table(self, reference: str | None=None) -> pd.DataFrame:
        """Format the means over the data sets for people."""
        ...

    def control_of(self, group: Group) -> Group | None:
        """Find the group that has random weights where another has those of an LLM, and nothing else that differs."""
        ...

    def _overall_finding(self, arm: NamedTuple) -> str:
        ...

    def _control_finding(self, group: Group, gain: float) -> list[str]:
        ...

    def findings(self) -> list[str]:
        """State the study's findings in words."""
        ...

    def _figures(self, dataset: str) -> dict[str, str]:
        ...

    def _circumstances(self) -> dict[str, str]:
        """Collect the circumstances of the runs: shared options, versions and hardware, tuned settings."""
        ...

    def _run_table(self) -> pd.DataFrame:
        ...

    def _error_tables(self, dataset: str) -> dict[str, str]:
        ...

    def html_page(self) -> str:
        """Render the report."""
        ...

    def write(self, file: Path | str) -> list[Path]:
        """Write the page and the tables."""
        ...

class Group(NamedTuple):
    """Runs of one arm on one data set that differ only in their seed."""
    key: dict
    runs: pd.DataFrame

    @property
    def arm(self) -> str:
        ...

def _grouped(runs: pd.DataFrame, names: list[str]) -> list[Group]:
    ...

def _plain(value: Any) -> str:
    ...

def predictions(home: Path) -> pd.DataFrame | None:
    """Read a run's answer to every test row that has a text."""
    ...

def _predictions_file(home: Path) -> Path | None:
    ...

def _read_predictions(file: Path) -> pd.DataFrame:
    ...

def _correct(runs: pd.DataFrame) -> list[np.ndarray] | None:
    """Mark the test rows that were answered correctly; None, too, where the score is no share of the rows."""
    ...

@cache
def _right(file: Path, written: int) -> np.ndarray:
    ...

def _same_rows(runs: pd.DataFrame) -> bool:
    """Check whether all seeds were tested on the same rows; with `--max_eval_samples` each seed draws its own."""
    ...
_NOT_COMPARED = dict(difference=np.nan, low=np.nan, high=np.nan, mcnemar_p=np.nan, verdict='')

def _on_seeds(runs: pd.DataFrame, seeds: list[int]) -> pd.DataFrame:
    ...

def _compare(runs: pd.DataFrame, base: pd.DataFrame | None) -> dict:
    """Compare two groups on the seeds that both have."""
    ...
_QUOTED_SETS = ['sst2', 'imdb', 'tweet_sentiment_binary', 'tweet_offensive', 'cola', 'mnli', 'snli']
_QUOTED = {('bert', 'base'): [89.41, 85.1, 86.9, 83.15, 80.1, 82.0, 89.1], ('bert', 'pifi'): [91.5, 87.09, 92.95, 86.03, 82.07, 82.74, 89.48], ('electra', 'base'): [93.42, 88.31, 90.58, 83.52, 83.99, 85.41, 90.11], ('electra', 'pifi'): [94.13, 89.4, 93.31, 84.99, 86.26, 86.47, 90.48], ('debertav3', 'base'): [93.74, 89.45, 91.29, 83.6, 84.75, 87.52, 90.94], ('debertav3', 'pifi'): [95.01, 89.83, 93.8, 85.6, 86.07, 87.98, 91.05]}
_QUOTED_SETTING = dict(plug_in='llm', plug_at='text', plug_gate='none', mapper_init='default', num_layers=1)

def _is_papers(config: dict) -> bool:
    """Check whether a run is set up as in the paper."""
    ...

def quoted(config: dict) -> float:
    """Look up what the paper reports for a setting."""
    ...

def _layers(runs: pd.DataFrame) -> str:
    """List the layers that were plugged in."""
    ...

def _row_gains(runs: pd.DataFrame, base: pd.DataFrame) -> list[np.ndarray] | None:
    ...

def _without_dataset(group: Group) -> tuple:
    ...

def _broken(name: str, inches: float, points: float=10) -> str:
    """Break a name into lines that fit a width, after a space, slash, hyphen or underscore if there is one."""
    ...

def _lines(name: str) -> int:
    ...

def _axes(title: str, **kwargs) -> tuple[Figure, plt.Axes]:
    ...

def _legend_below(fig: Figure):
    """Name what the axes show below them, and make room for it."""
    ...

def _plot_scores(ax: plt.Axes, scores: list[pd.DataFrame]):
    """Draw the mean of ILM's scores on an axis of its own."""
    ...

def _grid_of_axes(titles: list[str], width: float, height: float) -> tuple[Figure, list[plt.Axes]]:
    """Make axes in rows that fit a page."""
    ...

def _heatmap(ax: plt.Axes, table: pd.DataFrame, spec: str, **kwargs):
    """Draw a table's numbers, with the names of its rows and columns in full."""
    ...

def _broken_tick(name: str) -> str:
    ...

def _cells(names: list[str]) -> float:
    ...

def _class_ticks(table: pd.DataFrame) -> list[str]:
    ...

def _validation_curves(runs: pd.DataFrame) -> list[pd.Series]:
    ...

class Column(NamedTuple):
    """A column of the report's table."""
    heading: str
    spec: str = ''
    scale: int = 1

    def texts(self, values: pd.Series) -> pd.Series:
        ...
_COLUMNS = {'seeds': Column('seeds'), 'layer': Column('layer'), 'accuracy': Column('accuracy', '.2f', 100), 'sd': Column('sd', '.2f', 100), 'macro_f1': Column('macro-F1', '.2f', 100), 'difference': Column('difference', '+.2f', 100), 'interval': Column('95 % interval'), 'holm_p': Column('p (McNemar, Holm)', '.3g'), 'verdict': Column('verdict'), 'paper': Column('paper (quoted)', '.2f', 100), 'seconds': Column('seconds', '.0f'), 'peak_memory_mb': Column('memory, MB', '.0f')}

def _interval_text(low: float, high: float) -> str:
    ...

def _plain_texts(table: pd.DataFrame) -> pd.DataFrame:
    ...
_OF_LLM = {*SETTINGS, 'seed', 'method', 'auto_select_layer', 'layer_num', 'plug_in', 'teach', 'teach_from', 'llm_model', 'llm_dtype', 'llm_quant', 'full_layer', *own_options(SelectionOptions)}

def _config_of(group: Group) -> dict:
    ...

def _llm_weights(config: dict) -> set[str]:
    ...

def _beside_llm(config: dict) -> dict:
    ...
_UNCONFIRMED = ', not confirmed among so many comparisons'
_VERDICTS = {'gain': 'a gain', 'loss': 'a loss', 'gain?': f'perhaps a gain{_UNCONFIRMED}', 'loss?': f'perhaps a loss{_UNCONFIRMED}'}

def _load_template(name: str) -> str:
    ...
_TEMPLATES = jinja2.Environment(loader=jinja2.FunctionLoader(_load_template), autoescape=True, trim_blocks=True, lstrip_blocks=True)

def html_table(table: pd.DataFrame) -> str:
    """Render a table that sorts, and turns into cards on a narrow screen."""
    ...

def _data_uri(figure: Figure) -> str:
    ...

def _json(content: Any) -> str:
    ...

def _shared_options(configs: list[dict]) -> dict:
    ...
_RUN_COLUMNS = ['seed', 'layer', 'accuracy', 'validation_accuracy', 'best_epoch', 'total_seconds', 'peak_memory_mb', 'command']

def markdown_table(table: pd.DataFrame) -> str:
    """Format a table as Markdown."""
    ...
