"""A delivery made into the bytes of a mail. No network here, and no query.

Titles and names are other people's text, and on some Pythons (3.11, 3.12) the standard library's
own mail classes turn `=?utf-8?q?=0D=0ABcc:_x@y?=` in a subject into a real `Bcc:` line. So headers
are encoded here, and the finished bytes are read back and compared with what was meant.
"""
import hashlib
import ipaddress
import re
import unicodedata
from datetime import datetime, timezone
from email import message_from_bytes, policy
from email.charset import QP, Charset
from email.header import Header, decode_header, make_header
from email.mime.text import MIMEText
from email.utils import format_datetime
from urllib.parse import urlsplit

from kuma_lite.config import settings
from kuma_lite.web.addresses import site_root

ADDRESS = re.compile(r'[A-Za-z0-9.!#$%&\'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9]([A-Za-z0-9.-]{0,250}[A-Za-z0-9])?')
HEADER_NAME = re.compile(r'[A-Za-z][A-Za-z0-9-]{0,60}')
LONGEST_LINE = 900      # a mail's lines may have 998 characters
UTF8 = Charset('utf-8')
UTF8.body_encoding = QP
# Lines end as SMTP wants them, only `_encoded` breaks headers, and "From " at a line's start stays.
WIRE = policy.compat32.clone(linesep='\r\n', max_line_length=None, mangle_from_=False)


class Undeliverable(Exception):
    """This mail will not arrive however often it is tried; the message says why."""


def compose(delivery):
    """The bytes of a delivery, the same at every attempt. Raises Undeliverable."""
    message = delivery.message
    headers = {
        **delivery.all_headers,
        'From': _checked_address(settings.mail.sender),
        'To': _checked_address(delivery.address),
        'Subject': message.subject,
        'Date': format_datetime(datetime.fromtimestamp(message.created_at, timezone.utc)),
        'Message-ID': message_id(delivery),
        'Auto-Submitted': 'auto-generated',
    }
    return build(headers, f'{message.text}\n\n-- \n{delivery.footer}\n')


def build(headers, text):
    """A plain text mail with exactly these headers. Raises Undeliverable if Python wrote any other."""
    meant = {_checked_name(name): one_line(value) for name, value in headers.items()}
    mail = MIMEText(_well_formed(text), 'plain', UTF8)
    for name, value in meant.items():
        mail[name] = _encoded(name, value)
    data = mail.as_bytes(policy=WIRE)
    _compare(data, meant)
    return data


def message_id(delivery):
    """The same for every attempt, so that a mail accepted twice is shown once."""
    message = delivery.message
    about = f'{message.key} {message.created_at} {delivery.address}'
    return f'<{hashlib.sha256(about.encode()).hexdigest()[:32]}@{host_name()}>'


def host_name():
    """This site's name for mail servers: that of base_url, with an IP address in brackets."""
    host = urlsplit(site_root()).hostname or 'localhost'
    try:
        number = ipaddress.ip_address(host)
    except ValueError:
        return host.encode('idna').decode()
    return f'[IPv6:{number}]' if number.version == 6 else f'[{number}]'


def one_line(text):
    """Text as it may stand in a header: no control characters, every white space a single space."""
    return ' '.join(''.join(_harmless(character) for character in text).split())


def _harmless(character):
    kind = unicodedata.category(character)
    if kind == 'Cs':
        return '\ufffd'
    return ' ' if kind in ('Cc', 'Zl', 'Zp') else character


def _well_formed(text):
    text = text.encode('utf-8', 'replace').decode('utf-8').replace('\0', '\ufffd')
    return text.replace('\r\n', '\n').replace('\r', '\n')


def _encoded(name, value):
    """A value as it is when nobody can read it as anything else, as encoded words otherwise."""
    if value.isascii() and '=?' not in value and len(value) < LONGEST_LINE:
        return value
    return Header(value, 'utf-8', header_name=name).encode()


def _checked_address(address):
    if not ADDRESS.fullmatch(address):
        raise Undeliverable(f'{address!r} is not an address that mail can be sent to.')
    return address


def _checked_name(name):
    if not HEADER_NAME.fullmatch(name):
        raise Undeliverable(f'{name!r} is not the name of a header.')
    return name


def _compare(data, meant):
    """Refuse bytes in which a mail server would read other headers than were meant."""
    if re.search(rb'\r(?!\n)|(?<!\r)\n', data):
        raise Undeliverable('The mail has a line break that is not one everywhere.')
    mail = message_from_bytes(data)
    own = {'Content-Type', 'MIME-Version', 'Content-Transfer-Encoding'}
    found = {name: _decoded(value) for name, value in mail.items() if name not in own}
    if len(mail) != len(meant) + len(own) or found != meant:
        raise Undeliverable('The headers of the mail are not those that were meant.')


def _decoded(value):
    return str(make_header(decode_header(re.sub(r'\r?\n(?=[ \t])', '', value))))
