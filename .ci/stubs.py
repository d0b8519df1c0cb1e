"""Write the type stubs of the modules whose classes grow method by method, which type checkers cannot see.

`@patch` adds a method to a class that an earlier cell of the notebook has begun. A stub has all methods in their class.

    python .ci/stubs.py           # write pifi/**/*.pyi
    python .ci/stubs.py --check   # fail if they are not what the modules say

pyright and mypy, which are not among the tools of this repository, report nothing on README's code and the tutorial's:

    python .ci/stubs.py --examples examples.py
    pyright --pythonpath .venv/bin/python examples.py
    mypy --python-executable .venv/bin/python --follow-imports silent --ignore-missing-imports examples.py
"""
import ast, json, sys
from pathlib import Path

MODULES = ['classifier', 'experiments', 'hub/modeling', 'ilm_selection', 'models', 'study/report'] # of `pifi.__all__`
HEADER = '# Written by .ci/stubs.py.\n# mypy: ignore-errors\n# ruff: noqa\n'
KINDS = {'cls_method': 'classmethod', 'as_prop': 'property'} # arguments of `patch`

def patch_of(function:ast.AST) -> ast.AST|None: # its decorator
    for decorator in getattr(function, 'decorator_list', []):
        called = decorator.func if isinstance(decorator, ast.Call) else decorator
        if isinstance(called, ast.Name) and called.id == 'patch': return decorator
    return None

def without_body(function:ast.FunctionDef) -> ast.FunctionDef:
    "Keep a function's signature and docstring."
    documented = ast.get_docstring(function, clean=False) is not None
    function.body = [*function.body[:documented], ast.Expr(ast.Constant(...))]
    return function

def as_method(function:ast.FunctionDef, patch:ast.AST) -> tuple[str, ast.FunctionDef]: # the class, and its method
    "Turn a patched function into a method."
    named = [KINDS[word.arg] for word in getattr(patch, 'keywords', []) if word.arg in KINDS]
    others = [decorator for decorator in function.decorator_list if decorator is not patch]
    function.decorator_list = [*map(ast.Name, named), *others]
    first = function.args.args[0]
    owner, first.annotation = first.annotation.id, None
    if isinstance(function.returns, ast.Name) and function.returns.id == owner: function.returns = ast.Name('Self')
    return owner, without_body(function)

def as_declared(node:ast.AST) -> list[ast.AST]: # [] if a stub leaves it out
    "Strip what a module runs from what it declares."
    if isinstance(node, ast.FunctionDef): return [without_body(node)]
    if isinstance(node, ast.ClassDef):
        node.body = [part for child in node.body for part in as_declared(child)] or [ast.Expr(ast.Constant(...))]
        return [node]
    if isinstance(node, ast.If): return node.body # `if TYPE_CHECKING:`
    if isinstance(node, ast.Expr): return [node] if isinstance(node.value, ast.Constant) else []
    return [node] if isinstance(node, (ast.Import, ast.ImportFrom, ast.Assign, ast.AnnAssign)) else []

def stub_of(source:str) -> str:
    "Write the stub of a module."
    tree, methods = ast.parse(source), []
    for node in tree.body:
        if patch := patch_of(node): methods.append(as_method(node, patch))
    own = {id(function) for _, function in methods}
    body = [part for node in tree.body if id(node) not in own for part in as_declared(node)]
    classes = {node.name: node for node in body if isinstance(node, ast.ClassDef)}
    for owner, function in methods: classes[owner].body.append(function)
    start = 1 + next(i for i, node in enumerate(body) if not isinstance(node, ast.Expr)) # after `__all__`
    body.insert(start, ast.parse('from typing import Self').body[0])
    return ast.unparse(ast.fix_missing_locations(ast.Module(body, []))) + '\n'

EXAMPLES = {'index.ipynb': ['2927dc3e', '2b46d972', 'e74c3553'], # cells
            '05_tutorial.ipynb': ['c3a6dbef', '63284c36', '477271fe']}

def examples() -> str: # Python
    "Collect code that people copy."
    code = ['import pandas as pd', "names = ['negative', 'positive']"]
    for page, ids in EXAMPLES.items():
        cells = json.loads((Path(__file__).parents[1]/'nbs'/page).read_text(encoding='utf-8'))['cells']
        code += [''.join(cell['source']) for cell in cells if cell['id'] in ids]
        if page == 'index.ipynb': code += ['config = run.config']
    return '\n\n'.join(code) + '\n'

def main(check:bool) -> int: # exit code
    stale = []
    for name in MODULES:
        file = Path(__file__).parents[1]/'pifi'/f'{name}.pyi'
        stub = HEADER + stub_of(file.with_suffix('.py').read_text(encoding='utf-8'))
        if check and not (file.exists() and file.read_text(encoding='utf-8') == stub): stale.append(file.name)
        if not check: file.write_text(stub, encoding='utf-8')
    if stale: print(f"{', '.join(stale)} are not what their modules say: run `make stubs`")
    return int(bool(stale))

if __name__ == '__main__':
    if '--examples' in sys.argv: sys.exit(Path(sys.argv[-1]).write_text(examples(), encoding='utf-8') and 0)
    sys.exit(main('--check' in sys.argv[1:]))
