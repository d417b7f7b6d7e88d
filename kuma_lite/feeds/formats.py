"""A feed as Atom 1.0 (RFC 4287) and as RSS 2.0, as bytes of XML. Knows no table and no request."""
import re
from datetime import datetime, timezone
from email.utils import format_datetime
from typing import NamedTuple
from xml.etree.ElementTree import Element, SubElement, tostring

from kuma_lite import text

ATOM, DUBLIN_CORE = 'http://www.w3.org/2005/Atom', 'http://purl.org/dc/elements/1.1/'
_REFUSED = re.compile('[^\t\n\r -\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]')      # by XML, however written


class Entry(NamedTuple):
    id: str             # a URI that never changes
    title: str
    link: str           # whole addresses
    author: str
    author_link: str    # '' for none
    at: float           # epoch seconds
    html: str           # safe to be shown


class Feed(NamedTuple):
    title: str
    link: str           # of the page that shows the same to people
    own_link: str
    entries: list       # the newest first

    @property
    def updated(self):
        return max((entry.at for entry in self.entries), default=0)


def atom(feed):
    root = Element('feed', xmlns=ATOM)
    _add(root, 'id', feed.own_link)
    _add(root, 'title', feed.title)
    _add(root, 'updated', text.iso(feed.updated))
    _add(root, 'link', rel='self', type='application/atom+xml', href=feed.own_link)
    _add(root, 'link', rel='alternate', type='text/html', href=feed.link)
    _add(root, 'generator', 'Kuma Lite')
    for entry in feed.entries:
        _atom_entry(_add(root, 'entry'), entry)
    return _bytes(root)


def _atom_entry(node, entry):
    _add(node, 'id', entry.id)
    _add(node, 'title', entry.title)
    _add(node, 'updated', text.iso(entry.at))
    _add(node, 'link', rel='alternate', type='text/html', href=entry.link)
    author = _add(node, 'author')
    _add(author, 'name', entry.author)
    if entry.author_link:
        _add(author, 'uri', entry.author_link)
    _add(node, 'summary', entry.html, type='html')


def rss(feed):
    root = Element('rss', {'version': '2.0', 'xmlns:atom': ATOM, 'xmlns:dc': DUBLIN_CORE})
    channel = _add(root, 'channel')
    _add(channel, 'title', feed.title)
    _add(channel, 'link', feed.link)
    _add(channel, 'description', feed.title)
    _add(channel, 'lastBuildDate', date(feed.updated))
    _add(channel, 'generator', 'Kuma Lite')
    _add(channel, 'atom:link', rel='self', type='application/rss+xml', href=feed.own_link)
    for entry in feed.entries:
        _rss_item(_add(channel, 'item'), entry)
    return _bytes(root)


def _rss_item(node, entry):
    _add(node, 'title', entry.title)
    _add(node, 'link', entry.link)
    _add(node, 'guid', entry.id, isPermaLink='false')
    _add(node, 'pubDate', date(entry.at))
    _add(node, 'dc:creator', entry.author)      # the element "author" would be a mail address
    _add(node, 'description', entry.html)


def _add(parent, name, words=None, **attributes):
    """A new element, with everything in it that XML cannot hold replaced."""
    node = SubElement(parent, name, {key: _clean(value) for key, value in attributes.items()})
    node.text = words and _clean(words)
    return node


def _clean(words):
    return _REFUSED.sub('\ufffd', words)


def date(then):
    """"Sun, 22 Nov 2026 14:03:05 GMT", as RSS and HTTP write it."""
    return format_datetime(datetime.fromtimestamp(int(then), timezone.utc), usegmt=True)


def _bytes(root):
    return tostring(root, encoding='utf-8', xml_declaration=True)
