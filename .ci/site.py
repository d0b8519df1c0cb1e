"""Check the documentation site in a browser: `python .ci/site.py [FOLDER]`, after `.ci/build_site.py`.

Every page of `_proc/_docs` is opened in headless Chromium, light at the size of a desktop and dark at that of a phone;
the guide's pages also dark on a desktop and light on a phone. There must be no error in the console, no request to
another machine, no missing picture, nothing wider than the screen, and text, search box and sidebar must be readable
and as dark as the page. Links and their anchors must exist, the sidebar has every page, guides begin with text,
signatures and prose show no raw Markdown, the search finds what people look for and puts the guide first, the phone's
menu and the switch to dark work. FOLDER gets a picture of each page and size. Needs Debian's `chromium`; without it the
exit code is 77.
"""
import base64, functools, http.server, itertools, json, re, shutil, subprocess, sys, tempfile, threading, time
from pathlib import Path
from urllib.parse import unquote, urlsplit

import websocket
from bs4 import BeautifulSoup

SITE = Path('_proc/_docs')
DESK, PHONE = (1280, 800), (390, 844)
LOOKS = { # size, and what the reader prefers
    'desk': (DESK, 'light'), 'phone, dark': (PHONE, 'dark'),
    'desk, dark': (DESK, 'dark'), 'phone': (PHONE, 'light')}
EVERY_PAGE = ['desk', 'phone, dark']
# a page of the guide comes first
SEARCHES = ['install', 'multi gpu', 'imbalanced', 'early stopping', 'offline', '한국어']
SEPARATE_PAGES = {'404.html'} # that no sidebar has

class Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_): "Say nothing: what fails to load is seen in the browser."

def serve():
    "Serve the site locally; returns its address."
    server = http.server.ThreadingHTTPServer(('127.0.0.1', 0), functools.partial(Quiet, directory=SITE))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return f'http://127.0.0.1:{server.server_port}/'

def find_browser():
    return next(filter(None, map(shutil.which, ('chromium', 'chromium-browser', 'google-chrome'))), None)

def start_browser(profile):
    "Start a headless browser; returns its process, and the port and path that control it."
    flags = ['--headless', '--no-sandbox', '--disable-gpu', '--hide-scrollbars', '--remote-debugging-port=0']
    command = [find_browser(), *flags, f'--user-data-dir={profile}', 'about:blank']
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    port_file = Path(profile, 'DevToolsActivePort')
    deadline = time.monotonic() + 60
    while not (port_file.is_file() and port_file.read_text()):
        if process.poll() is not None or time.monotonic() > deadline: sys.exit("Chromium does not start")
        time.sleep(.05)
    return process, port_file.read_text().splitlines()

SETTLE = 'new Promise(done => requestAnimationFrame(() => setTimeout(done, 60)))' # let scripts finish after loading

class Tab:
    "A browser tab, driven by the DevTools protocol."
    def __init__(self, port, path):
        self.socket = websocket.create_connection(
            f'ws://127.0.0.1:{port}{path}', suppress_origin=True, http_no_proxy=['127.0.0.1'], timeout=60)
        self.numbers, self.events, self.session = itertools.count(1), [], None
        target = self.call('Target.createTarget', url='about:blank')['targetId']
        self.session = self.call('Target.attachToTarget', targetId=target, flatten=True)['sessionId']
        for domain in ('Page', 'Runtime', 'Log', 'Network'): self.call(f'{domain}.enable')

    def call(self, method, **params):
        number = next(self.numbers)
        message = dict(id=number, method=method, params=params)
        if self.session: message['sessionId'] = self.session
        self.socket.send(json.dumps(message))
        while (answer := json.loads(self.socket.recv())).get('id') != number: self.events.append(answer)
        if 'error' in answer: raise RuntimeError(f"{method}: {answer['error']}")
        return answer['result']

    def wait(self, event):
        while not any(e.get('method') == event for e in self.events): self.events.append(json.loads(self.socket.recv()))

    def run(self, script):
        "Evaluate JavaScript, and await it if it is a promise."
        result = self.call('Runtime.evaluate', expression=script, awaitPromise=True, returnByValue=True)
        if 'exceptionDetails' in result: raise RuntimeError(result['exceptionDetails'])
        return result['result'].get('value')

    def open(self, url, look):
        (width, height), scheme = LOOKS[look]
        size = dict(width=width, height=height, deviceScaleFactor=1, mobile=width == PHONE[0])
        self.call('Emulation.setDeviceMetricsOverride', **size)
        self.call('Emulation.setEmulatedMedia', features=[dict(name='prefers-color-scheme', value=scheme)])
        self.events.clear()
        self.call('Page.navigate', url=url)
        self.wait('Page.loadEventFired')
        self.run(SETTLE)

    def picture(self, file):
        Path(file).write_bytes(base64.b64decode(self.call('Page.captureScreenshot', format='png')['data']))

def complaint(event, home):
    "Describe an event that is a console error or a request to another machine; None for any other."
    method, params = event.get('method'), event.get('params', {})
    if method == 'Runtime.exceptionThrown':
        details = params['exceptionDetails']
        return f"exception: {details.get('exception', details).get('description')}"
    if method == 'Runtime.consoleAPICalled' and params['type'] in ('error', 'assert'):
        return f"console: {params['args']}"
    if method == 'Log.entryAdded' and params['entry']['level'] == 'error':
        return f"console: {params['entry']['text']} {params['entry'].get('url', '')}"
    if method == 'Network.requestWillBeSent' and not params['request']['url'].startswith((home, 'data:')):
        return f"asks another machine: {params['request']['url']}"

LOOK = """(() => {
  // also what a reader may unfold
  for (const e of document.querySelectorAll('main :is(details, .sk-toggleable__control)'))
    e.tagName == 'DETAILS' ? e.open = true : e.checked = true
  const seen = e => e.checkVisibility({visibilityProperty: true})
  const scrolls = e => {
    for (; e && e.tagName != 'MAIN'; e = e.parentElement)
      if (e.scrollWidth > e.clientWidth && ['auto', 'scroll'].includes(getComputedStyle(e).overflowX)) return true
  }
  const beyond = e => seen(e) && e.getBoundingClientRect().right > innerWidth + 1 && !scrolls(e)
  const linear = v => v/255 <= .03928 ? v/255/12.92 : ((v/255 + .055)/1.055)**2.4
  const bright = c => {
    const [r, g, b] = c.match(/[\\d.]+/g).map(linear)
    return .2126*r + .7152*g + .0722*b
  }
  const behind = e => {
    for (; e; e = e.parentElement) {
      const colour = getComputedStyle(e).backgroundColor, [, , , alpha = 1] = colour.match(/[\\d.]+/g)
      if (alpha > .5) return bright(colour)
    }
    return 1
  }
  const contrast = e => {
    const [low, high] = [behind(e), bright(getComputedStyle(e).color)].sort((a, b) => a - b)
    return (high + .05)/(low + .05)
  }
  const parts = {text: 'main p, main', title: 'main h1', code: 'main pre code',
                 cell: 'main :is(.sd-table, .dataframe) td', link: 'main p a',
                 'sidebar title': '.sidebar-title a', 'search box': '.smalldocs-search input'}
  const found = Object.entries(parts).map(([name, where]) => [name, document.querySelector(where)]).filter(([, e]) => e)
  const image = [...document.querySelectorAll('main img')].filter(seen)
  const tight = td => parseFloat(getComputedStyle(td).paddingLeft) < 4 && !td.closest('.sk-top-container')
  return {
    wide: Math.max(document.documentElement.scrollWidth, document.body.scrollWidth) - innerWidth,
    contrast: Object.fromEntries(found.map(([name, e]) => [name, contrast(e)])),
    background: Object.fromEntries(found.map(([name, e]) => [name, behind(e)])),
    title: document.querySelector('main h1, header h1')?.innerText || '',
    cut: [...document.querySelectorAll('main :is(p, li, math *, img, table, pre)')].filter(beyond)
      .map(e => e.innerText || e.tagName),
    tight: [...document.querySelectorAll('main :is(td, th)')].filter(e => seen(e) && tight(e)).length,
    bright: image.filter(i => getComputedStyle(i).filter == 'none').map(i => i.src.slice(0, 80)),
    images: [...document.images].filter(i => seen(i) && !(i.complete && i.naturalWidth)).map(i => i.src.slice(0, 80)),
  }
})()"""

def faults(look, dark):
    if look['wide'] > 0: yield f"{look['wide']} pixels wider than the screen"
    if look['cut']: yield f"beyond the screen, and does not scroll: {look['cut'][:3]}"
    for part, contrast in look['contrast'].items():
        if contrast < (3 if part == 'link' else 4.5): yield f"the {part} has a contrast of {contrast:.1f}"
    for part, background in look['background'].items():
        if (background < .2) != dark: yield f"behind the {part} it is {'not ' if dark else ''}dark"
    if look['images']: yield f"pictures are missing: {look['images']}"
    if dark and look['bright']: yield f"pictures are not darkened: {look['bright'][:3]}"
    if look['tight']: yield f"{look['tight']} table cells have no padding"
    if not look['title']: yield "no title"

def check_page(tab, home, page, looks, pictures):
    "Find every fault in a page's appearance."
    for look in looks:
        tab.open(home + page, look)
        seen = [complaint(event, home) for event in tab.events]
        wrong = [*filter(None, seen), *faults(tab.run(LOOK), LOOKS[look][1] == 'dark')]
        yield from (f"{page}, {look}: {fault}" for fault in wrong)
        if pictures: tab.picture(pictures/f"{Path(page).stem}-{look.replace(', ', '-')}.png")

def sidebar_pages(soup):
    "List the pages of each part of the sidebar, in order."
    parts = {}
    for part in soup.select('.sidebar-menu-container > ul > li'):
        links = [urlsplit(a['href']).path for a in part.select('a[href]')]
        parts[part.select_one('.menu-text').text] = [path.removeprefix('./') for path in dict.fromkeys(links)]
    return parts

def wrong_sidebar(soups):
    "Find pages that the sidebar lacks, and headings that it should have."
    parts = sidebar_pages(soups['index.html'])
    if list(parts) != ['Guide', 'Reference']: yield f"the sidebar's parts are {list(parts)}"
    missing = set(soups) - set().union(*parts.values()) - SEPARATE_PAGES
    if missing: yield f"the sidebar lacks {sorted(missing)}"
    headings = [e.text for e in soups['index.html'].select('.depth1 > .sidebar-item-section > div .menu-text')]
    expected = ['Data', 'Models', 'Layer selection', 'Training', 'Experiments']
    if headings != expected: yield f"the reference's headings are {headings}"
    unfolded = soups['index.html'].select('.depth2.show')
    if unfolded: yield f"{len(unfolded)} headings of the reference are unfolded on the home page"

def opens_with_code(soup):
    "Tell whether a page shows code before any text, or tests and classes before its second heading."
    for element in soup.select('main section > *, main > *'):
        if element.name == 'section': continue
        if element.select_one('pre.python'): return True
        if element.name == 'p' and element.text.strip(): return False
    return True

RAW = re.compile(r'\]\([^)\s]*\)|(?<!\*)\*\*\w|:::|^#{1,6} ', re.M)

def raw_markdown(soup):
    "Find Markdown that is shown as it was written, in signatures and in prose."
    main = BeautifulSoup(str(soup.main), 'html.parser')
    for signature in main.select('.cell-output-markdown pre'):
        if '](' in signature.text: yield f"a signature shows Markdown: {signature.text[:60]!r}"
    for element in main.select('pre, code, script, style, math, .cell-output'): element.decompose()
    for paragraph in main.select('p, li, td, h1, h2, h3'):
        if RAW.search(paragraph.text): yield f"raw Markdown: {paragraph.text[:80]!r}"

def wrong_text(soups):
    "Find guides that begin with code, and Markdown that is not rendered."
    for name in sidebar_pages(soups['index.html']).get('Guide', []):
        if opens_with_code(soups[name]): yield f"{name}: a page of the guide must begin with text"
    for name, soup in soups.items(): yield from (f"{name}: {wrong}" for wrong in raw_markdown(soup))

def broken_links(soups):
    "Find links within the site that lead nowhere, or to an anchor that is not there."
    anchors = {name: set() for name in soups}
    for name, soup in soups.items():
        for element in soup.select('[id]'): anchors[name].add(element['id'])
    for name, soup in soups.items():
        for href in {a['href'] for a in soup.select('a[href]')}:
            link = urlsplit(href)
            if link.scheme: continue
            target, anchor = Path(link.path).name or name, unquote(link.fragment)
            exists = target in anchors or (SITE/link.path).is_file()
            if not exists or anchor and anchor not in anchors.get(target, ()): yield f"{name}: {href} leads nowhere"

FIND = """new Promise(done => {
  const until = Date.now() + 10000
  const look = () => {
    const hits = [...document.querySelectorAll('.search-result')].map(a => a.href)
    hits.length || Date.now() > until ? done(hits) : setTimeout(look, 50)
  }
  look()
})"""

def search(tab, home, words):
    "Type words into the search; returns the addresses that it finds."
    tab.open(home + 'index.html', 'desk')
    tab.run("document.querySelector('.smalldocs-search input').focus()")
    tab.call('Input.insertText', text=words)
    return tab.run(FIND)

def page_of(address): return Path(urlsplit(address).path).name

BOX = "(({left, right, top}) => [left, right, top])(document.querySelector('.search-result').getBoundingClientRect())"

UNCOVERED = """[...document.querySelectorAll('.search-result')].slice(0, 5).every(result => {
  const box = result.getBoundingClientRect()
  return result.contains(document.elementFromPoint((box.left + box.right)/2, box.top + box.height/2))
})"""

def wrong_search(tab, home, guide):
    "Find searches that do not lead where people want to go."
    firsts = {words: guide for words in SEARCHES} | {'find_model': ['00b_registry.html']}
    for words, pages in firsts.items():
        found = search(tab, home, words)
        if not found or page_of(found[0]) not in pages: yield f"the search for {words!r} begins with {found[:3]}"
    if not tab.run(UNCOVERED): yield "search results are covered by the page"
    left, right, top = tab.run(BOX)
    if left < 0 or right > DESK[0] or right - left < 400 or not 100 < top < 300:
        yield f"search results reach from {left} to {right}, from {top} downwards"
    found = search(tab, home, 'silhouette')
    if '02a_scores.html' not in map(page_of, found): return (yield f"the search for silhouette finds only {found}")
    tab.open(found[0], 'desk')
    if 'silhouette' not in tab.run("document.querySelector('main').innerText").lower():
        yield f"{found[0]} does not speak of silhouette"

MENU = """new Promise(done => setTimeout(() => {
  const box = document.querySelector('#quarto-sidebar').getBoundingClientRect()
  done(box.width > 100 && box.left >= 0 && box.right <= innerWidth)
}, 500))"""

def menu(tab, home):
    "Check that the phone's menu opens, and that the switch between light and dark works."
    tab.open(home + 'index.html', 'phone, dark')
    tab.run("document.querySelector('.quarto-btn-toggle').click()")
    if not tab.run(MENU): yield "the menu does not open on a telephone"
    tab.run("smalldocsToggleScheme(); new Promise(done => setTimeout(done, 120))") # the script waits for the theme
    yield from (f"switched from dark to light: {wrong}" for wrong in faults(tab.run(LOOK), dark=False))

def check_all(tab, home, soups, pictures):
    guide = sidebar_pages(soups['index.html']).get('Guide', [])
    for name in soups: yield from check_page(tab, home, name, LOOKS if name in guide else EVERY_PAGE, pictures)
    for check in (broken_links, wrong_sidebar, wrong_text): yield from check(soups)
    yield from wrong_search(tab, home, guide)
    yield from menu(tab, home)

def main(pictures):
    pages = sorted(SITE.glob('*.html'))
    if not pages: sys.exit(f"there is no page in {SITE}: run .ci/build_site.py first")
    soups = {page.name: BeautifulSoup(page.read_text(encoding='utf-8'), 'html.parser') for page in pages}
    home = serve()
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile:
        process, (port, path) = start_browser(profile)
        try: wrong = list(check_all(Tab(port, path), home, soups, pictures))
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
