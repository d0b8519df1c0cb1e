"""Disturb studies, and open a report: `python .ci/studies.py kill|ray|page [FOLDER]`.

FOLDER keeps the uninterrupted study for the next of the three.

kill: a study killed five times (`kill -9`, at different moments) ends with the table of an uninterrupted one.
ray:  so does one on a Ray cluster of two local nodes, one of which is killed while both work.
page: its report opens from disk in headless Chromium without an error, sorts, and can be read on a phone.
Needs Debian's `chromium` for the page, and `pifi[ray]` for Ray; where one is missing the check fails and says so.
"""
import html, json, random, re, shutil, subprocess, sys, tempfile, threading, time
from functools import partial
from pathlib import Path

from runs import fork, kill_when, main, run, two_ray_nodes, write_models # first: it sets the environment
import pandas as pd

from pifi.study.report import Study

STUDY = """
about: A small study, to be killed.
task_dataset: mr
model_type: {folder}/slm
llm_model: {folder}/llm
num_epochs: 4
batch_size: 8
learning_rate: 2e-3
max_train_samples: 120
max_eval_samples: 80
selection_samples: 40
max_seq_len: 40
num_workers: 0
use_wandb: false
seeds: [1, 2, 3]
arms:
  base: {{method: base}}
  ilm: {{method: pifi_ilm, selection_recipe: robust}}
"""
MOMENTS = { # a run of the study has reached a moment when a new file matches its pattern
    'begins': 'runs/*/log.txt', 'trains': 'runs/*/checkpoints/**/last.pt',
    'is tested': 'runs/*/models/**/final_model.pt', 'is done': 'runs/*/run.json',
    'chooses a layer': 'selections/**/.lock'}

def grid(work:Path, name:str, *more) -> list:
    paths = ['--cache_path', work/'cache', '--preprocess_path', work/'preprocessed']
    return ['grid', work/'study.yaml', '-o', work/name, *paths, *more]

def write_whole(work:Path):
    "Do the study undisturbed, unless it is done already."
    if (work/'whole'/'plan.json').is_file(): return
    work.mkdir(parents=True, exist_ok=True)
    write_models(work)
    (work/'study.yaml').write_text(STUDY.format(folder=work.resolve()))
    run(grid(work, 'whole'), work/'whole.log')

def table(work:Path, name:str) -> pd.DataFrame:
    "Read a study's results, without times and memory."
    study = Study.load(work/name)
    assert len(study.runs) == study.planned == 6, f"{len(study.runs)} of {study.planned} runs are done"
    return study.table().drop(columns=['seconds', 'memory, MB']).astype(str)

def compare(work:Path, name:str):
    expected, got = table(work, 'whole'), table(work, name)
    assert expected.equals(got), f"the tables differ:\n{expected}\n{got}"
    print(f"the same table:\n{got.drop(columns='command').to_string(index=False)}")

def written(study:Path, pattern:str) -> dict[Path, int]: # when
    return {file: file.stat().st_mtime_ns for file in study.glob(pattern)}

def has_new(study:Path, pattern:str, since:int) -> bool:
    return any(when > since for when in written(study, pattern).values())

def kill(work:Path):
    write_whole(work)
    seed = random.randrange(10**6)
    print(f'seed {seed}')
    chance, study, log = random.Random(seed), work/'killed', work/'killed.log'
    for i, (moment, pattern) in enumerate(MOMENTS.items()):
        jobs, done = 1 + i % 2, written(study, 'runs/*/run.json')
        ready = partial(has_new, study, pattern, time.time_ns())
        kill_when(ready, fork(grid(work, 'killed', '--jobs', jobs), log), log, chance.uniform(0, .05))
        now = written(study, 'runs/*/run.json')
        assert done.items() <= now.items(), "a run that was done was done again"
        begun = len(list(study.glob('runs/*/log.txt')))
        print(f"killed when a run {moment}, {jobs} at once: {len(now)} of 6 runs done, {begun} begun", flush=True)
    run(grid(work, 'killed', '--jobs', 2), log)
    compare(work, 'killed')

def kill_node(cluster, node, study:Path, at_work:list[int]):
    "Kill a node while two runs are in progress, one on each; `at_work` gets their number."
    def going_on(): return len(written(study, 'runs/*/log.txt')) - len(written(study, 'runs/*/run.json'))
    while going_on() < 2: time.sleep(.02)
    cluster.remove_node(node, allow_graceful=False)
    at_work.append(going_on())
    print(f"killed a node while {at_work[0]} runs went on", flush=True)

def ray(work:Path):
    import ray
    write_whole(work)
    at_work = []
    with two_ray_nodes() as (cluster, node):
        threading.Thread(target=kill_node, args=(cluster, node, work/'ray', at_work), daemon=True).start()
        code = main(list(map(str, grid(work, 'ray', '--engine', 'ray', '--address', cluster.address))))
        ray.shutdown()
    assert code == 0 and at_work == [2], (code, at_work)
    compare(work, 'ray')

CATCH = """<script>
window.errors = [];
window.onerror = message => { errors.push(String(message)) };
console.error = (...messages) => { errors.push(messages.join(' ')) };
</script>"""
PROBE = """<!DOCTYPE html><meta charset="utf-8">
<iframe id="f" style="width:390px;height:800px;border:0"></iframe><script>
const frame = document.getElementById('f');
frame.onload = () => {
  const page = frame.contentDocument, images = [...page.images];
  const out = {
    errors: frame.contentWindow.errors,
    width: page.documentElement.scrollWidth,
    cards: frame.contentWindow.getComputedStyle(page.querySelector('.cards td')).display,
    images: images.every(image => image.complete && image.naturalWidth > 0) && images.length};
  const head = [...page.querySelectorAll('th')].find(each => each.textContent == 'accuracy');
  const rows = head.closest('table').tBodies[0].rows;
  const column = () => [...rows].map(row => parseFloat(row.cells[head.cellIndex].textContent));
  head.click();
  out.up = column();
  head.click();
  out.down = column();
  document.title = JSON.stringify(out);
};
frame.srcdoc = REPORT;
</script>"""

def chromium(work:Path, *arguments) -> subprocess.CompletedProcess:
    names = ('chromium', 'chromium-browser', 'google-chrome')
    browser = next(filter(None, map(shutil.which, names)), None)
    if not browser:
        sys.exit("NOT CHECKED: there is no Chromium to open the report in; apt-get install chromium")
    flags = ['--headless', '--no-sandbox', '--disable-gpu', f'--user-data-dir={work}/profile',
             '--host-resolver-rules=MAP * ~NOTFOUND', '--enable-logging=stderr', '--dump-dom']
    return subprocess.run([browser, *flags, *arguments], capture_output=True, text=True, timeout=120)

def page(work:Path):
    write_whole(work)
    run(['report', work/'whole', '-o', work/'whole.html'], work/'report.log')
    report = (work/'whole.html').read_text().replace('<head>', f'<head>{CATCH}', 1)
    (work/'probe.html').write_text(PROBE.replace('REPORT', json.dumps(report).replace('</', r'<\/')))
    plain = chromium(work, f'file://{work}/whole.html')
    assert 'CONSOLE' not in plain.stderr, plain.stderr
    assert 'What it shows' in plain.stdout
    dom = chromium(work, '--virtual-time-budget=5000', f'file://{work}/probe.html').stdout
    seen = json.loads(html.unescape(re.search('<title>(.*?)</title>', dom)[1]))
    print(seen)
    assert seen['errors'] == [] and seen['images'] and seen['width'] <= 390 and seen['cards'] == 'block', seen
    up, down = seen['up'], seen['down']
    assert up == sorted(up) and down == sorted(up, reverse=True) and len(set(up)) > 1, seen

if __name__ == '__main__':
    kept = len(sys.argv) > 2
    work = Path(sys.argv[2] if kept else tempfile.mkdtemp())
    try: {'kill': kill, 'ray': ray, 'page': page}[sys.argv[1]](work)
    finally:
        if not kept: shutil.rmtree(work, ignore_errors=True)
