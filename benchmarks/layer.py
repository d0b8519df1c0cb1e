"""What one decoder layer costs, against the whole model: `python benchmarks/layer.py`.

On a checkpoint with Llama-3.1-8B's shapes (four shards, zeros in files that take no room), one layer is read from the directory
and over HTTP ranges, each in a process of its own: bytes read (the kernel's count for the process; the server's count over HTTP)
and peak memory above what the imports take, relative to the layer's tensors. Then, on a model of four such layers, the same
against `from_pretrained` of the whole, as stored and in float32 (the reference's way). Each way ends with one use of the layer,
because `from_pretrained` maps its files and reads a weight when it is first used. The last line is one JSON object.
"""
import argparse, json, os, resource, shutil, subprocess, sys, tempfile, threading, time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from ilm import write_sparse_checkpoint

class RangeServer(BaseHTTPRequestHandler):
    "The Hub's file endpoint for one directory."
    protocol_version = 'HTTP/1.1'
    def log_message(self, *args): return
    def do_HEAD(self): self.answer()
    def do_GET(self): self.answer(body=True)
    def answer(self, body=False):
        file = self.server.root/self.path.rpartition('/')[2]
        if not (found := file.is_file()) and self.path != '/':
            self.send_response(404); self.send_header('X-Error-Code', 'EntryNotFound'); self.send_header('Content-Length', '0'); return self.end_headers()
        size = file.stat().st_size if found else 0
        start, end = (int(n) for n in self.headers['Range'].removeprefix('bytes=').split('-')) if 'Range' in self.headers else (0, size-1)
        end = min(end+1, size)
        self.send_response(206 if 'Range' in self.headers else 200)
        for k, v in {'Content-Length': end-start, 'X-Repo-Commit': 'c0ffee'*6+'abcd', 'ETag': f'"{file.name}"', 'Content-Range': f'bytes {start}-{end-1}/{size}'}.items(): self.send_header(k, str(v))
        self.end_headers()
        if not body: return
        with open(file, 'rb') as f:
            f.seek(start)
            while start < end:
                self.wfile.write(chunk := f.read(min(end-start, 1<<20)))
                start += len(chunk); self.server.sent += len(chunk)

def bytes_read(): return int(next(l for l in open('/proc/self/io') if l.startswith('rchar')).split()[1])
def memory(): return int(next(l for l in open('/proc/self/status') if l.startswith('VmRSS')).split()[1])*1024

def measured(way, source, layer, cache_path):
    "Run in a process of its own: seconds, bytes read, peak memory on top of the imports, and the layer's own bytes."
    import torch
    from pifi.llm.layers import load_layer
    from transformers import AutoModel
    before, read, started = memory(), bytes_read(), time.perf_counter()
    with torch.inference_mode():
        if way.startswith('whole'): made = AutoModel.from_pretrained(source, dtype='auto' if way == 'whole' else torch.float32); made(torch.tensor([[1, 2, 3]]))
        else: made = load_layer(source, layer, cache_path, full_layer=way == 'full layer'); made(torch.zeros(32, made.width))
    seconds = time.perf_counter()-started
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss*1024
    return dict(seconds=seconds, read=bytes_read()-read, memory=peak-before, tensors=sum(p.nbytes for p in made.parameters()))

def run(way, source, args, cache_path, **env):
    command = [sys.executable, __file__, '--measure', way, '--source', str(source), '--layer', str(args.layer), '--cache_path', str(cache_path)]
    done = subprocess.run(command, capture_output=True, text=True, env={**os.environ, **env})
    if done.returncode: sys.exit(done.stderr)
    return json.loads(done.stdout.splitlines()[-1])

def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument('--layer', type=int, default=2); p.add_argument('--cache_path', default='./cache'); p.add_argument('--measure'); p.add_argument('--source')
    args = p.parse_args()
    if args.measure: return print(json.dumps(measured(args.measure, args.source, args.layer, args.cache_path)))
    folder = Path(tempfile.mkdtemp())
    try: report(folder, args)
    finally: shutil.rmtree(folder)

def report(folder, args):
    write_sparse_checkpoint(folder/'8b', 'smollm2', args.cache_path)
    write_sparse_checkpoint(folder/'four layers', 'smollm2', args.cache_path, layers=4)
    size = lambda name: sum(f.stat().st_size for f in (folder/name).glob('*.safetensors'))
    rows = {'directory': run('layer', folder/'8b', args, folder), 'directory, with queries and keys': run('full layer', folder/'8b', args, folder)}
    server = ThreadingHTTPServer(('127.0.0.1', 0), RangeServer)
    server.root, server.sent = folder/'8b', 0
    threading.Thread(target=server.serve_forever, daemon=True).start()
    rows['HTTP ranges'] = run('layer', 'org/model', args, folder/'cache', HF_ENDPOINT=f'http://127.0.0.1:{server.server_port}', HF_HUB_OFFLINE='0', HF_HUB_DISABLE_XET='1')
    rows['HTTP ranges']['read'] = server.sent
    rows['kept from HTTP'] = run('layer', 'org/model', args, folder/'cache', HF_ENDPOINT=f'http://127.0.0.1:{server.server_port}', HF_HUB_OFFLINE='0')
    server.shutdown()
    print(f"{'one layer of 8B shapes':<36}{'layer MB':>9}{'s':>7}{'read MB':>9}{'memory MB':>10}{'read/layer':>11}{'memory/layer':>13}")
    for name, r in rows.items():
        print(f"{name:<36}{r['tensors']/1e6:9.0f}{r['seconds']:7.1f}{r['read']/1e6:9.0f}{r['memory']/1e6:10.0f}{r['read']/r['tensors']:11.3f}{r['memory']/r['tensors']:13.3f}")
    ways = {'one layer': 'layer', 'whole, from_pretrained as stored': 'whole', 'whole, from_pretrained in float32': 'whole32'}
    against = {name: run(way, folder/'four layers', args, folder) for name, way in ways.items()}
    one, stored, float32 = against.values()
    for whole in (stored, float32): whole['read'] = size('four layers') # the kernel does not count what is read through a map
    print(f"\n{'a model of four such layers':<36}{'s':>7}{'read MB':>9}{'memory MB':>10}")
    for name, r in against.items(): print(f"{name:<36}{r['seconds']:7.1f}{r['read']/1e6:9.0f}{r['memory']/1e6:10.0f}")
    used = rows['directory']
    print(json.dumps(dict(bytes_ratio_to_layer=round(used['read']/used['tensors'], 4), memory_ratio_to_layer=round(used['memory']/used['tensors'], 4), bytes_ratio_to_model=round(used['read']/size('8b'), 4),
                          http_bytes_ratio_to_layer=round(rows['HTTP ranges']['read']/used['tensors'], 4), http_memory_ratio_to_layer=round(rows['HTTP ranges']['memory']/used['tensors'], 4),
                          time_ratio_to_four_layers=round(one['seconds']/float32['seconds'], 3), memory_ratio_to_four_layers=round(one['memory']/float32['memory'], 4),
                          time_ratio_to_stored=round(one['seconds']/stored['seconds'], 3), memory_ratio_to_stored=round(one['memory']/stored['memory'], 4))))

if __name__ == '__main__': main()
