"""The Weights & Biases server goes away in the middle of a run: `python .ci/wandb_outage.py`.

The server is a stand-in with the endpoints that a run needs, a process of its own that is killed once the run has sent
it steps. The run ends as one that logs nothing, to the same bytes, and the server's absence costs it half a minute at
its end at most.
"""
import json, os, subprocess, sys, tempfile, time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from kill_test import flags, outcome, write_models

class Server(BaseHTTPRequestHandler):
    "As much of the W&B server as a run needs; prints its port, and the path of every request."
    protocol_version = 'HTTP/1.1'

    def answer(self):
        body = self.rfile.read(int(self.headers.get('Content-Length') or 0))
        made = json.dumps({'data': self.query(json.loads(body))} if self.path == '/graphql' else {}).encode()
        self.send_response(200)
        for header, value in {'Content-Type': 'application/json', 'Content-Length': len(made)}.items(): self.send_header(header, str(value))
        self.end_headers()
        self.wfile.write(made)
    do_GET = do_POST = do_PUT = answer

    def query(self, asked):
        given, query = asked.get('variables') or {}, asked['query']
        project = {'id': 'p', 'name': 'pifi', 'entity': {'id': 'e', 'name': 'me'}}
        if 'upsertBucket' in query: return {'upsertBucket': {'inserted': True, 'bucket': {'id': 'b', 'name': given.get('name'), 'displayName': 'run', 'config': '{}', 'historyLineCount': 0, 'project': project}}}
        if 'createRunFiles' in query:
            url = f'http://127.0.0.1:{self.server.server_port}/upload'
            return {'createRunFiles': {'runID': 'b', 'uploadHeaders': [], 'files': [{'name': n, 'uploadUrl': f'{url}/{n}'} for n in given['files']]}}
        return {'viewer': {'id': 'u', 'entity': 'me', 'username': 'me', 'flags': '{}', 'teams': {'edges': []}}} if 'viewer' in query else {}

    def log_message(self, *_): print(self.path, flush=True)

def serve():
    server = ThreadingHTTPServer(('127.0.0.1', 0), Server)
    print(server.server_port, flush=True)
    server.serve_forever()

def run(folder, name, *more, **env):
    "A run's process."
    return subprocess.Popen([sys.executable, 'main.py', *map(str, flags(folder, name)), *more], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env={**os.environ, **env})

def seconds(process):
    "How long a run goes on from now; it must end well."
    started, said = time.monotonic(), process.communicate(timeout=300)[0]
    assert process.returncode == 0, said[-3000:]
    return time.monotonic() - started

def outage(folder):
    whole = seconds(run(folder, 'undisturbed'))
    server = subprocess.Popen([sys.executable, __file__, 'serve'], stdout=subprocess.PIPE, text=True)
    tracked = run(folder, 'tracked', '--use_wandb', 'true', WANDB_BASE_URL=f'http://127.0.0.1:{int(server.stdout.readline())}', WANDB_API_KEY='x'*40)
    for line in server.stdout:
        if 'file_stream' in line: break
    server.kill()
    after, ended = seconds(tracked), [outcome(folder, name) for name in ('undisturbed', 'tracked')]
    differ = [k for k in ('model', 'result', 'rows') if ended[0][k] != ended[1][k]] # the state also names the W&B run
    assert not differ, differ
    print(f"a whole run takes {whole:.0f} s; this one ended {after:.0f} s after the server, with the same bytes")

if __name__ == '__main__':
    if sys.argv[1:] == ['serve']: serve()
    with tempfile.TemporaryDirectory() as d:
        write_models(Path(d))
        outage(Path(d))
