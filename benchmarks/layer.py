"""Compare the cost of one decoder layer with that of the whole model: `python benchmarks/layer.py`.

On a checkpoint with Llama-3.1-8B's shapes (four shards, zeros in files that take no room), one layer is read from the
directory and over HTTP ranges, each in a process of its own: bytes read (the kernel's count for the process; the
server's count over HTTP) and peak memory above what the imports take, relative to the layer's tensors. Then, on a model
of four such layers, the same against `from_pretrained` of the whole, as stored and in float32 (the reference's way).
Each way ends with one use of the layer, because `from_pretrained` maps its files and reads a weight when it is first
used. The last line is one JSON object.
"""
import argparse, json, os, resource, shutil, subprocess, sys, tempfile, threading, time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from ilm import write_sparse_checkpoint

class RangeServer(BaseHTTPRequestHandler):
    "Serve one directory as the Hub's file endpoint does."
    protocol_version = 'HTTP/1.1'
    def log_message(self, *args): return
    def do_HEAD(self): self.answer()
    def do_GET(self): self.answer(body=True)
    def answer(self, body=False):
        file = self.server.root/self.path.rpartition('/')[2]
        exists, wanted = file.is_file(), self.headers.get('Range')
        if not exists and self.path != '/':
            return self.send_headers(404, {'X-Error-Code': 'EntryNotFound', 'Content-Length': '0'})
        size = file.stat().st_size if exists else 0
        start, end = map(int, wanted.removeprefix('bytes=').split('-')) if wanted else (0, size-1)
        end = min(end+1, size)
        self.send_headers(206 if wanted else 200, {
            'Content-Length': end-start, 'X-Repo-Commit': 'c0ffee'*6+'abcd', 'ETag': f'"{file.name}"',
            'Content-Range': f'bytes {start}-{end-1}/{size}'})
        if body: self.send_bytes(file, start, end)
    def send_headers(self, status, headers):
        self.send_response(status)
        for name, value in headers.items(): self.send_header(name, str(value))
        self.end_headers()
    def send_bytes(self, file, start, end):
        with open(file, 'rb') as f:
            f.seek(start)
            while start < end:
                self.wfile.write(chunk := f.read(min(end-start, 1<<20)))
                start += len(chunk)
                self.server.sent += len(chunk)

def process_count(file, name):
    "Read one of the kernel's counts of this process."
    line = next(line for line in open(f'/proc/self/{file}') if line.startswith(name))
    return int(line.split()[1])

def bytes_read(): return process_count('io', 'rchar')
def memory(): return process_count('status', 'VmRSS')*1024

def measured(way, source, layer, cache_path):
    "Measure in a new process: seconds, bytes read, peak memory on top of the imports, and the layer's own bytes."
    import torch
    from pifi.llm.layers import load_layer
    from transformers import AutoModel
    before, read, started = memory(), bytes_read(), time.perf_counter()
    with torch.inference_mode():
        if way.startswith('whole'):
            model = AutoModel.from_pretrained(source, dtype='auto' if way == 'whole' else torch.float32)
            model(torch.tensor([[1, 2, 3]]))
        else:
            model = load_layer(source, layer, cache_path, full_layer=way == 'full layer')
            model(torch.zeros(32, model.width))
    seconds = time.perf_counter()-started
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss*1024
    tensors = sum(p.nbytes for p in model.parameters())
    return dict(seconds=seconds, read=bytes_read()-read, memory=peak-before, tensors=tensors)

def run(way, source, args, cache_path, **env):
    given = ['--source', str(source), '--layer', str(args.layer), '--cache_path', str(cache_path)]
    command = [sys.executable, __file__, '--measure', way, *given]
    done = subprocess.run(command, capture_output=True, text=True, env={**os.environ, **env})
    if done.returncode: sys.exit(done.stderr)
    return json.loads(done.stdout.splitlines()[-1])

def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument('--layer', type=int, default=2)
    p.add_argument('--cache_path', default='./cache')
    p.add_argument('--measure', help=argparse.SUPPRESS)
    p.add_argument('--source', help=argparse.SUPPRESS)
    args = p.parse_args()
    if args.measure: return print(json.dumps(measured(args.measure, args.source, args.layer, args.cache_path)))
    folder = Path(tempfile.mkdtemp())
    try: report(folder, args)
    finally: shutil.rmtree(folder)

def size(folder): return sum(file.stat().st_size for file in folder.glob('*.safetensors'))

def measure_layer(folder, args):
    "Read one layer of 8B shapes from its directory, over HTTP, and from what HTTP left in the cache."
    rows = {'directory': run('layer', folder/'8b', args, folder),
            'directory, with queries and keys': run('full layer', folder/'8b', args, folder)}
    server = ThreadingHTTPServer(('127.0.0.1', 0), RangeServer)
    server.root, server.sent = folder/'8b', 0
    threading.Thread(target=server.serve_forever, daemon=True).start()
    env = dict(HF_ENDPOINT=f'http://127.0.0.1:{server.server_port}', HF_HUB_OFFLINE='0')
    rows['HTTP ranges'] = run('layer', 'org/model', args, folder/'cache', HF_HUB_DISABLE_XET='1', **env)
    rows['HTTP ranges']['read'] = server.sent
    rows['kept from HTTP'] = run('layer', 'org/model', args, folder/'cache', **env)
    server.shutdown()
    return rows

def measure_whole(folder, args):
    "Read one layer, and the whole model of four such layers."
    ways = {'one layer': 'layer', 'whole, from_pretrained as stored': 'whole',
            'whole, from_pretrained in float32': 'whole32'}
    rows = {name: run(way, folder, args, folder.parent) for name, way in ways.items()}
    for name, row in rows.items():
        if name != 'one layer': row['read'] = size(folder) # the kernel does not count what is read through a map
    return rows

def print_rows(title, rows, relative=False):
    print(f"{title:<36}{'layer MB':>9}{'s':>7}{'read MB':>9}{'memory MB':>10}", end='')
    print(f"{'read/layer':>11}{'memory/layer':>13}" if relative else '')
    for name, r in rows.items():
        megabytes = f"{r['read']/1e6:9.0f}{r['memory']/1e6:10.0f}"
        ratios = f"{r['read']/r['tensors']:11.3f}{r['memory']/r['tensors']:13.3f}" if relative else ''
        print(f"{name:<36}{r['tensors']/1e6:9.0f}{r['seconds']:7.1f}{megabytes}{ratios}")

def report(folder, args):
    write_sparse_checkpoint(folder/'8b', 'smollm2', args.cache_path)
    write_sparse_checkpoint(folder/'four layers', 'smollm2', args.cache_path, layers=4)
    rows, four = measure_layer(folder, args), measure_whole(folder/'four layers', args)
    print_rows('one layer of 8B shapes', rows, relative=True)
    print()
    print_rows('a model of four such layers', four)
    layer, http = rows['directory'], rows['HTTP ranges']
    one, stored, float32 = four.values()
    def ratio(a, b, measure, digits=4): return round(a[measure]/b[measure], digits)
    print(json.dumps(dict(
        bytes_ratio_to_layer=round(layer['read']/layer['tensors'], 4),
        memory_ratio_to_layer=round(layer['memory']/layer['tensors'], 4),
        bytes_ratio_to_model=round(layer['read']/size(folder/'8b'), 4),
        http_bytes_ratio_to_layer=round(http['read']/layer['tensors'], 4),
        http_memory_ratio_to_layer=round(http['memory']/layer['tensors'], 4),
        time_ratio_to_four_layers=ratio(one, float32, 'seconds', 3),
        memory_ratio_to_four_layers=ratio(one, float32, 'memory'),
        time_ratio_to_stored=ratio(one, stored, 'seconds', 3),
        memory_ratio_to_stored=ratio(one, stored, 'memory'))))

if __name__ == '__main__': main()
