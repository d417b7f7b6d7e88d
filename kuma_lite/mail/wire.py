"""Headers and text made into the bytes of a mail, and read back to see that they are what was meant.

Titles and names are other people's text, and on some Pythons (3.11, 3.12) the standard library's
own mail classes turn `=?utf-8?q?=0D=0ABcc:_x@y?=` in a subject into a real `Bcc:` line. So headers
are encoded here, and the finished bytes are read back and compared with what was meant.
"""
import hashlib
import re
import unicodedata
from email import message_from_bytes, policy
from email.charset import QP, Charset
from email.header import Header, decode_header, make_header
from email.mime.multipart import MIMEMultipart
from email.mime.text import MIMEText

ADDRESS = re.compile(r'[A-Za-z0-9.!#$%&\'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9]([A-Za-z0-9.-]{0,250}[A-Za-z0-9])?')
HEADER_NAME = re.compile(r'[A-Za-z][A-Za-z0-9-]{0,60}')
LONGEST_LINE = 900      # a mail's lines may have 998 characters
UTF8 = Charset('utf-8')
UTF8.body_encoding = QP
READABLE = Charset('utf-8')
READABLE.body_encoding = None      # as it is, whatever the length of a line
# Lines end as SMTP wants them, only `_encoded` breaks headers, and "From " at a line's start stays.
WIRE = policy.compat32.clone(linesep='\r\n', max_line_length=None, mangle_from_=False)
WHOLE = ['Content-Type', 'MIME-Version']                # what Python writes by itself, around parts
PART = [*WHOLE, 'Content-Transfer-Encoding']            # and for one text


class Undeliverable(Exception):
    """This mail will not arrive however often it is tried; the message says why."""


def build(headers, text, html='', charset=UTF8):
    """A mail with exactly these headers: plain text, or with `html` both, of which the reader's program
    shows what it can. The same bytes each time. Raises Undeliverable if Python wrote anything else.

    READABLE as `charset` is for a file that somebody opens, and no mail server: links in it can be copied.
    """
    meant = {_checked_name(name): one_line(value) for name, value in headers.items()}
    bodies = [('text/plain', _well_formed(text))] + ([('text/html', _well_formed(html))] if html else [])
    mail = _alternatives(bodies, charset) if html else _part(*bodies[0], charset)
    for name, value in meant.items():
        mail[name] = _encoded(name, value)
    data = mail.as_bytes(policy=WIRE)
    _compare_headers(data, meant, WHOLE if html else PART)
    _compare_bodies(data, bodies)
    return data


def checked_address(address):
    if not ADDRESS.fullmatch(address):
        raise Undeliverable(f'{address!r} is not an address that mail can be sent to.')
    return address


def one_line(text):
    """Text as it may stand in a header: no control characters, every white space a single space."""
    return ' '.join(''.join(_harmless(character) for character in text).split())


def _alternatives(bodies, charset):
    """The texts as parts. No part can hold the boundary: it is made of all that they say."""
    digest = hashlib.sha256(repr(bodies).encode()).hexdigest()
    return MIMEMultipart('alternative', f'=_{digest[:32]}', [_part(*body, charset) for body in bodies])


def _part(kind, text, charset):
    return MIMEText(text, kind.removeprefix('text/'), charset)


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


def _checked_name(name):
    if not HEADER_NAME.fullmatch(name):
        raise Undeliverable(f'{name!r} is not the name of a header.')
    return name


def _compare_headers(data, meant, own):
    """Refuse bytes in which a mail server would read other headers than were meant, or one twice."""
    if re.search(rb'\r(?!\n)|(?<!\r)\n', data):
        raise Undeliverable('The mail has a line break that is not one everywhere.')
    mail = message_from_bytes(data)
    found = {name: _decoded(value) for name, value in mail.items() if name not in own}
    names = {name.lower() for name in mail.keys()}
    if found != meant or not len(mail) == len(names) == len(meant) + len(own):
        raise Undeliverable('The headers of the mail are not those that were meant.')


def _compare_bodies(data, bodies):
    """Refuse bytes in which a reader would find other texts than were meant, or more of them."""
    mail = message_from_bytes(data)
    parts = mail.get_payload() if mail.is_multipart() else [mail]
    found = [(part.get_content_type(), part.get_payload(decode=True)) for part in parts]
    wanted = [(kind, text.replace('\n', '\r\n').encode()) for kind, text in bodies]
    if found != wanted or (mail.is_multipart() and any(part.keys() != PART for part in parts)):
        raise Undeliverable('The text of the mail is not the one that was meant.')


def _decoded(value):
    return str(make_header(decode_header(re.sub(r'\r?\n(?=[ \t])', '', value))))
