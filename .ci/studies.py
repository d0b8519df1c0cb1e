"""Studies under rough handling, with real models: `python .ci/studies.py kill|ray|page [FOLDER]`; FOLDER keeps the uninterrupted study for the next.

kill: a study killed five times (`kill -9`, at different moments) ends with the table of an uninterrupted one.
ray:  so does one on a Ray cluster of two local nodes, one of which is killed while both work.
page: its report opens from disk in headless Chromium without an error, sorts, and can be read at the width of a telephone.
Needs Debian's `chromium` for the page, and `pifi[ray]` for Ray; where one is missing the check fails and says so.
"""
import html, json, os, random, re, shutil, signal, subprocess, sys, tempfile, time
from pathlib import Path

import pandas as pd

STUDY = """
about: A small study, to be killed.
task_dataset: mr
model_type: minilm
llm_model: smollm2
num_epochs: 2
learning_rate: 2e-4
max_train_samples: 120
max_eval_samples: 80
selection_samples: 40
max_seq_len: 40
num_workers: 0
use_wandb: false
seeds: [1, 2, 3]
arms:
  base: {method: base}
  ilm: {method: pifi_ilm, selection_recipe: robust}
"""
ENV = {**os.environ, 'OMP_NUM_THREADS': '1', 'USE_WANDB': 'false', 'PYTHONPATH': os.getcwd()}

def pifi(*arguments): return [sys.executable, 'main.py', *map(str, arguments)]

def grid(work, name): return pifi('grid', work/'study.yaml', '-o', work/name, '--cache_path', 'cache', '--preprocess_path', work/'preprocessed')

def table(work, name):
    "What the study found, without times and memory."
    subprocess.run(pifi('report', work/name, '-o', work/f'{name}.html'), check=True, env=ENV, stdout=subprocess.DEVNULL)
    return pd.read_csv(work/f'{name}.csv').drop(columns=['seconds', 'memory, MB']).astype(str)

def whole(work):
    "The uninterrupted study."
    work.mkdir(parents=True, exist_ok=True)
    (work/'study.yaml').write_text(STUDY)
    subprocess.run(grid(work, 'whole'), check=True, env=ENV, stdout=subprocess.DEVNULL)

def same(work, name):
    expected, found = table(work, 'whole'), table(work, name)
    assert expected.equals(found), f"the tables differ:\n{expected}\n{found}"
    print(f"the same table:\n{found.drop(columns='command').to_string(index=False)}")

def kill(work):
    whole(work)
    rng, seconds = random.Random(0), sum(json.loads(f.read_text())['result']['total_seconds'] for f in (work/'whole'/'runs').glob('*/run.json'))
    for i in range(5):
        started = time.time()
        process = subprocess.Popen([*grid(work, 'killed'), '--jobs', '2'], env=ENV, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        while process.poll() is None and not any(f.stat().st_mtime > started for f in (work/'killed'/'runs').glob('*/log.txt')): time.sleep(.05)
        time.sleep(rng.random()*seconds/7) # somewhere in reading, selecting, training, saving or testing; with time left for five
        process.kill()
        assert process.wait() == -signal.SIGKILL, "it ended by itself before it could be killed"
        print(f"killed: {len(list((work/'killed'/'runs').glob('*/run.json')))} of 6 runs done, {len(list((work/'killed'/'runs').rglob('last.pt')))} half done", flush=True)
    subprocess.run([*grid(work, 'killed'), '--jobs', '2'], check=True, env=ENV, stdout=subprocess.DEVNULL)
    same(work, 'killed')

def ray(work):
    from ray.cluster_utils import Cluster
    whole(work)
    cluster = Cluster(initialize_head=True, head_node_args=dict(num_cpus=1, include_dashboard=False))
    node = cluster.add_node(num_cpus=1)
    process = subprocess.Popen([*grid(work, 'ray'), '--engine', 'ray', '--address', cluster.address], env=ENV)
    try:
        while len(list((work/'ray'/'runs').glob('*/log.txt'))) < 2: # both nodes are at it
            assert process.poll() is None, "it ended before a node could be killed"
            time.sleep(.2)
        time.sleep(3)
        cluster.remove_node(node, allow_graceful=False)
        print("killed a node", flush=True)
        assert process.wait() == 0
    finally:
        process.kill()
        cluster.shutdown()
    same(work, 'ray')

PROBE = """
<iframe id="f" style="width:390px;height:800px;border:0"></iframe><script>
const said=[],f=document.getElementById('f');
window.onmessage=e=>said.push(e.data);
f.onload=()=>{const d=f.contentDocument,out={errors:f.contentWindow.errors,width:d.documentElement.scrollWidth,cards:f.contentWindow.getComputedStyle(d.querySelector('.cards td')).display,
images:[...d.images].every(i=>i.complete&&i.naturalWidth>0)&&d.images.length};
const th=[...d.querySelectorAll('th')].find(h=>h.textContent=='accuracy'),i=th.cellIndex,column=()=>[...th.closest('table').tBodies[0].rows].map(r=>parseFloat(r.cells[i].textContent));
th.click();out.up=column();th.click();out.down=column();document.title=JSON.stringify(out)};
f.srcdoc=REPORT;</script>"""

def page(work):
    browser = shutil.which('chromium') or shutil.which('chromium-browser') or shutil.which('google-chrome')
    if not browser: sys.exit("NOT CHECKED: there is no Chromium to open the report in; apt-get install chromium")
    whole(work)
    table(work, 'whole')
    report = (work/'whole.html').read_text()
    catch = "<script>window.errors=[];window.onerror=m=>{errors.push(String(m))};console.error=(...m)=>{errors.push(m.join(' '))}</script>"
    srcdoc = json.dumps(report.replace('<head>', f'<head>{catch}', 1)).replace('</', r'<\/')
    (work/'probe.html').write_text('<!DOCTYPE html><meta charset="utf-8">' + PROBE.replace('REPORT', srcdoc))
    chromium = lambda *arguments: subprocess.run([browser, '--headless', '--no-sandbox', '--disable-gpu', f'--user-data-dir={work}/profile', '--host-resolver-rules=MAP * ~NOTFOUND', '--enable-logging=stderr', *arguments],
                                                 capture_output=True, text=True, timeout=120)
    plain = chromium('--dump-dom', f'file://{work}/whole.html')
    assert 'CONSOLE' not in plain.stderr, plain.stderr
    assert 'What it shows' in plain.stdout
    dom = chromium('--virtual-time-budget=5000', '--dump-dom', f'file://{work}/probe.html').stdout
    found = json.loads(html.unescape(re.search('<title>(.*?)</title>', dom)[1]))
    print(found)
    assert found['errors'] == [] and found['images'] and found['width'] <= 390 and found['cards'] == 'block', found
    assert found['up'] == sorted(found['up']) and found['down'] == sorted(found['up'], reverse=True) and len(set(found['up'])) > 1, found

if __name__ == '__main__':
    work = Path(sys.argv[2] if len(sys.argv) > 2 else tempfile.mkdtemp())
    try: {'kill': kill, 'ray': ray, 'page': page}[sys.argv[1]](work)
    finally:
        if len(sys.argv) < 3: shutil.rmtree(work, ignore_errors=True)
