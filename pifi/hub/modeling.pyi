# Written by .ci/stubs.py.
# mypy: ignore-errors
# ruff: noqa
"""Use PiFi models in transformers: `from_pretrained`, `pipeline`, `Trainer`, PEFT, the Hub."""
__all__ = ['PiFiConfig', 'PiFiForSequenceClassification']
from typing import Self
import copy
from dataclasses import asdict
from pathlib import Path
from tempfile import TemporaryDirectory
import torch
from fastcore.basics import patch
from huggingface_hub import ModelCard, create_repo, upload_folder
from huggingface_hub.errors import EntryNotFoundError
from torch import nn
from transformers import AutoConfig, AutoModelForSequenceClassification, PreTrainedConfig, PreTrainedModel, PreTrainedTokenizerBase, initialization
from transformers.modeling_outputs import SequenceClassifierOutput
from ..config import DataOptions, ModelOptions, SharedOptions
from .cards import is_ours, layer_words, model_card, write_card
from ..llm.fold import FoldedPlugIn
from ..llm.layers import LLMLayer, load_layers, quantise, random_layers
from ..llm.sources import aligned, check_indexes
from ..models import Gate, PiFi, build_model, describe, load_model, rebuild, save_model
from ..options import UsageError, require

class PiFiConfig(PreTrainedConfig):
    """Describe a PiFi model completely, except for its weights."""
    model_type = 'pifi'
    sub_configs = {'slm': AutoConfig}

    def __init__(self, slm: PreTrainedConfig | dict | None=None, padding: str='cls', dropout_rate: float=0.2, plug_at: str='text', plug_gate: str='none', middle: dict | None=None, frozen: str='weights', training: dict | None=None, **kwargs):
        ...

class PiFiForSequenceClassification(PreTrainedModel):
    """Give a PiFi model the interface of transformers; the model itself is `.pifi`."""
    config_class, base_model_prefix, supports_gradient_checkpointing = (PiFiConfig, 'pifi', True)
    _supports_sdpa = _supports_flash_attn = _supports_flex_attn = _supports_attention_backend = True
    accepts_loss_kwargs = False

    def __init__(self, config: PiFiConfig):
        ...

    def get_input_embeddings(self):
        ...

    def set_input_embeddings(self, value):
        ...

    def forward(self, input_ids: torch.Tensor | None=None, attention_mask: torch.Tensor | None=None, token_type_ids: torch.Tensor | None=None, inputs_embeds: torch.Tensor | None=None, labels: torch.Tensor | None=None, return_dict: bool | None=None, **inputs) -> SequenceClassifierOutput:
        """Classify texts."""
        ...

    def _loss(self, logits: torch.Tensor, labels: torch.Tensor) -> torch.Tensor:
        ...

    def _inherit_rules(self, slm: PreTrainedModel):
        """Copy the encoder's rules, which transformers reads from a model's children only."""
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

    def save_pretrained(self, save_directory: str | Path, is_main_process: bool=True, frozen: str | None=None, **kwargs):
        """Write configuration, weights and model card."""
        ...

    def _frozen_keys(self) -> set[str]:
        ...

    def _check_savable(self):
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

def _named(origin: dict) -> str:
    ...

def _check_same(read: dict, saved: dict, name: str):
    ...

def _has_own_card(repo_id: str, token: str | None) -> bool:
    ...
