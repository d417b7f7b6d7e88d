"""The headers that every answer carries, unless its view has set its own."""
import bottle

from kuma_lite.web import addresses, cookies, session

# Images come from this site only: one on another host would tell it who reads which page, when.
POLICY = ("default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; "
          "img-src 'self' data:; form-action 'self'; frame-ancestors 'none'; base-uri 'none'; "
          "object-src 'none'")

ALWAYS = [
    ('Content-Security-Policy', POLICY),
    ('X-Content-Type-Options', 'nosniff'),
    ('X-Frame-Options', 'DENY'),
    ('Referrer-Policy', 'same-origin'),      # not no-referrer: forms would then say "Origin: null"
    ('Cross-Origin-Opener-Policy', 'same-origin'),
    ('Cross-Origin-Resource-Policy', 'same-origin'),
    ('Permissions-Policy', 'camera=(), geolocation=(), microphone=()'),
]


def complete(headers):
    """`headers` of an answer with those of every answer and the cookies of this request."""
    wanted = ALWAYS + [('Cache-Control', _cache_control()), ('X-Request-Id', _request_id())]
    wanted += _transport()
    present = {name.lower() for name, _ in headers}
    return (headers + [pair for pair in wanted if pair[0].lower() not in present]
            + [('Set-Cookie', cookie) for cookie in cookies.pending().values()])


def of_no_view():
    """Those of what the server says by itself, of a request that is none."""
    return [*ALWAYS, ('Cache-Control', 'no-store'), *_transport()]


def _transport():
    return [('Strict-Transport-Security', 'max-age=31536000')] if addresses.is_https() else []


def _cache_control():
    """Nobody else may get, and no disk may keep, what was made for one person."""
    request = bottle.request
    private = (session.token() or cookies.pending() or 'kuma.private' in request.environ
               or request.method not in ('GET', 'HEAD') or request.path.startswith('/api/'))
    return 'no-store' if private else 'no-cache'


def _request_id():
    return bottle.request.environ.get('kuma.request_id', '')
