"Keep the code readable: no long or dense line, no nested comprehension, no long run of cells without an example."
import ast, json, re, sys
from collections import Counter
from pathlib import Path

LONGEST_LINE, NODES_A_LINE, FUNCTION_LINES, FUNCTION_CHARACTERS, CELLS_IN_A_ROW = 120, 30, 20, 400, 4
COMPREHENSIONS = (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)
FOLDERS = ['pifi', '.ci', 'benchmarks']


def lines_of(function:ast.AST) -> int: # without its docstring
    first = function.body[0]
    documented = isinstance(first, ast.Expr) and isinstance(getattr(first, 'value', None), ast.Constant)
    start = function.body[1].lineno if documented and len(function.body) > 1 else first.lineno
    return function.end_lineno - start + 1

def nested(comprehension:ast.AST) -> bool:
    inner = (node for node in ast.walk(comprehension) if node is not comprehension)
    return any(isinstance(node, COMPREHENSIONS) for node in inner)

def faults_of(file:Path) -> list[str]:
    "Find lines that are too long or too dense, and comprehensions inside comprehensions."
    text = file.read_text()
    nodes = [node for node in ast.walk(ast.parse(text)) if hasattr(node, 'lineno')]
    lines = [(i, line) for i, line in enumerate(text.splitlines(), 1) if not line.startswith('__all__')] # nbdev's
    faults = [f"{file}:{i}: {len(line)} characters" for i, line in lines if len(line) > LONGEST_LINE]
    density = Counter(node.lineno for node in nodes)
    faults += [f"{file}:{line}: {n} syntax nodes" for line, n in density.items() if n > NODES_A_LINE]
    found = [node for node in nodes if isinstance(node, COMPREHENSIONS) and nested(node)]
    return faults + [f"{file}:{node.lineno}: comprehension inside a comprehension" for node in found]

def function_faults(files:list[Path]) -> list[str]:
    "Check whether functions are too long on average; a single one may be."
    lengths, characters = [], []
    for file in files:
        lines = file.read_text().splitlines()
        for node in ast.walk(ast.parse('\n'.join(lines))):
            if not isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)): continue
            lengths.append(lines_of(node))
            characters.append(sum(len(line.strip()) for line in lines[node.lineno-1:node.end_lineno]))
    longest, mean = sorted(lengths)[int(.9*(len(lengths)-1))], sum(characters)/len(characters)
    print(f"{len(lengths)} functions: nine of ten have at most {longest} lines, the mean has {mean:.0f} characters")
    faults = [f"a function in ten has more than {longest} lines"] if longest > FUNCTION_LINES else []
    return faults + [f"a function has {mean:.0f} characters on the mean"] if mean > FUNCTION_CHARACTERS else faults

def longest_run(notebook:Path) -> int: # exported cells in a row without anything that runs between them
    longest = run = 0
    for cell in json.loads(notebook.read_text())['cells']:
        source = ''.join(cell['source'])
        if cell['cell_type'] != 'code' or re.match(r'#\|\s*default_exp', source): continue
        run = run + 1 if re.match(r'#\|\s*exporti?\b', source) else 0
        longest = max(longest, run)
    return longest

def main(names:list[str]) -> int: # exit code
    files = [f for folder in FOLDERS for f in sorted(Path(folder).rglob('*.py')) if f.name != '_modidx.py']
    notebooks = sorted(f for f in Path('nbs').glob('*.ipynb'))
    if names: files = [f for f in files if f.stem in names]
    if names: notebooks = [f for f in notebooks if f.stem in names]
    faults = []
    for file in files: faults += faults_of(file)
    if not names: faults += function_faults([f for f in files if f.parts[0] == 'pifi'])
    for notebook in notebooks:
        run = longest_run(notebook)
        if run > CELLS_IN_A_ROW: faults.append(f"{notebook}: {run} exported cells in a row without an example")
    print('\n'.join(faults) or 'no fault of style')
    return int(bool(faults))

if __name__ == '__main__': sys.exit(main(sys.argv[1:]))
