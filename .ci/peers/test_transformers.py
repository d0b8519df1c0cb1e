"Run transformers' common tests of models on PiFi's; `.ci/peers/run.py` fetches them."
import unittest
import torch
from tests.test_configuration_common import ConfigTester
from tests.test_modeling_common import ModelTesterMixin, ids_tensor
from tiny import PLACES, SIZES, encoders, tiny
from pifi.hub.modeling import PiFiConfig, PiFiForSequenceClassification

LEFT_OUT = [ # family, part of a test's name, and why it is left out
    ('', 'reload_no_missing_tied_weights', "it takes all weights away and expects new ones to be drawn; a frozen layer "
     "is never trained, so a folder without it is refused"),
    ('albert', 'gradient_checkpointing', "transformers' own ALBERT cannot, and its tests leave this out"),
    ('deberta', 'sdpa_inference', "transformers' own DeBERTa has no sdpa, and fails in half precision"),
]

class Parts:
    "Tell the tests what a model is and what it reads."
    batch_size, seq_length, is_training = 4, 7, True

    def __init__(self, family, place):
        self.family, self.place = family, place
        for name, size in SIZES.items(): setattr(self, name, size)

    def prepare_config_and_inputs_for_common(self):
        ids = ids_tensor([self.batch_size, self.seq_length], 99)
        return tiny(self.family, self.place), dict(input_ids=ids, attention_mask=torch.ones_like(ids))

class Common:
    all_model_classes = (PiFiForSequenceClassification,)

    def setUp(self):
        self.model_tester = Parts(self.family, self.place)
        self.config_tester = ConfigTester(self, PiFiConfig, hidden_size=32)

    def test_config(self): self.config_tester.run_common_tests()

    def _prepare_for_class(self, inputs_dict, model_class, return_labels=False):
        labels = dict(labels=torch.zeros(self.model_tester.batch_size, dtype=torch.long)) if return_labels else {}
        return {**inputs_dict, **labels}

def left_out(family):
    "Replace the tests that are left out by ones that say why."
    tests = [name for name in dir(ModelTesterMixin) if name.startswith('test_')]
    reasons = {test: why for theirs, part, why in LEFT_OUT if theirs in ('', family) for test in tests if part in test}
    return {test: unittest.skip(why)(getattr(ModelTesterMixin, test)) for test, why in reasons.items()}

for family in encoders():
    for place in PLACES:
        name, parts = f'{family}_{place}', dict(family=family, place=place, **left_out(family))
        globals()[name] = type(name, (Common, ModelTesterMixin, unittest.TestCase), parts)
