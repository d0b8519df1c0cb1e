"Tiny PiFi models of random weights: each family of encoders, plugged in nowhere, at the text and at the tokens."
from transformers import (AlbertConfig, BertConfig, DebertaConfig, DebertaV2Config, DistilBertConfig, ElectraConfig,
                          LlamaConfig, ModernBertConfig, RobertaConfig, XLMRobertaConfig)
from pifi.hub.modeling import PiFiConfig

PLACES = ('base', 'text', 'tokens')
SIZES = dict(hidden_size=32, num_hidden_layers=2, num_attention_heads=4)
LLAMA = dict(vocab_size=99, hidden_size=48, num_hidden_layers=3, num_attention_heads=4, num_key_value_heads=2,
             intermediate_size=64, max_position_embeddings=64)
SPECIAL = dict(pad_token_id=0, bos_token_id=2, eos_token_id=3, cls_token_id=2, sep_token_id=3)
RELATIVE = dict(relative_attention=True, position_biased_input=False, pos_att_type=['c2p', 'p2c'])

def encoders(
    **sizes, # such as `vocab_size`
) -> dict: # configurations by family
    "Describe a tiny encoder of each family."
    sizes = {**SIZES, 'vocab_size': 99, 'intermediate_size': 48, **sizes}
    several = dict(bert=BertConfig, roberta=RobertaConfig, electra=ElectraConfig, xlm_roberta=XLMRobertaConfig)
    made = {family: config(**sizes, max_position_embeddings=64) for family, config in several.items()}
    made['albert'] = AlbertConfig(**sizes, embedding_size=16, max_position_embeddings=64)
    made['modernbert'] = ModernBertConfig(**sizes, **SPECIAL, global_attn_every_n_layers=2, local_attention=8)
    made['deberta'] = DebertaConfig(**sizes, **RELATIVE, max_relative_positions=-1)
    made['deberta_v2'] = DebertaV2Config(**sizes, **RELATIVE, position_buckets=8, share_att_key=True)
    distilled = dict(dim=32, n_layers=2, n_heads=4, hidden_dim=48, max_position_embeddings=64)
    made['distilbert'] = DistilBertConfig(vocab_size=sizes['vocab_size'], **distilled)
    return made

def tiny(
    family:str, # of `encoders`
    place:str, # of `PLACES`
    **sizes, # of the encoder
) -> PiFiConfig:
    "Describe a tiny PiFi model."
    slm = encoders(**sizes)[family]
    if place == 'base': return PiFiConfig(slm=slm)
    llm = LlamaConfig(**LLAMA).to_dict()
    middle = dict(kind='llm', llm=llm, layer=1, full_layer=place == 'tokens', origin=None, dtypes={})
    return PiFiConfig(slm=slm, middle=middle, plug_at=place)
