"""The documentation site in a browser: `python .ci/site.py [FOLDER]`, after `.ci/build_site.py`; FOLDER gets a picture of each page and size.

Every page of `_proc/_docs` is opened by headless Chromium, light at the size of a desk and dark at that of a telephone: no error
in the console, no request to another machine, no picture missing, nothing wider than the screen, text that can be read. Links and
their anchors lead somewhere, the search finds a word and goes there, the telephone's menu and the switch to dark work. Needs Debian's `chromium`; without it the exit code is 77.
"""
import base64, functools, http.server, itertools, json, shutil, subprocess, sys, tempfile, threading, time, urllib.parse
from pathlib import Path

import websocket
from bs4 import BeautifulSoup

SITE = Path('_proc/_docs')
SIZES = {'desk': (1280, 800, 'light'), 'phone': (390, 844, 'dark')} # width, height, what the reader prefers

class Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_): "Say nothing: what fails to load is seen in the browser."

def serve():
    "The site's address, on this machine."
    server = http.server.ThreadingHTTPServer(('127.0.0.1', 0), functools.partial(Quiet, directory=SITE))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return f'http://127.0.0.1:{server.server_port}/'

def find_browser(): return next(filter(None, map(shutil.which, ('chromium', 'chromium-browser', 'google-chrome'))), None)

def start_browser(profile):
    "A headless browser, and the port that it is driven by."
    flags = ['--headless', '--no-sandbox', '--disable-gpu', '--hide-scrollbars', '--remote-debugging-port=0', f'--user-data-dir={profile}', 'about:blank']
    process = subprocess.Popen([find_browser(), *flags], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    told = Path(profile, 'DevToolsActivePort')
    deadline = time.monotonic() + 60
    while not (told.is_file() and told.read_text()):
        if process.poll() is not None or time.monotonic() > deadline: sys.exit("Chromium does not start")
        time.sleep(.05)
    return process, told.read_text().splitlines()

class Tab:
    "A browser tab, driven by the DevTools protocol."
    def __init__(self, port, path):
        self.socket = websocket.create_connection(f'ws://127.0.0.1:{port}{path}', suppress_origin=True, http_no_proxy=['127.0.0.1'], timeout=60)
        self.numbers, self.events, self.session = itertools.count(1), [], None
        target = self.do('Target.createTarget', url='about:blank')['targetId']
        self.session = self.do('Target.attachToTarget', targetId=target, flatten=True)['sessionId']
        for domain in ('Page', 'Runtime', 'Log', 'Network'): self.do(f'{domain}.enable')

    def do(self, method, **params):
        number = next(self.numbers)
        self.socket.send(json.dumps(dict(id=number, method=method, params=params) | ({'sessionId': self.session} if self.session else {})))
        while (message := json.loads(self.socket.recv())).get('id') != number: self.events.append(message)
        if 'error' in message: raise RuntimeError(f"{method}: {message['error']}")
        return message['result']

    def wait(self, event):
        while not any(e.get('method') == event for e in self.events): self.events.append(json.loads(self.socket.recv()))

    def run(self, script):
        "The value of a piece of JavaScript, a promise's where it is one."
        result = self.do('Runtime.evaluate', expression=script, awaitPromise=True, returnByValue=True)
        if 'exceptionDetails' in result: raise RuntimeError(result['exceptionDetails'])
        return result['result'].get('value')

    def open(self, url, size):
        width, height, scheme = SIZES[size]
        self.do('Emulation.setDeviceMetricsOverride', width=width, height=height, deviceScaleFactor=1, mobile=size == 'phone')
        self.do('Emulation.setEmulatedMedia', features=[dict(name='prefers-color-scheme', value=scheme)])
        self.events.clear()
        self.do('Page.navigate', url=url)
        self.wait('Page.loadEventFired')
        self.run('new Promise(done => requestAnimationFrame(() => setTimeout(done, 60)))') # what scripts do after loading

    def picture(self, file): Path(file).write_bytes(base64.b64decode(self.do('Page.captureScreenshot', format='png')['data']))

def complaints(events, home):
    "What a developer would see in the console, and requests that leave this machine."
    for e in events:
        method, params = e.get('method'), e.get('params', {})
        if method == 'Runtime.exceptionThrown': yield f"exception: {params['exceptionDetails'].get('exception', params['exceptionDetails']).get('description')}"
        if method == 'Runtime.consoleAPICalled' and params['type'] in ('error', 'assert'): yield f"console: {params['args']}"
        if method == 'Log.entryAdded' and params['entry']['level'] == 'error': yield f"console: {params['entry']['text']} {params['entry'].get('url', '')}"
        if method == 'Network.requestWillBeSent' and not params['request']['url'].startswith((home, 'data:')): yield f"asks another machine: {params['request']['url']}"

LOOK = """(() => {
  document.querySelectorAll('main :is(details, .sk-toggleable__control)').forEach(e => e.tagName == 'DETAILS' ? e.open = true : e.checked = true); // also what a reader may unfold
  const seen = e => e.checkVisibility({visibilityProperty: true});
  const scrolls = e => { for (; e && e.tagName != 'MAIN'; e = e.parentElement) if (e.scrollWidth > e.clientWidth && ['auto', 'scroll'].includes(getComputedStyle(e).overflowX)) return true };
  const bright = c => { const [r, g, b] = c.match(/[\\d.]+/g).map(v => (v/255 <= .03928) ? v/255/12.92 : ((v/255+.055)/1.055)**2.4); return .2126*r+.7152*g+.0722*b };
  const text = document.querySelector('main p') || document.querySelector('main'), back = bright(getComputedStyle(document.body).backgroundColor), front = bright(getComputedStyle(text).color);
  return {wide: Math.max(document.documentElement.scrollWidth, document.body.scrollWidth) - innerWidth, background: back,
    contrast: (Math.max(back, front)+.05)/(Math.min(back, front)+.05), title: document.querySelector('main h1, header h1')?.innerText || '',
    cut: [...document.querySelectorAll('main :is(p, li, math *, img, table, pre)')].filter(e => seen(e) && e.getBoundingClientRect().right > innerWidth+1 && !scrolls(e)).map(e => e.innerText || e.tagName),
    images: [...document.images].filter(i => seen(i) && !(i.complete && i.naturalWidth)).map(i => i.src.slice(0, 80))} })()"""

def faults(look, dark):
    if look['wide'] > 0: yield f"{look['wide']} pixels wider than the screen"
    if look['cut']: yield f"beyond the screen, and does not scroll: {look['cut'][:3]}"
    if look['contrast'] < 4.5: yield f"text and background have a contrast of {look['contrast']:.1f}"
    if (look['background'] < .2) != dark: yield f"the background is {'not ' if dark else ''}dark"
    if look['images']: yield f"pictures are missing: {look['images']}"
    if not look['title']: yield "no title"

def look_at(tab, home, page, pictures):
    "All that is wrong with one page."
    for size, (*_, scheme) in SIZES.items():
        tab.open(home + page, size)
        yield from (f"{page}, {size}: {wrong}" for wrong in [*complaints(tab.events, home), *faults(tab.run(LOOK), scheme == 'dark')])
        if pictures: tab.picture(pictures/f'{Path(page).stem}-{size}.png')

def broken_links(pages):
    "Links within the site that lead nowhere, or to an anchor that is not there."
    soups = {p.name: BeautifulSoup(p.read_text(encoding='utf-8'), 'html.parser') for p in pages}
    anchors = {name: {e['id'] for e in soup.select('[id]')} for name, soup in soups.items()}
    for name, soup in soups.items():
        for href in {a['href'] for a in soup.select('a[href]')}:
            link = urllib.parse.urlsplit(href)
            if link.scheme: continue
            target, anchor = Path(link.path).name or name, urllib.parse.unquote(link.fragment)
            if target not in anchors and not (SITE/link.path).is_file() or anchor and anchor not in anchors.get(target, ()): yield f"{name}: {href} leads nowhere"

def search(tab, home, word):
    "Type a word into the search, and go where it leads."
    tab.open(home + 'index.html', 'desk')
    tab.run("document.querySelector('.smalldocs-search input').focus()")
    tab.do('Input.insertText', text=word)
    found = tab.run("""new Promise((done, fail) => { const until = Date.now()+10000, look = () => {
        const hits = [...document.querySelectorAll('.search-result')].map(a => a.href);
        hits.length ? done(hits) : Date.now() > until ? done([]) : setTimeout(look, 50) }; look() })""")
    if not any(Path(urllib.parse.urlsplit(f).path).name == '02a_scores.html' for f in found): yield f"the search for {word} finds only {found}"
    else:
        tab.open(found[0], 'desk')
        if word not in tab.run("document.querySelector('main').innerText").lower(): yield f"{found[0]} does not speak of {word}"

def menu(tab, home):
    "The telephone's menu opens, and the switch between light and dark works."
    tab.open(home + 'index.html', 'phone')
    tab.run("document.querySelector('.quarto-btn-toggle').click()")
    if not tab.run("new Promise(done => setTimeout(() => { const box = document.querySelector('#quarto-sidebar').getBoundingClientRect(); done(box.width > 100 && box.left >= 0 && box.right <= innerWidth) }, 500))"):
        yield "the menu does not open on a telephone"
    tab.run("smalldocsToggleScheme(); new Promise(done => setTimeout(done, 120))") # the site's script waits for the theme
    yield from (f"switched from dark to light: {wrong}" for wrong in faults(tab.run(LOOK), dark=False))

def main(pictures):
    pages, home = sorted(SITE.glob('*.html')), serve()
    if not pages: sys.exit(f"there is no page in {SITE}: run .ci/build_site.py first")
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile:
        process, (port, path) = start_browser(profile)
        try:
            tab = Tab(port, path)
            wrong = [w for p in pages for w in look_at(tab, home, p.name, pictures)] + [*broken_links(pages), *search(tab, home, 'silhouette'), *menu(tab, home)]
        finally:
            process.kill()
            process.wait()
    print('\n'.join(wrong) or f"{len(pages)} pages on a desk and a telephone: nothing wrong")
    return int(bool(wrong))

if __name__ == '__main__':
    if not find_browser():
        print("NOT CHECKED: there is no Chromium to open the site in; apt-get install chromium")
        sys.exit(77)
    pictures = Path(sys.argv[1]) if len(sys.argv) > 1 else None
    if pictures: pictures.mkdir(parents=True, exist_ok=True)
    sys.exit(main(pictures))
