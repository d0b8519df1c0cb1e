# Written by .ci/stubs.py.
# mypy: ignore-errors
# ruff: noqa
"""Choose the LLM layer to plug in by scoring every layer's hidden states on a few hundred labelled texts."""
__all__ = ['FIGURES', 'sample_rows', 'depth_weight', 'depth_biased', 'LayerGroup', 'layer_scores', 'resampled_scores', 'Selection', 'score_layers', 'selection_folder', 'join_pair', 'llm_texts', 'text_labels', 'Sample', 'Choice', 'choose_layers', 'select_layers']
from typing import Self
import base64, io, json
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, replace
from functools import cached_property
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING
import numpy as np, pandas as pd, torch
from datasets import Dataset
from fastcore.basics import patch
from filelock import FileLock
from .config import SelectionOptions
from .files import atomic_path, write_json
from .llm.streaming import SINK_RATIO, Features, features_of, keep_features, reading_precision
from .options import UsageError, check_extra, folder_name
from .problems import LabelSets, problem_of
from .registry import TEXT_COLUMNS
from .scores import SCORES, LayerVectors, accuracy, compression, cv_correct, holdout_correct, online_bits, cv_numbers, pc_correlation, principal_components, r_squared, standardised, text_weights, unit_vectors
from matplotlib.axis import Axis
from matplotlib.figure import Figure

def _are_classes(labels: np.ndarray) -> bool:
    ...

def sample_rows(labels: np.ndarray, size: int, seed: int, stratified: bool=True) -> np.ndarray:
    """Draw a sample of labelled texts."""
    ...

def _check_sample(labels: np.ndarray, options: SelectionOptions):
    ...

def _told_apart(labels: np.ndarray) -> np.ndarray:
    ...

def _check_classes(labels: np.ndarray, options: SelectionOptions):
    ...

def depth_weight(layers: np.ndarray, num_layers: int, depth_bias: float) -> np.ndarray:
    """Compute the factor 1 - δ·l/(L-1) of every layer l."""
    ...

def depth_biased(scores: pd.Series | torch.Tensor, weights: pd.Series | torch.Tensor) -> pd.Series | torch.Tensor:
    """Discount the scores by depth."""
    ...
_SCALES = {'unit': unit_vectors, 'standardised': standardised}
_PROBES = {'holdout': holdout_correct, 'cv': cv_correct}

@dataclass
class LayerGroup:
    """Hold some layers' vectors, and compute once what several scores share."""
    vectors: LayerVectors
    pcs: torch.Tensor
    options: SelectionOptions

    @cached_property
    def correct(self) -> torch.Tensor:
        ...

    @cached_property
    def bits(self) -> torch.Tensor:
        ...

    def correlation(self, resamples: torch.Tensor | None=None) -> torch.Tensor:
        ...

    def score(self, name: str, resamples: torch.Tensor | None=None) -> torch.Tensor:
        """Compute one score of every layer."""
        ...

    def _mixed(self, resamples: torch.Tensor | None) -> torch.Tensor:
        ...

def layer_scores(group: LayerGroup) -> pd.DataFrame:
    """Compute every score of every layer."""
    ...
_SLOW = ['mdl']
_AT_ONCE = 25

def resampled_scores(group: LayerGroup) -> torch.Tensor:
    """Compute the score that decides on resamples of the texts, the same for every group of the sample."""
    ...
_TIED_WITHIN = 2
_ENOUGH = 5

def _ranges(layers: Iterable[int]) -> str:
    ...

@dataclass(repr=False)
class Selection:
    """Hold the layer that ILM chose, and the scores behind the choice."""
    scores: pd.DataFrame
    labels: np.ndarray
    pcs: np.ndarray
    correlation: np.ndarray
    record: dict

    @property
    def best_layer(self) -> int:
        ...

    @property
    def tied(self) -> list[int]:
        """List the layers whose score is within two standard errors, of their difference, of the best one's."""
        ...

    def summary(self) -> str:
        """Say which layer was chosen, and how clearly."""
        ...

    @property
    def unreliable(self) -> bool:
        ...

    def _certainty(self) -> str:
        ...

    def __repr__(self):
        ...

    def plot(self) -> 'Figure':
        """Draw the score of every layer with its standard error, its parts, and the layer that was chosen; shade ties."""
        ...

    def _drawn_classes(self) -> list[str]:
        ...

    def plot_pca(self, layers: list[int] | None=None) -> 'Figure':
        """Draw the sample on the first two principal components of some layers, by class."""
        ...

    def plot_pc_correlation(self) -> 'Figure':
        """Draw how strongly each principal component of each layer correlates with the label."""
        ...

    def plot_sinks(self) -> 'Figure':
        """Draw the largest token norm over the median, and the part of the tokens that are sinks, by layer."""
        ...

    def _repr_html_(self) -> str:
        ...

    def as_json(self) -> dict:
        ...

    def save(self, folder: Path):
        """Write `selection.json`, `layer_scores.csv`, `components.npz` and the figures as PNG, unless they are there."""
        ...

    def _is_saved(self, folder: Path) -> bool:
        ...

    @classmethod
    def load(cls, folder: Path) -> Self:
        """Read a selection back."""
        ...
_GROUP = 4

def _score_classes(x: torch.Tensor, labels: np.ndarray, options: SelectionOptions) -> tuple:
    """Score a few layers together, by how well they tell classes apart."""
    ...
_Scored = tuple[pd.DataFrame, torch.Tensor, np.ndarray, np.ndarray, np.ndarray]

def _score_group(x: torch.Tensor, labels: np.ndarray, options: SelectionOptions) -> _Scored:
    ...

def _mean_scores(by_label: list[_Scored]) -> _Scored:
    ...

def _score_numbers(x: torch.Tensor, numbers: np.ndarray, options: SelectionOptions) -> _Scored:
    ...

def _number_correlation(pcs: torch.Tensor, y: torch.Tensor) -> np.ndarray:
    ...

def _with_errors(table: pd.DataFrame, resampled: torch.Tensor) -> pd.DataFrame:
    ...

def _add_decision(table: pd.DataFrame, resampled: torch.Tensor, features: Features, options: SelectionOptions) -> pd.DataFrame:
    """Add the deciding score with its errors, the statistics of sinks, and rows for the layers that were not scored."""
    ...

def _recorded(options: SelectionOptions) -> dict:
    ...

def _judged(labels: np.ndarray, judged: np.ndarray) -> dict:
    ...

def _fewest(labels: np.ndarray, judged: np.ndarray) -> int:
    ...

def score_layers(features: Features, labels: np.ndarray, options: SelectionOptions, record: dict | None=None) -> Selection:
    """Score every layer; raises `UsageError` if the sample cannot be scored."""
    ...

def _plain(text: str, longest: int=60) -> str:
    """Make a text safe to draw."""
    ...

def _figure(columns: int=1, size: tuple[float, float]=(8, 3.5), style: str='whitegrid') -> 'tuple[Figure, np.ndarray]':
    """Make a figure whose parts do not overlap."""
    ...

def _check_drawing():
    ...

def _finish(fig: 'Figure') -> 'Figure':
    ...

def _name_cells(axis: 'Axis', names: Sequence[int], most: int=20):
    ...

def selection_folder(result_path: str, task: str, dataset: str, model_type: str, llm_model: str) -> Path:
    """Name the folder of a selection's files."""
    ...
FIGURES = {'layer_scores': Selection.plot, 'components': Selection.plot_pca, 'pc_correlation': Selection.plot_pc_correlation, 'sinks': Selection.plot_sinks}

def join_pair(*texts: str) -> str:
    """Put premise and hypothesis on two lines, since an LLM has no second segment."""
    ...

def llm_texts(split: Dataset, task: str) -> list[str]:
    """Return the texts as the LLM reads them; pairs are joined."""
    ...

def text_labels(split: Dataset) -> np.ndarray:
    """Return what ILM tells apart."""
    ...

@dataclass
class Sample:
    """Hold the labelled texts that a layer is chosen on."""
    texts: list[str]
    labels: np.ndarray
    folder: Path
    record: dict
    rows: np.ndarray | None = None

    @property
    def features_file(self) -> Path:
        ...

    def draw(self, options: SelectionOptions) -> 'Sample':
        """Draw the texts to score the layers on."""
        ...

    def _told_short(self, rows: np.ndarray) -> str:
        ...

@dataclass
class Choice:
    """Hold a selection whose files are not written yet: a run may still be refused, and leaves those of another."""
    selection: Selection
    sample: Sample
    features: Features

    def write(self):
        """Write the features and the selection's files, one process at a time."""
        ...

def choose_layers(samples: list[Sample], llm: str, options: SelectionOptions) -> list[Choice]:
    """Choose a layer of `llm` for every sample, reading its weights once, and write nothing."""
    ...

def _choice(sample: Sample, features: Features, options: SelectionOptions) -> Choice:
    ...

def select_layers(samples: list[Sample], llm: str, options: SelectionOptions) -> list[Selection]:
    """Choose a layer of `llm` for every sample, and write the files."""
    ...
