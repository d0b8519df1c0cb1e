# Written by .ci/stubs.py.
# mypy: ignore-errors
# ruff: noqa
"""Build, save and load PiFi classifiers."""
__all__ = ['MODEL_FORMAT', 'pool', 'Gate', 'PiFi', 'MLP', 'build_middle', 'build_model', 'parts_table', 'describe', 'rebuild', 'materialise', 'current_names', 'save_model', 'read_torch_file', 'load_model', 'saved_tokenizer', 'fit_linear', 'init_mappers']
from typing import Self
import json, pickle, re
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING
import numpy as np, torch
from fastcore.basics import patch
from torch import nn
from transformers import AutoConfig, AutoModel, AutoTokenizer, PreTrainedConfig, PreTrainedModel, PreTrainedTokenizerBase
from .config import ModelOptions
from .files import write_torch
from .llm.fold import FoldedLayers, FoldedPlugIn, fold_plug_in
from .llm.layers import DTYPES, LLMLayer, LLMLayers, build_layer, import_torchao, join_layers, layer_range, load_layers, quantise, random_layers
from .llm.sources import drop_pooler, load_config, load_encoder
from .options import UsageError, require
from .registry import LLMS, SLMS, find_model
import pandas as pd

def pool(hidden_states: torch.Tensor, attention_mask: torch.Tensor, padding: str) -> torch.Tensor:
    """Reduce the encoder's hidden states to one vector per text."""
    ...

class Gate(nn.Module):
    """Add the plug-in's output to its input, times a trained vector that starts at zero."""

    def __init__(self, width: int):
        ...

    def forward(self, states, plugged):
        ...

def _new_head(d: int, num_labels: int, dropout_rate: float) -> nn.Sequential:
    ...

class PiFi(nn.Module):
    """A small encoder with a classification head and, between them, a frozen LLM layer (Kim et al. 2025, section 3)."""

    def __init__(self, slm: PreTrainedModel, num_labels: int, frozen_layer: LLMLayer | LLMLayers | None=None, padding: str='cls', dropout_rate: float=0.2, control: nn.Module | None=None, width: int | None=None, folded: FoldedPlugIn | FoldedLayers | None=None, plug_at: str='text', plug_gate: str='none'):
        ...

    @property
    def num_labels(self) -> int:
        ...

    def encoded(self, attention_mask: torch.Tensor, **inputs) -> torch.Tensor:
        """Compute the encoder's last hidden states."""
        ...

    def pooled(self, attention_mask: torch.Tensor, **inputs) -> torch.Tensor:
        """Encode each text as one vector."""
        ...

    def middle(self, mapped: torch.Tensor, attention_mask: torch.Tensor | None=None) -> torch.Tensor:
        """Apply the frozen layer, or the control in its place."""
        ...

    def plug_in(self, states: torch.Tensor, attention_mask: torch.Tensor | None=None) -> torch.Tensor:
        """Apply the mappers and what stands between them; the base model returns `states`."""
        ...

    def forward(self, attention_mask: torch.Tensor, **inputs) -> torch.Tensor:
        """Classify texts."""
        ...

    def vectors(self, states: torch.Tensor, attention_mask: torch.Tensor) -> torch.Tensor:
        """Make each text's vector that is classified: plugged in, and pooled."""
        ...

    def freeze(self) -> Self:
        """Exclude the parts that are never trained from training."""
        ...

    def fold(self) -> Self:
        """Merge mappers and frozen layer into one map with the same answers, for inference only."""
        ...

def _num_weights(module: nn.Module) -> int:
    ...

class MLP(nn.Module):
    """A trained network D → h → D with a residual path: as many weights as an LLM layer, none of its knowledge."""

    def __init__(self, width: int, weights: int):
        ...

    def forward(self, x):
        ...

def _llm_config(options: ModelOptions, layer: int) -> tuple[PreTrainedConfig, int]:
    ...

def _build_frozen(options: ModelOptions, layer: int) -> LLMLayer | LLMLayers:
    ...

def build_middle(options: ModelOptions, layer: int) -> dict:
    """Build the frozen layer, or a control of the LLM's width in its place."""
    ...

def build_model(options: ModelOptions, num_labels: int, layer: int | None=None) -> PiFi:
    """Build a model ready for training: pretrained encoder and LLM layer, mappers and head from torch's random state."""
    ...

def parts_table(model: PiFi) -> 'pd.DataFrame':
    """List the model's parts, their weights, and whether they are trained."""
    ...

def describe(model: PiFi) -> dict:
    """Describe a model completely, except for its weights."""
    ...

def _describe_middle(model: PiFi) -> dict:
    ...

def _describe_folded(folded: FoldedPlugIn | FoldedLayers) -> dict:
    ...

def _describe_frozen(frozen: LLMLayer | LLMLayers) -> dict:
    ...

def _rebuild_frozen(llm: dict, layer: int, full_layer: bool, origin: dict, dtypes: dict[str, str], num_layers: int=1) -> LLMLayer | LLMLayers:
    ...

def _rebuild_folded(shape: dict, origin: dict, rest: dict | None=None, gated: bool=False) -> FoldedPlugIn | FoldedLayers:
    ...

def _rebuild_middle(kind: str, width: int | None=None, weights: int | None=None, **described) -> dict:
    ...

def rebuild(slm: PreTrainedConfig, num_labels: int, middle: dict, **parts) -> PiFi:
    """Rebuild a model from its description."""
    ...

def materialise(model: nn.Module, weights: dict[str, torch.Tensor]) -> nn.Module:
    """Fill a `meta` model with its weights, and recompute the buffers that are not stored."""
    ...
MODEL_FORMAT = 2

def current_names(weights: dict[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    """Rename the weights in a file of an earlier version, where the classifier was called `head`."""
    ...

def save_model(model: PiFi, path: Path, labels: list[str], config: dict, tokenizer: PreTrainedTokenizerBase | None=None):
    """Save a self-contained model."""
    ...

def _tokenizer_files(tokenizer: PreTrainedTokenizerBase) -> dict[str, bytes]:
    ...

def _torch_load(path: str | Path) -> dict:
    ...

def read_torch_file(path: str | Path) -> dict:
    """Read a file of tensors and plain values; raises `UsageError` for anything else."""
    ...

def load_model(path: str | Path) -> tuple[PiFi, dict]:
    """Load a saved model; needs neither the Hub nor the original checkpoints."""
    ...

def saved_tokenizer(saved: dict) -> PreTrainedTokenizerBase:
    """Restore the tokenizer in a model's file; raises `UsageError` if it was saved without."""
    ...

def fit_linear(x: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
    """Fit a ridge regression from `x` to `y`."""
    ...

@torch.no_grad()
def init_mappers(model: PiFi, pooled: torch.Tensor, inputs: torch.Tensor, mapper_init: str):
    """Initialise the mappers from a sample of texts; raises `UsageError` if the plug-in is at the tokens."""
    ...
