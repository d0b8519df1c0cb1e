"Plug one frozen layer of a large language model into a small encoder."
__version__ = "0.1.0"

import logging, sys
from importlib import import_module
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from typing import TYPE_CHECKING

# transformers imports torchao wherever it is installed, and torchao reports every kernel it lacks
for _name in ('torchao', 'torch.utils._pytree'): logging.getLogger(_name).setLevel(logging.ERROR)

# imported on first use, so that `pifi --help` need not wait for torch
_EXPORTS = {'Config': 'config', 'Run': 'experiments', 'compare': 'experiments', 'PiFi': 'models',
            'load_model': 'models', 'PiFiClassifier': 'classifier', 'PiFiForSequenceClassification': 'hub.modeling',
            'Selection': 'ilm_selection', 'Study': 'study.report'}
__all__ = list(_EXPORTS)

if TYPE_CHECKING: # for editors and type checkers
    from .config import Config
    from .experiments import Run, compare
    from .models import PiFi, load_model
    from .classifier import PiFiClassifier
    from .hub.modeling import PiFiForSequenceClassification
    from .ilm_selection import Selection
    from .study.report import Study

def __getattr__(name:str):
    if name not in _EXPORTS: raise AttributeError(f"module 'pifi' has no attribute {name!r}")
    return getattr(import_module(f'pifi.{_EXPORTS[name]}'), name)

def __dir__(): return sorted({*globals(), *_EXPORTS})

_MOVED = {'sources': 'llm.sources', 'weights': 'llm.weights', 'layers': 'llm.layers', 'streaming': 'llm.streaming',
          'fold': 'llm.fold', 'modeling': 'hub.modeling', 'cards': 'hub.cards', 'export': 'hub.export',
          'studies': 'study.plan', 'running': 'study.running', 'statistics': 'study.statistics',
          'report': 'study.report', 'sweeps': 'study.sweeps', 'commands': 'cli'}

class _MovedModules(MetaPathFinder, Loader):
    "Imports modules under the names they had before, with a warning."
    def find_spec(self, name, path=None, target=None):
        package, _, module = name.rpartition('.')
        return ModuleSpec(name, self) if package == 'pifi' and module in _MOVED else None

    def create_module(self, spec):
        import warnings
        new = f"pifi.{_MOVED[spec.name.rpartition('.')[2]]}"
        warnings.warn(f"{spec.name} is now {new}", DeprecationWarning, stacklevel=3)
        self.spec = import_module(new).__spec__
        return import_module(new)

    def exec_module(self, module): module.__spec__ = self.spec # the import system has set the alias's

sys.meta_path.append(_MovedModules())
