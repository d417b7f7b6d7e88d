"""What people and programs send: form fields, query fields, JSON. Nothing here is ever cut or guessed.

A field that is missing is refused, so that a form that arrives in part cannot blank a page. Forms
are read here and not by Bottle, which moves a multipart field over 100 KB among the uploads,
drops bad UTF-8 and reads in the charset that the sender chose.
"""
import json
import re
from urllib.parse import unquote_to_bytes

import bottle

from kuma_lite.web import limits
from kuma_lite.web.refusals import Refused

TEXT = 1024 * 1024     # bytes of UTF-8 in one text field
LINE = 255             # characters in one line
FIELDS = 1000          # fields in one form

_REQUIRED = object()
_BOUNDARY = re.compile(r'boundary="?([^";,\s]{1,70})"?')
_SLICES = re.compile(rb'[^%]+|(?:%[^%]*){1,5000}')
_PART_NAME = re.compile(rb'^content-disposition:[^\r\n]*?;\s*name="([^"\r\n]*)"', re.I | re.M)
_SECRETS = re.compile(r'csrf|password|token|secret|key', re.IGNORECASE)


def text(name, default=_REQUIRED, limit=TEXT):
    """A form field as it was typed, with \\n at the ends of lines; `limit` in bytes.

    Without a `default` the field must be there; it may be empty. A limit reached is a 413.
    """
    raw = _one(pairs(), name, default)
    return raw if raw is default else _clean(name, raw, limit)


def line(name, default=_REQUIRED, limit=LINE):
    """A form field on one line: runs of white space become one space; `limit` in characters."""
    value = text(name, default)
    return value if value is default else _short(name, ' '.join(value.split()), limit)


def required(name, limit=LINE):
    """A `line` that must not be empty."""
    value = line(name, limit=limit)
    if not value:
        raise Refused(400, f'Please fill in “{name}”.')
    return value


def ticked(name):
    """Whether a checkbox was ticked: browsers leave the others out."""
    return any(key == name for key, _ in pairs())


def query(name, default='', limit=LINE):
    """A field of the address (`?name=…`), or `default`; `limit` in characters."""
    raw = _one(_urlencoded(bottle.request.query_string.encode('latin-1')), name, default)
    return raw if raw is default else _short(name, _clean(name, raw, TEXT).strip(), limit)


def whole(value, name, least=0, most=2 ** 63 - 1):
    """The whole number that the text `value` of the field `name` holds."""
    if not re.fullmatch(r'[0-9]{1,19}', value) or not least <= int(value) <= most:
        raise Refused(400, f'“{name}” must be a whole number, {least} or more.')
    return int(value)


def json_body():
    """The JSON object that was sent, as a dict."""
    if media_type() != 'application/json':
        raise Refused(415, 'Send JSON, with the header Content-Type: application/json.')
    try:
        data = json.loads(body().decode('utf-8'), parse_constant=_no_constant)
    except (ValueError, RecursionError):
        raise Refused(400, 'This is not valid JSON in UTF-8.') from None
    if not isinstance(data, dict):
        raise Refused(400, 'Send one JSON object: {"name": value, …}.')
    return data


def json_text(data, name, default=_REQUIRED, limit=TEXT):
    """A text of a `json_body`, with the checks of `text`."""
    value = data.get(name, default)
    if value is _REQUIRED:
        raise Refused(400, f'The field “{name}” is missing.')
    if value is default:
        return value
    if not isinstance(value, str):
        raise Refused(422, f'“{name}” must be a text.')
    return _clean(name, value.encode('utf-8', 'surrogatepass'), limit)


def typed():
    """`[(name, text)]` of what the person typed, to be shown when a form is refused; no passwords."""
    try:
        found = [(name, raw.decode('utf-8', 'replace').replace('\0', '\ufffd')) for name, raw in pairs()]
    except Refused:
        return []
    return [(name, value) for name, value in found if value.strip() and not _SECRETS.search(name)]


def media_type():
    return bottle.request.environ.get('CONTENT_TYPE', '').partition(';')[0].strip().lower()


def body():
    """The bytes that were sent."""
    environ = bottle.request.environ
    if 'kuma.body' not in environ:
        limits.check_body(environ)
        environ['kuma.body'] = environ['wsgi.input'].read(int(environ.get('CONTENT_LENGTH') or 0))
    return environ['kuma.body']


def pairs():
    """`[(name, bytes)]` of the form that was sent, uploaded files left out. Empty for other bodies."""
    environ = bottle.request.environ
    if 'kuma.pairs' not in environ:
        environ['kuma.pairs'] = _pairs()
    return environ['kuma.pairs']


def _pairs():
    if media_type() == 'application/x-www-form-urlencoded':
        return _urlencoded(body())
    if media_type() == 'multipart/form-data':
        return _multipart(body())
    return []


def _urlencoded(data):
    pieces = [piece.partition(b'=') for piece in data.replace(b'+', b' ').split(b'&', FIELDS + 1) if piece]
    _check_count(pieces)
    return [(_unquote(name).decode('utf-8', 'replace'), _unquote(value)) for name, _, value in pieces]


def _unquote(data):
    """%41 becomes A. In slices, because Python makes some 200 bytes of each escape on the way."""
    return b''.join(unquote_to_bytes(piece[0]) for piece in _SLICES.finditer(data))


def _multipart(data):
    boundary = _BOUNDARY.search(bottle.request.environ['CONTENT_TYPE'])
    if not boundary:
        raise Refused(400, 'This form cannot be read: it names no boundary.')
    pieces = (b'\r\n' + data).split(b'\r\n--' + boundary[1].encode('latin-1'), FIELDS + 2)
    _check_count(pieces[1:-1])
    if len(pieces) < 2 or not pieces[-1].startswith(b'--'):
        raise Refused(400, 'This form arrived in part only. Please send it again.')
    return [pair for pair in map(_part, pieces[1:-1]) if pair]


def _part(piece):
    head, _, value = piece.partition(b'\r\n\r\n')
    name = _PART_NAME.search(head)
    if not name or b'filename' in head.lower():
        return None
    return name[1].decode('utf-8', 'replace'), value


def _check_count(pieces):
    if len(pieces) > FIELDS:
        raise Refused(400, f'This form has more than {FIELDS} fields.')


def _one(found, name, default):
    values = [raw for key, raw in found if key == name]
    if len(values) > 1:
        raise Refused(400, f'The field “{name}” was sent more than once.')
    if not values and default is _REQUIRED:
        raise Refused(400, f'The field “{name}” is missing: the form did not arrive whole.')
    return values[0] if values else default


def _clean(name, raw, limit):
    if len(raw) > limit:
        raise Refused(413, f'“{name}” is too long: it has {_size(len(raw))}, and {_size(limit)} fit.')
    if b'\0' in raw:
        raise Refused(400, f'“{name}” holds a NUL character, which no text may.')
    try:
        return raw.decode('utf-8').replace('\r\n', '\n').replace('\r', '\n')
    except UnicodeDecodeError:
        raise Refused(400, f'“{name}” is not valid UTF-8 text.') from None


def _short(name, value, limit):
    if len(value) > limit:
        raise Refused(400, f'“{name}” is too long: it has {len(value):,} characters, and {limit:,} fit.')
    return value


def _size(count):
    return f'{count / TEXT:.1f} MB' if count >= TEXT / 10 else f'{count:,} bytes'


def _no_constant(word):
    raise ValueError(f'{word} is not JSON')
