# Written by .ci/stubs.py.
# mypy: ignore-errors
# ruff: noqa
"""Train PiFi as a scikit-learn estimator: `fit`, `predict_proba`, grid searches, pipelines, pickles."""
__all__ = ['PiFiEstimator', 'PiFiClassifier', 'PiFiRegressor', 'parameters_table', 'as_config', 'as_params', 'text_columns', 'class_numbers', 'label_sets', 'real_numbers']
from typing import Self
import copy, inspect, json, re
from contextlib import contextmanager
from dataclasses import asdict, fields, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Iterator, Literal, get_origin, get_type_hints
import numpy as np, pandas as pd, torch
from datasets import Dataset, DatasetDict
from fastcore.basics import patch
from fastcore.docments import docments
from fastcore.meta import use_kwargs_dict
from sklearn.base import BaseEstimator, ClassifierMixin, RegressorMixin
from sklearn.utils import _safe_indexing, check_consistent_length, check_random_state, column_or_1d, estimator_html_repr
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import _check_sample_weight, check_is_fitted, validate_data
from transformers import PreTrainedTokenizerBase
from transformers.utils import logging as transformers_logging
from .checkpoints import Interrupted, rng_state, set_rng_state, trained_weights
from .config import PATH_OPTIONS, Config, weights_by_class
from .data import fill_splits, tokenize
from .evaluation import predict_logits, this_process
from .experiments import check_length, check_run, encoder_tokenizer, labelled_sample, new_model, within_encoder
from .ilm_selection import Selection, score_layers
from .llm.streaming import features_of
from .models import load_model, parts_table, save_model, saved_tokenizer
from .options import UsageError, require, typed
from .problems import Classes, LabelSets, Numbers, check_weighted_names, problem_of, saved_problem, score_words
from .registry import TEXT_COLUMNS
from .rows import clean_text
from .teaching import Lesson, encoder_answers, epoch_data, new_texts, teach
from .train import Trainer
_RENAMED = dict(model='model_type', llm='llm_model', random_state='seed', validation_fraction='train_valid_split')
_LEFT_OUT = ['method', 'layer_num', 'auto_select_layer', 'task', 'task_dataset', 'test_dataset', 'data_path', 'max_train_samples', 'max_eval_samples', 'text_column', 'label_column', 'premise_column', 'hypothesis_column', 'problem_type', 'unlabelled', 'max_unlabelled', 'job', 'resume', 'overwrite', 'save_steps', 'use_wandb', 'num_workers', 'preprocess_path', 'checkpoint_path', 'model_path', 'result_path', 'layer_selection_path', 'root']
_OPTIONAL = ['class_weight', 'max_seq_len']
_SHARED = {f.name: f for f in fields(Config) if f.name not in {*_RENAMED.values(), *_LEFT_OUT, *_OPTIONAL}}

class PiFiEstimator(BaseEstimator):
    """A PiFi model of texts, or pairs of texts."""

    @use_kwargs_dict(**{name: field.default for name, field in _SHARED.items()})
    def __init__(self, model: str=Config.model_type, llm: str=Config.llm_model, layer: int | str | None='ilm', random_state: int | np.random.RandomState | None=Config.seed, validation_fraction: float=Config.train_valid_split, class_weight: dict | str | None=None, max_seq_len: int | None=None, **kwargs):
        ...

    def __sklearn_tags__(self):
        ...

    def __sklearn_is_fitted__(self):
        ...

    def _fit(self, config: Config, rows: pd.DataFrame, y: Any, further: pd.DataFrame, folder: Path) -> dict:
        ...

    def fit(self, X: Any, y: Any, sample_weight: Any=None, unlabelled: Any=None) -> Self:
        """Choose a layer if asked to, train, and keep the best epoch; if interrupted, the estimator is unfitted."""
        ...

    def _answers(self, X: Any) -> torch.Tensor:
        ...

    def _record(self) -> dict:
        ...

    def _optional_parts(self) -> dict:
        ...

    def save(self, path: str | Path):
        """Save the fitted classifier as one file."""
        ...

    @classmethod
    def load(cls, path: str | Path) -> Self:
        """Load a saved estimator; raises `UsageError` for any other file."""
        ...

    def __getstate__(self) -> dict:
        ...

    def fold(self) -> Self:
        """Merge mappers and frozen layer into one map with the same answers: for use, not for training."""
        ...

    def _html_repr(self) -> str:
        ...

class PiFiClassifier(ClassifierMixin, PiFiEstimator):
    """A PiFi model that gives texts, or pairs of texts, one of several classes, or any number of labels."""

    def __sklearn_tags__(self):
        ...

    def _problem_type(self, y: Any) -> str:
        ...

    def predict_proba(self, X: Any) -> np.ndarray:
        """Compute the probability of each class, or label."""
        ...

    def predict_log_proba(self, X: Any) -> np.ndarray:
        """Compute the logarithm of the probability of each class, or label."""
        ...

    def predict(self, X: Any) -> np.ndarray:
        """Return the most probable class of each text, or its labels."""
        ...

class PiFiRegressor(RegressorMixin, PiFiEstimator):
    """A PiFi model that predicts a number for texts, or pairs of texts."""

    def _problem_type(self, y: Any) -> str:
        ...

    def predict(self, X: Any) -> np.ndarray:
        """Predict the number of each text."""
        ...

def parameters_table() -> pd.DataFrame:
    """List the parameters of `PiFiClassifier`."""
    ...

def _numpydoc() -> str:
    ...

def _fits(value, hint) -> bool:
    ...

def _check_types(options: dict):
    ...

def _as_layer(layer) -> dict:
    ...

def _plain(value):
    ...

def _as_teach(teach) -> str:
    ...

def _as_class_weight(class_weight) -> str:
    ...

def _class_weight_of(option: str) -> dict | str | None:
    ...

def _as_seed(random_state) -> int:
    ...

def as_config(params: dict, task: str) -> Config:
    """Convert an estimator's parameters to a configuration; raises `UsageError` for those that do not fit."""
    ...

def as_params(config: Config) -> dict:
    """Convert a configuration back to an estimator's parameters."""
    ...
_IN_PYTHON = {**{f'--{field}': parameter for parameter, field in _RENAMED.items()}, '--layer_num': 'layer', '--method base': 'layer=None', '--class_weight must be none': 'class_weight must be None', '\'{"rare": 3}\'': '{"rare": 3}', 'a file for that split': 'a larger validation_fraction'}

@contextmanager
def _naming_parameters() -> Iterator[None]:
    """Reword the messages of usage errors: parameters instead of flags."""
    ...
_TASKS = {len(columns): task for task, columns in TEXT_COLUMNS.items()}

def text_columns(X: Any) -> pd.DataFrame:
    """Arrange texts or pairs as a table; raises `UsageError` for anything else."""
    ...

def _as_array(X) -> np.ndarray:
    ...

def _check_texts(column: pd.Series, name: str):
    ...

def class_numbers(y: Any) -> tuple[np.ndarray, np.ndarray]:
    """Number the classes; raises `ValueError` if there are no two classes of two rows each."""
    ...

def _columns(y: Any) -> int:
    ...

def label_sets(y: Any) -> tuple[np.ndarray, pd.Series]:
    """Read several labels a text; raises `UsageError` for other values."""
    ...

def real_numbers(y: Any) -> tuple[None, np.ndarray]:
    """Read a regressor's numbers; raises `UsageError` for what is none, or where all are the same."""
    ...

def _weighted(rows: pd.DataFrame, y: Any, sample_weight: Any) -> tuple[pd.DataFrame, Any]:
    """Give texts their weights, the largest being 1; raises `ValueError` for weights that scikit-learn refuses."""
    ...

def _splits(rows: pd.DataFrame, names: list[str], tokenizer: PreTrainedTokenizerBase, config: Config) -> DatasetDict:
    ...

def _with_weights(split: Dataset, rows: pd.DataFrame) -> Dataset:
    ...

def _select(config: Config, data: DatasetDict, folder: Path) -> Selection:
    ...

class _InMemoryTrainer(Trainer):
    """A trainer that keeps the best epoch's weights in memory and writes no file."""

    def save(self, best=False):
        ...

    def best_weights(self):
        ...

def _split_unlabelled(rows: pd.DataFrame, y: Any, more: pd.DataFrame | None) -> tuple[pd.DataFrame, Any, pd.DataFrame]:
    """Separate the texts that have no class."""
    ...

def _lesson(config: Config, data: DatasetDict, tokenizer: PreTrainedTokenizerBase, further: pd.DataFrame, folder: Path) -> Lesson | None:
    ...

def _train(config: Config, rows: pd.DataFrame, further: pd.DataFrame, classes: np.ndarray | None, folder: Path) -> dict:
    ...

def _names(classes: np.ndarray | None) -> list[str]:
    ...

@contextmanager
def _quiet_and_isolated() -> Iterator[None]:
    """Restore the caller's random generators at the end, and silence transformers until then."""
    ...

def _is_table(X) -> bool:
    ...

def _features(X) -> dict:
    ...
_TARGETS = {Classes.kind: class_numbers, LabelSets.kind: label_sets, Numbers.kind: real_numbers}

def _weighing_classes(config: Config, class_weight: Any, classes: np.ndarray) -> Config:
    ...

def _further_texts(unlabelled: Any, rows: pd.DataFrame, config: Config) -> pd.DataFrame | None:
    ...

def _fitted_attributes(saved: dict) -> dict:
    ...

def _fitted_table(classifier: PiFiEstimator) -> str:
    ...
