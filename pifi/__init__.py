__version__ = "0.1.0"

# transformers imports torchao wherever it is installed, and that speaks of every kernel it lacks
import logging
for _name in ('torchao', 'torch.utils._pytree'): logging.getLogger(_name).setLevel(logging.ERROR)

# before datasets, whose dill would otherwise take part in joblib's pickling, and not end with what a notebook defines
import joblib
