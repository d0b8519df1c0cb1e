"Everything about the package stands in settings.ini, which nbdev reads too; this file hands it to setuptools."
from configparser import ConfigParser
from pathlib import Path
from setuptools import find_packages, setup

here = Path(__file__).parent
parser = ConfigParser(delimiters=['='], interpolation=None)
parser.read(here/'settings.ini', encoding='utf-8')
cfg = parser['DEFAULT']

def requirements(extra): return cfg[f'{extra}_requirements'].split()
uses = ['train', 'wandb', 'study', 'ray', 'tune', 'onnx', 'quant']
extras = {extra: requirements(extra) for extra in [*uses, 'docs', 'dev']}
extras['all'] = [requirement for extra in uses for requirement in extras[extra]] # whatever a command may need

setup(
    name=cfg['lib_name'], version=cfg['version'], description=cfg['description'], keywords=cfg['keywords'],
    author=cfg['author'], license='Apache-2.0', license_files=['LICENSE'], python_requires=f">={cfg['min_python']}",
    packages=find_packages(include=['pifi', 'pifi.*']), install_requires=cfg['requirements'].split(),
    package_data={'pifi.study': ['*.html', '*.css', '*.js', '*.pyi'], # the report page
                  'pifi': ['py.typed', '*.pyi'], 'pifi.hub': ['*.pyi']}, # types
    extras_require=extras,
    entry_points={'console_scripts': [cfg['console_scripts']],
                  'nbdev': [f"{cfg['lib_name']}={cfg['lib_path']}._modidx:d"]},
    long_description=(here/'README.md').read_text(encoding='utf-8'), long_description_content_type='text/markdown',
)
