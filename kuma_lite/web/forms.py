"""What people and programs send: form fields, query fields, JSON. Nothing here is ever cut or guessed.

A field that is missing is refused, so that a form that arrives in part cannot blank a page. Forms
are read here and not by Bottle, which drops bad UTF-8 and reads in the charset that the sender
chose. Few routes take files, and only for these a form may come as multipart/form-data: see `uploads.py`.
"""
import json
import re
from urllib.parse import unquote_to_bytes

import bottle

from kuma_lite.web import uploads
from kuma_lite.web.refusals import Refused

TEXT = 1024 * 1024     # bytes of UTF-8 in one text field
LINE = 255             # characters in one line
FIELDS = 1000          # fields in one form

_REQUIRED = object()
_SLICES = re.compile(rb'[^%]+|(?:%[^%]*){1,5000}')


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


def query(name, default='', limit=LINE):
    """A field of the address (`?name=…`), or `default`; `limit` in characters."""
    raw = _one(_urlencoded(bottle.request.query_string.encode('latin-1')), name, default)
    return raw if raw is default else _short(name, _clean(name, raw, TEXT).strip(), limit)


def file(name):
    """The bytes of a file in the form, for a route with `files=True`; b'' if none was chosen."""
    if media_type() != 'multipart/form-data':
        raise Refused(415, 'Send this form as multipart/form-data.')
    return _one(_multipart()[1], name, _REQUIRED)


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
        data = json.loads(body().decode('utf-8'), parse_constant=_no_constant, object_pairs_hook=_once_each)
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


def media_type():
    return bottle.request.environ.get('CONTENT_TYPE', '').partition(';')[0].strip().lower()


def body():
    """The bytes that were sent; none before `limits.allow_body`, nor where no route takes any."""
    environ = bottle.request.environ
    if 'kuma.length' in environ and 'kuma.body' not in environ:
        environ['kuma.body'] = environ['wsgi.input'].read(environ['kuma.length'])
    return environ.get('kuma.body', b'')


def pairs():
    """`[(name, bytes)]` of the form that was sent; empty for bodies that are no form."""
    environ = bottle.request.environ
    if 'kuma.pairs' not in environ:
        environ['kuma.pairs'] = _pairs()
    return environ['kuma.pairs']


def _pairs():
    if media_type() == 'application/x-www-form-urlencoded':
        return _urlencoded(body())
    if media_type() == 'multipart/form-data':
        return _multipart()[0]
    return []


def _multipart():
    """The fields and the files of a form, for a route that takes files."""
    environ = bottle.request.environ
    if not environ.get('kuma.takes_files'):
        raise Refused(415, 'No files are taken here; send the form as application/x-www-form-urlencoded.')
    if 'kuma.parts' not in environ:
        environ['kuma.parts'] = uploads.read(environ['CONTENT_TYPE'], body())
    return environ['kuma.parts']


def _urlencoded(data):
    pieces = [piece.partition(b'=') for piece in data.replace(b'+', b' ').split(b'&', FIELDS + 1) if piece]
    if len(pieces) > FIELDS:
        raise Refused(400, f'This form has more than {FIELDS} fields.')
    return [(_unquote(name).decode('utf-8', 'replace'), _unquote(value)) for name, _, value in pieces]


def _unquote(data):
    """%41 becomes A. In slices, because Python makes some 200 bytes of each escape on the way."""
    return b''.join(unquote_to_bytes(piece[0]) for piece in _SLICES.finditer(data))


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


def _once_each(found):
    """Of a name that is there twice, somebody before us may have read the other value."""
    data = {}
    for name, value in found:
        if name in data:
            raise Refused(400, f'“{name[:80]}” was sent more than once.')
        data[name] = value
    return data


def _no_constant(word):
    raise ValueError(f'{word} is not JSON')
