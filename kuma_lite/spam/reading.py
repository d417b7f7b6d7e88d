"""How the checks read a text: its words, its links, what is new in it. Pure functions, all of them linear."""
import hashlib
import html
import re
import unicodedata
from collections import Counter
from urllib.parse import urlsplit

from kuma_lite.config import settings
from kuma_lite.text import INVISIBLE, normalized

# A text is read as Markdown would show it: "http&#58;//", "http:\/\/" and "//host" are links, too. Browsers
# make no difference of how many slashes there are.
LINK = re.compile(r'(?:https?:/*|(?<![\w/:])//+|\bwww\.)([^\s/<>()\[\]"\'`?#\\]+)', re.IGNORECASE)
ESCAPE = re.compile(r'\\([!-/:-@\[-`{-~])')
WORD = re.compile(r'[^\W_]+')
# What divides a word for us and not for who reads the page: "vi**ag**ra".
INSIDE = re.compile(r'(?<=\w)(?:[*~`]|</?[a-z]+ ?/?>|<!--[^<>]*-->)+(?=\w)', re.IGNORECASE)
SHORTEST = 40       # letters of a text that is known again: "Thanks!" is written by many


def added_lines(old, new):
    """The lines of one text that another has not, and those that it has no more; moved ones are neither."""
    before, after = Counter(old.split('\n')), Counter(new.split('\n'))
    return _joined(after - before), _joined(before - after)


def _joined(lines):
    return '\n'.join(line for line in lines.elements() if line.strip())


def hosts(text):
    """The hosts of all links to other sites, each as often as there is a link to it."""
    shown = ESCAPE.sub(r'\1', html.unescape(text))
    own = urlsplit(settings.site.base_url).hostname
    found = (host.rpartition('@')[2].partition(':')[0].rstrip('.').lower() for host in LINK.findall(shown))
    return [host for host in found if host and host != own]


def words(text):
    """The words of a text, without regard to case, compatibility forms and what nobody sees."""
    text = INSIDE.sub('', html.unescape(text))
    return WORD.findall((text if text.isascii() else _seen(text)).casefold())


def _seen(text):
    """The text without what shows nothing, and without accents that no letter of any language has."""
    kind = unicodedata.category
    shown = ''.join(char for char in text if kind(char) != 'Cf' and char not in INVISIBLE)
    return ''.join(char for char in normalized('NFKC', shown) if kind(char) not in ('Mn', 'Me'))


def digest(text):
    """The same for texts that differ in case, spaces, digits and signs only; '' for a short one."""
    letters = ''.join(word for word in words(text) if not word.isdigit())
    return hashlib.sha256(letters.encode()).hexdigest() if len(letters) >= SHORTEST else ''
