"""What the world may do to a run, short of killing it: `python .ci/outages.py disk|tracking`.

disk:     a small file system of its own fills up while the run saves. One clear line and exit code 2, the state saved
          last is whole, and with room again the same command comes to the same bytes as an undisturbed run. Needs the
          right to mount a tmpfs; without it the exit code is 77, for "not run".
tracking: the Weights & Biases server (a stand-in with its endpoints) goes away in the middle of a run. The run ends as
          one that logs nothing, and waits for half a minute at its end at most.
"""
import json, os, subprocess, sys, tempfile, threading, time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from kill_test import flags, outcome, write_models
from pifi.checkpoints import read_checkpoint

def pifi(folder, name, *more, **env):
    "A run's process, and what it prints."
    return subprocess.Popen([sys.executable, 'main.py', *flags(folder, name), *more], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env={**os.environ, **env})

def finished(process, code=0):
    "What a run printed; it must end with `code`."
    said = process.communicate(timeout=300)[0]
    assert process.returncode == code, f"exit code {process.returncode}, not {code}:\n{said[-3000:]}"
    return said

def disk(folder):
    place = folder/'full'/'checkpoint'
    place.mkdir(parents=True)
    mount = lambda options: subprocess.run(['mount', '-t', 'tmpfs', '-o', options, 'pifi', place], capture_output=True, text=True)
    if (refused := mount('size=30m')).returncode: return print(f"not run: {refused.stderr.strip()}") or 77
    try:
        said = finished(pifi(folder, 'full'), 2)
        line = said.strip().splitlines()[-1]
        assert 'disk is full' in line or 'No space left' in line, said[-2000:]
        assert 'Traceback' not in said, said[-3000:]
        state = next(place.rglob('last.pt'))
        step, left = read_checkpoint(state)['step'], sorted(f.name for f in state.parent.iterdir())
        assert step > 0 and step % 4 == 0 and not any(f.endswith(str(os.getpid())) for f in left), (step, left)
        assert mount('remount,size=200m').returncode == 0
        finished(pifi(folder, 'full'))
        got, expected = outcome(folder, 'full'), outcome(folder, 'undisturbed')
    finally: subprocess.run(['umount', place], check=True)
    assert got == expected, (got, expected)
    print(f"{line}\nstep {step} was kept ({', '.join(left)}), and with room again the run came to the same bytes")

class Server(BaseHTTPRequestHandler):
    "As much of the W&B server as a run needs."
    protocol_version, streamed = 'HTTP/1.1', threading.Event()

    def answer(self):
        body = self.rfile.read(int(self.headers.get('Content-Length') or 0))
        made = json.dumps({'data': self.query(json.loads(body))} if self.path == '/graphql' else {}).encode()
        if 'file_stream' in self.path: self.streamed.set()
        self.send_response(200)
        for header, value in {'Content-Type': 'application/json', 'Content-Length': len(made)}.items(): self.send_header(header, str(value))
        self.end_headers()
        self.wfile.write(made)
    do_GET = do_POST = do_PUT = answer

    def query(self, asked):
        given, project = asked.get('variables') or {}, {'id': 'p', 'name': 'pifi', 'entity': {'id': 'e', 'name': 'me'}}
        if 'upsertBucket' in asked['query']:
            return {'upsertBucket': {'inserted': True, 'bucket': {'id': 'b', 'name': given.get('name'), 'displayName': 'run', 'config': '{}', 'historyLineCount': 0, 'project': project}}}
        if 'createRunFiles' in asked['query']:
            url = f'http://127.0.0.1:{self.server.server_port}/upload'
            return {'createRunFiles': {'runID': 'b', 'uploadHeaders': [], 'files': [{'name': n, 'uploadUrl': f'{url}/{n}'} for n in given['files']]}}
        return {'viewer': {'id': 'u', 'entity': 'me', 'username': 'me', 'flags': '{}', 'teams': {'edges': []}}} if 'viewer' in asked['query'] else {}

    def log_message(self, *_): """The checks print what matters."""

def tracking(folder):
    server = ThreadingHTTPServer(('127.0.0.1', 0), Server)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    process = pifi(folder, 'tracked', '--use_wandb', 'true', WANDB_BASE_URL=f'http://127.0.0.1:{server.server_port}', WANDB_API_KEY='x'*40, WANDB_SILENT='true')
    assert Server.streamed.wait(120), "the run never reached the server"
    server.shutdown(); server.server_close()
    gone = time.monotonic()
    finished(process)
    waited, same = time.monotonic() - gone, ('model', 'result', 'rows') # the state also names the W&B run
    got, expected = outcome(folder, 'tracked'), outcome(folder, 'undisturbed')
    assert all(got[k] == expected[k] for k in same), (got, expected)
    assert waited < 120, waited # half a minute for W&B, the rest for what was left of the run
    print(f"the server went away; the run ended {waited:.0f} s later with the same bytes")

if __name__ == '__main__':
    with tempfile.TemporaryDirectory() as d:
        write_models(Path(d))
        finished(pifi(Path(d), 'undisturbed'))
        sys.exit({'disk': disk, 'tracking': tracking}[sys.argv[1]](Path(d)))
