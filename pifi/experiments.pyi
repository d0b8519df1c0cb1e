# Written by .ci/stubs.py.
# mypy: ignore-errors
# ruff: noqa
"""Select, train, test and resume one run, and compare the three methods."""
__all__ = ['options_table', 'freest_gpu', 'arm_name', 'run_folder', 'check_run', 'within_encoder', 'check_length', 'encoder_tokenizer', 'load_data', 'data_digest', 'model_weights', 'Run', 'selection_path', 'labelled_sample', 'select', 'log_selection', 'start_mappers', 'new_model', 'run_job', 'check_runs', 'comparison', 'comparison_table', 'compare']
from typing import Self
import datetime, hashlib, json, os, shutil, subprocess, tempfile
from contextlib import nullcontext
from dataclasses import asdict, fields, replace
from functools import cache, cached_property
from pathlib import Path
from typing import Any
import numpy as np, pandas as pd, torch
from datasets import Dataset, DatasetDict, List
from fastcore.basics import patch
from transformers import PreTrainedTokenizerBase
from .calibration import Calibration, told_calibration
from .checkpoints import differences, newest_state, rng_state, seed_everything, set_rng_state
from .config import ENVIRONMENT, METHODS, PATH_OPTIONS, Config, ModelOptions, SelectionOptions, TeachOptions, own_options, unused_options, weights_by_class
from .data import prepare, split_facts, untokenised
from .evaluation import answer_rows, compute_dtype, environment, evaluate, from_main_process, split_metrics, this_process, told_imbalance, write_predictions
from .files import key_of, owned, write_json
from .ilm_selection import FIGURES, Choice, Sample, Selection, choose_layers, llm_texts, selection_folder, text_labels
from .llm.layers import layer_digest, layer_index, layer_range
from .llm.sources import architecture, load_config, load_encoder, load_tokenizer, usable_positions, weights_digest
from .llm.streaming import layer_inputs, llm_digest
from .models import PiFi, build_model, init_mappers, load_model, parts_table, save_model
from .options import UsageError, folder_name
from .problems import LabelSets, Numbers, Problem, check_weighted_names, problem_of, score_of, score_words
from .registry import DATASETS, LLMS, SLMS, TEXT_COLUMNS, find_model, hub_offline
from .teaching import Lesson, encoder_answers, epoch_data, probe_record, teach, unlabelled_rows
from .tracking import Tracker, log_model, start_tracking
from .train import Trainer, free_options
from .windows import check_windows

def options_table() -> pd.DataFrame:
    """List all options, as the configuration declares them."""
    ...

def freest_gpu() -> str | None:
    """Find the GPU with the most free memory."""
    ...
_ARMS = ('plug_in', 'plug_at', 'plug_gate', 'mapper_init', 'llm_dtype', 'llm_quant')

def arm_name(config: Config) -> str:
    """Name the method, followed by its variants: a control, another place, start or type."""
    ...

def _taught_by(config: Config) -> list[str]:
    ...

def run_folder(root: str, config: Config, layer: int | None) -> Path:
    """Return `{root}/{task}/{dataset}/{padding}/{model_type}/{method}/{llm_model}/{layer}`; base ends in `none/none`."""
    ...

def _check_writable(config: Config):
    ...

def _architecture(config: Config, name: str, table: dict) -> str:
    ...

def _check_architectures(config: Config, encoder: bool):
    ...

def check_run(config: Config, encoder: bool=True) -> int | None:
    """Raise a `UsageError` for anything that would stop the run later."""
    ...

def _token_limit(config: Config) -> int:
    ...

def within_encoder(config: Config) -> Config:
    """Shorten the default length of a text to what the encoder can read."""
    ...

@cache
def _tell_limit(model: str, limit: int, long_texts: str):
    ...

def _refuse_longer(config: Config, limit: int):
    ...

def check_length(config: Config):
    """Raise a `UsageError` if the encoder is at hand and cannot read texts of `max_seq_len`."""
    ...

def encoder_tokenizer(config: Config) -> PreTrainedTokenizerBase:
    """Load the encoder's tokenizer; raises `UsageError` if the encoder cannot read `max_seq_len`, or windows."""
    ...

def load_data(config: Config, name: str | None=None) -> tuple[PreTrainedTokenizerBase, DatasetDict]:
    """Load tokenised data, from the cache if possible."""
    ...

def data_digest(data: DatasetDict, splits: tuple[str, ...]=('train', 'validation')) -> str:
    """Digest the texts and labels of some splits."""
    ...

def _own_names(label: Any) -> bytes:
    ...

def _encoder_digest(config: Config) -> str | None:
    ...

def _layers_digest(config: Config, last: int) -> str | None:
    ...

def model_weights(config: Config, layer: int | None) -> dict[str, str]:
    """Digest the weights that a run's initial model is made of."""
    ...

class Run:
    """One run: its configuration, and the tokenizer, data and layer built from it once."""
    _choice: Choice | None = None

    def __init__(self, config: Config):
        ...

    @cached_property
    def config(self) -> Config:
        ...

    @cached_property
    def tokenizer(self) -> PreTrainedTokenizerBase:
        ...

    @cached_property
    def data(self) -> DatasetDict:
        ...

    @cached_property
    def problem(self) -> Problem:
        ...

    @cached_property
    def digest(self) -> str:
        ...

    @cached_property
    def unlabelled(self) -> pd.DataFrame:
        ...

    @cached_property
    def training_digest(self) -> str:
        ...

    @cached_property
    def lesson(self) -> Lesson | None:
        """What the teacher makes of the training split."""
        ...

    @cached_property
    def layer(self) -> int | None:
        """The plugged-in layer; raises `UsageError` if ILM has yet to choose it, with this run's options."""
        ...

    @cached_property
    def test_split(self) -> Dataset:
        ...

    @cached_property
    def test_digest(self) -> str:
        ...

    @cached_property
    def weights(self) -> dict[str, str]:
        """Digests of the weights that the run starts from."""
        ...

    def select(self) -> Selection:
        """Let ILM choose a layer now, and write its files."""
        ...

    def __repr__(self):
        ...

    @property
    def title(self) -> str:
        """A readable name of the run."""
        ...

    @property
    def folder(self) -> Path:
        """The folder of the checkpoints."""
        ...

    @property
    def model_file(self) -> Path:
        """The finished model."""
        ...

    @property
    def result_file(self) -> Path:
        """The file of the test result; each `--test_dataset` has its own."""
        ...

    @property
    def harmless_options(self) -> set[str]:
        """The options that may differ between two calls of one run."""
        ...

    @property
    def identity(self) -> dict[str, Any]:
        """The options that must be equal for a training to be resumed, and the digests of its data and models."""
        ...

    def finished_result(self) -> dict | None:
        """Read this run's result; raises `UsageError` if the file holds another run's."""
        ...

    def _selected_otherwise(self, record: dict) -> str:
        """Name the options that a selection was made with, where this run's differ."""
        ...

    def _kept_layer(self) -> int | None:
        ...

    def _choose_layer(self) -> int | None:
        """Find the layer; a new choice of ILM waits in `_choice`."""
        ...

    def _keep_choice(self):
        ...

    def _trained_otherwise(self, record: dict, free: set[str]) -> str:
        """Name the options that a model was trained with, where this run's differ; how it is measured may differ."""
        ...

    def _chosen_layer(self) -> int:
        """Find the layer that ILM chose with this run's options, though another choice was made since."""
        ...

    @property
    def _outdated(self) -> list[Path]:
        """List an earlier training's files that `--overwrite` or `--resume never` removes."""
        ...

    def _start_over(self):
        ...

    def _require_state(self):
        ...

    def _start_tracking(self) -> Tracker:
        ...

    def _new_trainer(self, tracker: Tracker) -> Trainer:
        """Build the model and its trainer, which may fail, and leave the files of an earlier training."""
        ...

    def _begin(self, trainer: Trainer):
        """Resume the training if there is a state to resume from; nothing is written before this can refuse the run."""
        ...

    def _save_model(self, trainer: Trainer, model: PiFi, calibration: Calibration | None):
        ...

    def _tell(self, trainer: Trainer):
        """Say what this training does not use, and what it is computed in."""
        ...

    def train(self) -> dict:
        """Select a layer, train, save the model and test it, skipping the steps that are done."""
        ...

    @property
    def result(self) -> dict:
        """The content of `test_results.json`; raises `UsageError` if the run is not tested yet."""
        ...

    def load(self) -> tuple[PiFi, dict]:
        """Load the finished model; raises `UsageError` if there is none."""
        ...

    def _measured_file(self, record: dict) -> Path:
        """Name the file for a model's test result; raises `UsageError` if the model was trained otherwise."""
        ...

    def _test_model(self) -> tuple[dict, dict, Path]:
        ...

    def _test_probe(self) -> tuple[dict, dict, Path]:
        ...

    def _measured(self, record: dict) -> dict:
        """Record how a model was measured, and on which rows."""
        ...

    def test(self) -> dict:
        """Test the finished model on the whole test split, and write the result and the prediction for every row."""
        ...

    def _print_score(self, result: dict, file: Path):
        ...

    def _check_classes(self, names: list[str]):
        ...

    def _up_to_date(self, result: dict) -> dict:
        ...

    def preprocess(self):
        """Tokenise and cache the data."""
        ...

def selection_path(config: Config) -> Path:
    """Return the folder of the run's layer selection."""
    ...

def _selection_record(folder: Path) -> dict:
    ...

def labelled_sample(config: Config, data: DatasetDict, digest: str | None=None) -> Sample:
    """Return the texts and labels that ILM may see, and the folder for its files."""
    ...

def _encoder_fault(config: Config) -> str:
    ...

def _sample_without(run: Run) -> Sample:
    ...

def _choose(runs: list[Run]) -> list[Choice]:
    ...

def _keep(run: Run, choice: Choice) -> Selection:
    ...

def select(configs: list[Config]) -> list[Selection]:
    """Let ILM choose a layer for each data set, in one pass over the LLM, and write its files."""
    ...

def log_selection(tracker: Tracker, selection: Selection):
    """Log ILM's table and its figures: scores, components, correlations, sinks."""
    ...
_SELECTION_ONLY = set(own_options(SelectionOptions))
_COLUMNS = {f'{part}_column' for part in {'label'}.union(*TEXT_COLUMNS.values())}
_NOT_THE_MODEL = {'job', 'test_dataset', 'layer_num', 'layer_selection_path', *PATH_OPTIONS, *_COLUMNS}

def _read_result(file: Path) -> dict | None:
    ...
_MEASURED = ('max_seq_len', 'long_texts', 'max_eval_samples', 'precision', 'pad_to_max_length', 'pad_to_multiple_of')

def start_mappers(model: PiFi, config: Config, data: DatasetDict, tokenizer: PreTrainedTokenizerBase, layer: int):
    """Initialise the mappers from the texts that ILM sees, for `--mapper_init scaled` and `aligned`."""
    ...

def new_model(config: Config, data: DatasetDict, tokenizer: PreTrainedTokenizerBase, layer: int | None) -> PiFi:
    """Build a run's initial model; all its randomness comes from the seed."""
    ...
_STATES = ('last.pt', 'previous.pt')
_TESTED = ('accuracy', 'micro_f1', 'macro_f1', 'precision', 'recall', 'mcc', 'pearson', 'spearman', 'r2', 'mse', 'mae', 'loss')

def _dtype_name(dtype: torch.dtype) -> str:
    ...

def _told_classes(split: Dataset) -> str:
    ...

def _told_cut(split: Dataset, longest: int) -> str:
    ...

def _told_windows(split: Dataset, longest: int) -> str:
    ...

def _predictions(result: Path) -> Path:
    ...

def _told_score(result: dict) -> str:
    ...

def run_job(config: Config) -> dict | None:
    """Do the job that a configuration describes."""
    ...

def check_runs(configs: list[Config]):
    """Raise one `UsageError` for everything in the options and data that would stop any of several runs."""
    ...

def _read_all(config: Config):
    ...

def comparison(config: Config) -> list[Run]:
    """Plan the runs of the three methods with otherwise equal options, and a taught encoder if there is a teacher."""
    ...
_COMPARED = ['validation_accuracy', 'validation_micro_f1', 'validation_pearson', 'accuracy', 'micro_f1', 'macro_f1', 'mcc', 'pearson', 'spearman', 'mae', 'n_test', 'seconds', 'examples_per_second']

def comparison_table(runs: list[Run]) -> pd.DataFrame:
    """Compare the test results of runs."""
    ...

def compare(config: Config) -> pd.DataFrame:
    """Train and test `base`, `pifi` and `pifi_ilm`, and a taught encoder, with otherwise equal options."""
    ...
