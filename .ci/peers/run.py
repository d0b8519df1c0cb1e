"Run the tests of transformers and PEFT that any classifier of texts should pass, out of their source distributions."
import os, re, subprocess, sys, tarfile
from importlib.metadata import version
from pathlib import Path

HERE, CACHE = Path(__file__).parent.resolve(), Path('cache/peers').resolve()
STUBS = { # what the distribution leaves out; none of it is about a classifier
    'exporters/test_export.py': 'class ExportTesterMixin: pass',
    'generation/test_utils.py': 'class GenerationTesterMixin: pass',
    'utils/test_configuration_utils.py': 'config_common_kwargs = {}'}

def fetch(
    package:str, # that is installed
) -> Path: # the folder that has the package's `tests`
    "Download and unpack the source of the installed version, once."
    name = f'{package}-{version(package)}'
    if not (CACHE/name/'tests').is_dir():
        wanted = ['--no-deps', '--no-binary', ':all:', '--no-build-isolation', f'{package}=={version(package)}']
        subprocess.run([sys.executable, '-m', 'pip', 'download', '-q', '-d', CACHE, *wanted], check=True)
        with tarfile.open(CACHE/f'{name}.tar.gz') as source: source.extractall(CACHE, filter='data')
    return CACHE/name

def fill(folder:Path, files:dict[str, str]):
    "Write files, each in a package of its own."
    for name, content in files.items():
        (folder/name).parent.mkdir(parents=True, exist_ok=True)
        (folder/name).parent.joinpath('__init__.py').touch()
        (folder/name).write_text(content + '\n')

def run_tests(file:Path, folder:Path, *paths:Path):
    "Run a file of tests; ends this program with 1 if one fails."
    path = os.pathsep.join(map(str, [HERE, folder, *paths, HERE.parents[1]]))
    env = dict(os.environ, PYTHONPATH=path, HF_HUB_OFFLINE='1', OMP_NUM_THREADS='1')
    options = ['-q', '--tb=short', '-W', 'ignore', '-p', 'no:cacheprovider', '-c', os.devnull, '--rootdir', folder]
    if subprocess.run([sys.executable, '-m', 'pytest', *options, file], env=env, cwd=folder).returncode: sys.exit(1)

def transformers():
    folder = fetch('transformers')
    fill(folder/'tests', {'__init__.py': '', **STUBS})
    run_tests(HERE/'test_transformers.py', folder)

def save_models(folder:Path) -> list[str]: # one of each kind
    import torch
    from transformers import AutoTokenizer
    from pifi.hub.modeling import PiFiForSequenceClassification
    from pifi.registry import SLMS, find_model
    sys.path.insert(0, str(HERE))
    from tiny import PLACES, tiny
    tokenizer = AutoTokenizer.from_pretrained(find_model('minilm', SLMS, 'cache'))
    # named as PEFT's tests name encoders
    kinds = [*(('bert', place) for place in PLACES), ('roberta', 'text')]
    for family, place in kinds:
        torch.manual_seed(0)
        model = PiFiForSequenceClassification(tiny(family, place, vocab_size=len(tokenizer)))
        for part in (model, tokenizer): part.save_pretrained(folder/f'{family} {place} Bert')
    return [str(folder/f'{family} {place} Bert') for family, place in kinds]

def peft():
    "Run PEFT's tests of sequence classification on our models in place of theirs."
    folder = fetch('peft')
    fill(folder/'stubs', {'diffusers.py': 'class StableDiffusionPipeline: pass'})
    source = (folder/'tests/test_seq_classifier.py').read_text()
    ours = f'import pifi.hub.modeling\nPEFT_SEQ_CLS_MODELS_TO_TEST = {save_models(folder/"models")}'
    changed, count = re.subn(r'PEFT_SEQ_CLS_MODELS_TO_TEST = \[.*?\]', lambda _: ours, source, flags=re.S)
    assert count == 1, 'PEFT names its models otherwise now'
    fill(folder/'tests', {'__init__.py': '', 'test_pifi_classifier.py': changed})
    run_tests(folder/'tests/test_pifi_classifier.py', folder, folder/'stubs')

for name in sys.argv[1:] or ['transformers', 'peft']: {'transformers': transformers, 'peft': peft}[name]()
