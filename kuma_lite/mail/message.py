"""A delivery made into a mail: from whom, in which thread, with which text. No network here, no query."""
import hashlib
import ipaddress
import re
from datetime import datetime, timezone
from email.utils import format_datetime
from urllib.parse import urlsplit

from kuma_lite.config import settings
from kuma_lite.mail.wire import READABLE, UTF8, build, checked_address
from kuma_lite.web import signing
from kuma_lite.web.addresses import site_root
from kuma_lite.web.templates import render_for_mail

LINK = re.compile(r'https?://[^\s<>"]+[^\s<>".,;:!?)]')
NAMED_LINK = re.compile(rf'(.*; |)([^;]+): ({LINK.pattern})')
SECRET = '(secret)'     # stands in a text where only its reader may see what is sent


def compose(delivery, reveal=False):
    """The bytes of a delivery, the same at every attempt. Raises Undeliverable.

    What is sealed is for the reader alone: others get it with SECRET in its place.
    """
    message = delivery.message
    headers = {
        **delivery.all_headers,
        'From': checked_address(settings.mail.sender),
        'To': checked_address(delivery.address),
        'Subject': message.subject,
        'Date': format_datetime(datetime.fromtimestamp(message.created_at, timezone.utc)),
        'Message-ID': message_id(delivery),
        'Auto-Submitted': 'auto-generated',
        **thread_headers(message.thread),
    }
    text = message.text.replace(SECRET, secret(message.sealed)) if reveal and message.sealed else message.text
    return build(headers, _signed(text, delivery.footer), _framed(message, delivery.footer),
                 UTF8 if settings.mail.host else READABLE)


def secret(sealed):
    """What a mail with `sealed` says in place of SECRET."""
    return signing.sign('mail', sealed)


def message_id(delivery):
    """The same for every attempt, so that a mail accepted twice is shown once."""
    message = delivery.message
    return _id(f'{message.key} {message.created_at} {delivery.address}')


def thread_headers(thread):
    """What mail programs put side by side: all mails of a thread answer one mail, which nobody ever sent."""
    root = thread and _id(f'thread {thread}')
    return {'In-Reply-To': root, 'References': root} if thread else {}


def host_name():
    """This site's name for mail servers: that of base_url, with an IP address in brackets."""
    host = urlsplit(site_root()).hostname or 'localhost'
    try:
        number = ipaddress.ip_address(host)
    except ValueError:
        return host.encode('idna').decode()
    return f'[IPv6:{number}]' if number.version == 6 else f'[{number}]'


def _id(about):
    return f'<{hashlib.sha256(about.encode("utf-8", "replace")).hexdigest()[:32]}@{host_name()}>'


def _signed(text, footer):
    return f'{text}\n\n-- \n{footer}\n' if footer else f'{text}\n'


def _framed(message, footer):
    """The HTML of a message as a whole document for one reader, or ''."""
    if not message.html:
        return ''
    return render_for_mail('mail/frame.html', subject=message.subject, html=message.html,
                           footer=[list(_pieces(line)) for line in footer.splitlines()])


def _pieces(line):
    """(words, those that lead somewhere, address or '') through a line. What "To stop it: https://…" says
    is a link; any other address is shown as it is."""
    if named := NAMED_LINK.fullmatch(line):
        yield named.groups()
        return
    end = 0
    for link in LINK.finditer(line):
        yield line[end:link.start()], link[0], link[0]
        end = link.end()
    yield line[end:], '', ''
