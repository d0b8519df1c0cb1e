# Written by .ci/stubs.py.
# mypy: ignore-errors
# ruff: noqa
"""Use PiFi models in transformers: `from_pretrained`, `pipeline`, `Trainer`, PEFT, the Hub."""
__all__ = ['PiFiConfig', 'PiFiForSequenceClassification', 'PiFiModel']
from typing import Self
import copy
from dataclasses import asdict
from functools import cache
from importlib.util import find_spec
from inspect import signature
from itertools import chain
from pathlib import Path
from tempfile import TemporaryDirectory
import torch
from fastcore.basics import patch
from huggingface_hub import ModelCard, create_repo, upload_folder
from huggingface_hub.errors import EntryNotFoundError
from torch import nn
from transformers import AutoConfig, AutoModel, AutoModelForSequenceClassification, Cache, PreTrainedConfig, PreTrainedModel, PreTrainedTokenizerBase, initialization
from transformers.modeling_outputs import BaseModelOutput, BaseModelOutputWithPooling, SequenceClassifierOutput
from ..config import DataOptions, ModelOptions, SharedOptions
from .cards import is_ours, layer_words, model_card, write_card
from ..llm.fold import FoldedPlugIn
from ..llm.layers import LLMLayer, LLMLayers, load_layers, quantise, random_layers
from ..llm.sources import aligned, check_indexes, drop_pooler
from ..models import Gate, PiFi, build_model, describe, load_model, rebuild, save_model
from ..options import UsageError, require

def _of_encoder(name: str) -> property:
    ...
_REMOTE = 'pifi_model'
_REMOTE_CODE = '# for trust_remote_code=True; needs the package: pip install pifi\nfrom pifi.hub.modeling import PiFiConfig, PiFiForSequenceClassification, PiFiModel\n'
_AUTO_MAP = {'AutoConfig': f'{_REMOTE}.PiFiConfig', 'AutoModel': f'{_REMOTE}.PiFiModel', 'AutoModelForSequenceClassification': f'{_REMOTE}.PiFiForSequenceClassification'}
_ENCODER_NAMES = ('vocab_size', 'hidden_size', 'num_hidden_layers', 'num_attention_heads')

class PiFiConfig(PreTrainedConfig):
    """Describe a PiFi model completely, except for its weights."""
    model_type = 'pifi'
    sub_configs = {'slm': AutoConfig}

    def __init__(self, slm: PreTrainedConfig | dict | None=None, padding: str='cls', dropout_rate: float=0.2, plug_at: str='text', plug_gate: str='none', middle: dict | None=None, frozen: str='weights', training: dict | None=None, **kwargs):
        ...
    vocab_size, hidden_size = (_of_encoder('vocab_size'), _of_encoder('hidden_size'))
    num_hidden_layers, num_attention_heads = (_of_encoder('num_hidden_layers'), _of_encoder('num_attention_heads'))

    def to_dict(self) -> dict:
        """Return all values; those that are the encoder's are set from `slm` when they are read back."""
        ...

    @classmethod
    def register_for_auto_class(cls, auto_class: str='AutoConfig'):
        """Do nothing: the package is imported, not copied."""
        ...

    def get_text_config(self, decoder: bool | None=None, encoder: bool | None=None) -> PreTrainedConfig:
        """Return the encoder's configuration, which reads the texts."""
        ...

@cache
def _tell_peft():
    """Let PEFT find the encoders' attention by itself, where it is installed."""
    ...

class PiFiForSequenceClassification(PreTrainedModel):
    """Give a PiFi model the interface of transformers; the model itself is `.pifi`."""
    config_class, base_model_prefix, supports_gradient_checkpointing = (PiFiConfig, 'slm', True)
    _supports_sdpa = _supports_flash_attn = _supports_flex_attn = _supports_attention_backend = True
    accepts_loss_kwargs = False

    def __init__(self, config: PiFiConfig):
        ...

    @classmethod
    def register_for_auto_class(cls, auto_class: str='AutoModel'):
        """Do nothing: the package is imported, not copied."""
        ...

    @property
    def slm(self) -> PreTrainedModel:
        ...

    @property
    def classifier(self) -> nn.Module:
        ...

    def get_input_embeddings(self):
        ...

    def set_input_embeddings(self, value):
        ...

    def forward(self, input_ids: torch.Tensor | None=None, attention_mask: torch.Tensor | None=None, token_type_ids: torch.Tensor | None=None, inputs_embeds: torch.Tensor | None=None, past_key_values: Cache | None=None, labels: torch.Tensor | None=None, return_dict: bool | None=None, **inputs) -> SequenceClassifierOutput:
        """Classify texts."""
        ...

    def _vectors(self, attention_mask: torch.Tensor | None, **inputs) -> tuple[BaseModelOutput, torch.Tensor]:
        ...

    def _wants_dict(self, asked: bool | None) -> bool:
        ...

    def _loss(self, logits: torch.Tensor, labels: torch.Tensor) -> torch.Tensor:
        ...

    def _inherit_rules(self, slm: PreTrainedModel):
        """Copy the encoder's rules, which transformers reads from a model's children only."""
        ...

    def _attend_alike(self):
        """Let a layer that keeps its attention compute it as the encoder does."""
        ...

    def set_attn_implementation(self, attn_implementation: str | dict, *args, **kwargs):
        """Choose how attention is computed, in the encoder and in a layer at the tokens."""
        ...

    def _leave_frozen(self):
        """Stop `from_pretrained` from drawing the frozen layer's weights or missing them: they are read later."""
        ...

    def _allocate(self):
        """Allocate all weights, and draw those of the frozen layer by its family's rule; `post_init` draws the others."""
        ...

    def _init_weights(self, module: nn.Module):
        ...

    @classmethod
    def wrap(cls, model: PiFi, labels: list[str] | None=None, training: dict | None=None) -> Self:
        """Wrap a `PiFi` as a model of transformers."""
        ...

    def fold(self) -> Self:
        """Fold the plug-in, for the same answers from [fewer weights](01f_fold.ipynb)."""
        ...

    @classmethod
    def from_slm_and_llm(cls, slm: str, llm: str | None=None, layer: int=-1, num_labels: int=2, labels: list[str] | None=None, **options) -> Self:
        """Build a model from a pretrained encoder and LLM layer, with new mappers and head."""
        ...

    def save_pretrained(self, save_directory: str | Path, is_main_process: bool=True, frozen: str | None=None, cache_path: str=SharedOptions.cache_path, **kwargs):
        """Write configuration, weights and model card; raises `UsageError` if the frozen layer cannot be saved as asked."""
        ...

    def _frozen_keys(self) -> set[str]:
        ...

    def _check_savable(self, cache_path: str):
        ...

    def _referenced(self, llm_model: str | None, cache_path: str) -> LLMLayer | LLMLayers:
        ...

    def _check_unchanged(self, cache_path: str):
        """Compare the frozen layer with what its reference would bring back."""
        ...

    @classmethod
    def from_pretrained(cls, pretrained_model_name_or_path: str | Path, *args, output_loading_info: bool=False, llm_model: str | None=None, cache_path: str=SharedOptions.cache_path, **kwargs) -> Self:
        """Load a model; raises `UsageError` if its frozen layer is missing, or the referenced one cannot be found unchanged."""
        ...

    def _read_frozen(self, llm_model: str | None, cache_path: str):
        ...

    @classmethod
    def from_final_model(cls, path: str | Path) -> Self:
        """Read a trained model as a model of transformers."""
        ...

    def to_final_model(self, path: str | Path, tokenizer: PreTrainedTokenizerBase | None=None):
        """Write the model in the format of a training run."""
        ...

    def push_to_hub(self, repo_id: str, frozen: str | None=None, private: bool | None=None, token: str | None=None, **kwargs) -> str:
        """Save to the Hub."""
        ...

def _problem_type(num_labels: int, labels: torch.Tensor) -> str:
    ...

def _dtype_name(frozen: LLMLayer) -> str:
    ...

def _trained_for(training: dict | None) -> str | None:
    ...

def _equal(one: torch.Tensor, other: torch.Tensor) -> bool:
    ...

def _named(origin: dict) -> str:
    ...

def _check_same(read: dict, saved: dict, name: str):
    ...

class PiFiModel(PiFiForSequenceClassification):
    """Give the vectors that a PiFi model classifies, for `AutoModel` and what is built on it."""

    def forward(self, input_ids: torch.Tensor | None=None, attention_mask: torch.Tensor | None=None, token_type_ids: torch.Tensor | None=None, inputs_embeds: torch.Tensor | None=None, return_dict: bool | None=None, **inputs) -> BaseModelOutputWithPooling:
        """Encode texts."""
        ...

def _has_own_card(repo_id: str, token: str | None) -> bool:
    ...
