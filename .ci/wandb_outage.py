"""Kill the Weights & Biases server in the middle of a run: `python .ci/wandb_outage.py`.

The server is a stand-in with the endpoints that a run needs, in a process of its own that is killed once the run has
sent it steps. The run must give the same weights, scores and answers as one that logs nothing, and the server's
absence may delay its end by half a minute at most.
"""
import json, subprocess, sys, tempfile, time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

PROJECT = {'id': 'p', 'name': 'pifi', 'entity': {'id': 'e', 'name': 'me'}}
USER = {'id': 'u', 'entity': 'me', 'username': 'me', 'flags': '{}', 'teams': {'edges': []}}

class Server(BaseHTTPRequestHandler):
    "The part of the W&B server that a run needs; prints the path of every request."
    protocol_version = 'HTTP/1.1'

    def answer(self):
        body = self.rfile.read(int(self.headers.get('Content-Length') or 0))
        data = {'data': self.query(json.loads(body))} if self.path == '/graphql' else {}
        sent = json.dumps(data).encode()
        self.send_response(200)
        self.send_header('Content-Type', 'application/json')
        self.send_header('Content-Length', str(len(sent)))
        self.end_headers()
        self.wfile.write(sent)
    do_GET = do_POST = do_PUT = answer

    def query(self, asked:dict) -> dict:
        given, query = asked.get('variables') or {}, asked['query']
        if 'upsertBucket' in query:
            bucket = dict(id='b', name=given.get('name'), displayName='run', config='{}', historyLineCount=0)
            return {'upsertBucket': {'inserted': True, 'bucket': {**bucket, 'project': PROJECT}}}
        if 'createRunFiles' in query:
            url = f'http://127.0.0.1:{self.server.server_port}/upload'
            files = [dict(name=name, uploadUrl=f'{url}/{name}') for name in given['files']]
            return {'createRunFiles': dict(runID='b', uploadHeaders=[], files=files)}
        return {'viewer': USER} if 'viewer' in query else {}

    def log_message(self, *_): print(self.path, flush=True)

def serve():
    "Print the port, and answer."
    server = ThreadingHTTPServer(('127.0.0.1', 0), Server)
    print(server.server_port, flush=True)
    server.serve_forever()

def main(folder:Path):
    from runs import end_of, ended, flags, fork, outcome, run, write_models # the server does not need these
    write_models(folder)
    started = time.monotonic()
    run(flags(folder, 'undisturbed'), folder/'undisturbed.log')
    whole = time.monotonic() - started
    server = subprocess.Popen([sys.executable, __file__, 'serve'], stdout=subprocess.PIPE, text=True)
    url = f'http://127.0.0.1:{int(server.stdout.readline())}'
    arguments = flags(folder, 'tracked', 'slm', '--use_wandb=true')
    tracked = fork(arguments, folder/'tracked.log', WANDB_BASE_URL=url, WANDB_API_KEY='x'*40)
    for line in server.stdout:
        if 'file_stream' in line: break
    server.kill()
    started = time.monotonic()
    assert ended(tracked) == 0, end_of(folder/'tracked.log')
    after = time.monotonic() - started
    undisturbed, got = (outcome(folder, name) for name in ('undisturbed', 'tracked'))
    # the state also names the W&B run
    differ = [kind for kind in ('model', 'result', 'rows') if got[kind] != undisturbed[kind]]
    assert not differ, differ
    print(f"a whole run takes {whole:.0f} s; this one ended {after:.0f} s after the server, with the same "
          "weights, scores and answers")

if __name__ == '__main__':
    if sys.argv[1:] == ['serve']: serve()
    with tempfile.TemporaryDirectory() as folder: main(Path(folder))
