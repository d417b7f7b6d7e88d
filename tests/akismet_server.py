"""A server that speaks Akismet's REST interface 1.1, for tests: slow, down or wrong as it is told.

    with akismet_server.Server() as server:     # [spam] points at it
        server.mode = 'hang'
"""
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs

from kuma_lite.config import settings
from kuma_lite.spam import akismet

KEY = 'a-good-key'
THANKS = 'Thanks for making the web a better place.'


class Server:
    """`asked` holds (what, fields) of each request. What holds "viagra-test-123" is spam.

    mode: 'answer', 'hang' (no answer), 'drip' (a header that never ends), 'close', 'error' (500), 'nonsense',
    'redirect' (to a place on the same server that says all is well).
    """

    def __init__(self):
        self.mode, self.asked, self._over = 'answer', [], threading.Event()
        self._http = ThreadingHTTPServer(('127.0.0.1', 0), type('Handler', (Handler,), {'server_': self}))
        self._http.daemon_threads = True

    def __enter__(self):
        threading.Thread(target=self._http.serve_forever, args=(0.01,), daemon=True).start()
        settings.spam.akismet_key = KEY
        settings.spam.akismet_url = f'http://127.0.0.1:{self._http.server_address[1]}/1.1'
        akismet.forget()
        return self

    def __exit__(self, *error):
        self.stop()
        akismet.forget()

    def stop(self):
        self._over.set()
        self._http.shutdown()
        self._http.server_close()

    def checked(self):
        """The texts that it was asked about."""
        return [fields['comment_content'] for what, fields in self.asked if what == 'comment-check']

    def answer(self, what, fields):
        if what == 'verify-key':
            return 'valid' if fields['key'] == KEY else 'invalid'
        if fields['api_key'] != KEY:
            return 'invalid'
        if what == 'comment-check':
            return 'true' if 'viagra-test-123' in fields['comment_content'] else 'false'
        return THANKS


class Handler(BaseHTTPRequestHandler):
    server_ = None

    def do_POST(self):
        body = self.rfile.read(int(self.headers['Content-Length'])).decode()
        fields = {name: values[0] for name, values in parse_qs(body).items()}
        what, server = self.path.removeprefix('/1.1/'), self.server_
        server.asked.append((what, fields))
        getattr(self, f'do_{server.mode}')(server, what, fields)

    def do_answer(self, server, what, fields):
        self.say(200, server.answer(what, fields))

    def do_error(self, *about):
        self.say(500, 'false')

    def do_redirect(self, *about):
        self.send_response(302)
        self.send_header('Location', '/elsewhere')
        self.send_header('Content-Length', '0')
        self.end_headers()

    def do_GET(self):
        self.server_.asked.append(('elsewhere', {}))
        self.say(200, 'false')

    def do_nonsense(self, *about):
        self.say(200, '<html>Please log in to this network')

    def do_close(self, *about):
        self.close_connection = True

    def do_hang(self, server, *about):
        server._over.wait(20)

    def do_drip(self, server, *about):
        self.wfile.write(b'HTTP/1.1 200 OK\r\nX-Slow: ')
        for _ in range(1000):
            if server._over.wait(0.01):
                return
            self.wfile.write(b'a')
            self.wfile.flush()

    def say(self, status, text):
        self.send_response(status)
        self.send_header('Content-Length', str(len(text)))
        self.end_headers()
        self.wfile.write(text.encode())

    def log_message(self, *about):
        pass
