"""What a name, an e-mail address and a password may be. Knows no table.

Every check returns the text as it is to be kept, or raises Invalid with a sentence for the person.
"""
import functools
import hashlib
import json
import re
import unicodedata
from pathlib import Path

from kuma_lite.config import settings

HERE = Path(__file__).parent
NAME_LIMIT = 40
EMAIL_LIMIT = 254
PASSWORD_LEAST, PASSWORD_LIMIT = 10, 1000
PASSWORD_BYTES = 4 * PASSWORD_LIMIT     # of UTF-8, in a form

# Names with which one could speak for the site. Admins, who do speak for it, may take them.
RESERVED = {'abuse', 'account', 'accounts', 'adm', 'admin', 'administration', 'administrator',
            'administrators', 'admins', 'all', 'anon', 'anonymous', 'anybody', 'billing', 'bot', 'bots',
            'community', 'company', 'contact', 'editor', 'editors', 'everybody', 'everyone', 'group',
            'groups', 'guest', 'guests', 'help', 'host', 'hosting', 'hostmaster', 'info', 'kuma', 'kuma lite',
            'kuma-lite', 'legal', 'localhost', 'mail', 'mailer', 'mailer-daemon', 'manager',
            'marketing', 'master', 'me', 'member', 'members', 'moderator', 'moderators', 'mods', 'myself',
            'no-reply', 'nobody', 'noc', 'noreply', 'null', 'official', 'operator', 'ops', 'owner', 'owners',
            'password', 'policy', 'postmaster', 'privacy', 'reader', 'readers', 'registration', 'root',
            'sales', 'security', 'self', 'server', 'service', 'services', 'site', 'somebody', 'ssladmin',
            'ssladministrator', 'sslwebmaster', 'staff', 'superuser', 'support', 'sys', 'sysadmin',
            'sysadministrator', 'sysop', 'system', 'team', 'teams', 'tech', 'undefined', 'user', 'users',
            'visitor', 'visitors', 'webmail', 'webmaster', 'website', 'wiki', 'you'}
FORMER = re.compile('former member')     # those who left are called so
NAME_REFUSES = re.compile(r'[/$@?#%\\<>"]')
# These take no room on the screen, though Unicode does not count them among the format characters.
INVISIBLE = re.compile('[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u2800\u3164\ufe00-\ufe0f\uffa0'
                       '\U000e0100-\U000e01ef]')
# Those that are written together. Any other mixture of alphabets imitates a name in one of them.
WRITTEN_TOGETHER = {'LATIN', 'CJK', 'HIRAGANA', 'KATAKANA', 'KATAKANA-HIRAGANA', 'HANGUL', 'BOPOMOFO'}
LOOKALIKES = str.maketrans('ıɑɡ', 'iag')     # within Latin, those that cannot be told apart at all

EMAIL = re.compile(r'[A-Za-z0-9.!#$%&\'*+/=?^_`{|}~-]+@[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?', re.ASCII)

# The beginnings of most passwords that are guessed first; figures and signs around them do not help.
COMMON = {'abcdefghij', 'alexander', 'asdfghjkl', 'babygirl', 'baseball', 'basketball',
          'butterfly', 'changeme', 'chocolate', 'computer', 'december', 'elizabeth', 'football',
          'iloveyou', 'letmein', 'liverpool', 'november', 'passw0rd', 'password', 'princess',
          'q1w2e3r4t5y', 'qazwsxedc', 'qwerty', 'qwertyuiop', 'september', 'softball',
          'spiderman', 'sunshine', 'superman', 'trustno', 'welcome', 'zxcvbnm'}


class Invalid(ValueError):
    """Something a person typed cannot be used; the text says why, in a sentence."""


def name(text, role):
    """A name for somebody with this role: NFC, single spaces, one to forty visible characters."""
    if any(unicodedata.category(char)[0] == 'C' for char in text) or INVISIBLE.search(text):
        raise Invalid('The name contains a character that cannot be seen.')
    kept = unicodedata.normalize('NFC', _single_spaced(text))
    if not 1 <= len(kept) <= NAME_LIMIT:
        raise Invalid(f'A name has 1 to {NAME_LIMIT} characters.')
    if NAME_REFUSES.search(kept):
        raise Invalid('A name cannot contain any of / $ @ ? # % \\ < > "')
    if not any(char.isalnum() for char in kept):
        raise Invalid('A name needs at least one letter or figure.')
    alphabets = _alphabets(name_key(kept))
    if len(alphabets) > 1 and alphabets - WRITTEN_TOGETHER:
        raise Invalid('A name keeps to one alphabet, so that nobody is mistaken for somebody else.')
    if _is_reserved(kept) and role != 'admin':
        raise Invalid(f'The name "{kept}" is kept for those who run the site; choose another one.')
    return kept


def name_key(text):
    """The form in which names are compared: two names with one key are one name."""
    folded = unicodedata.normalize('NFKC', _single_spaced(text)).casefold().translate(LOOKALIKES)
    return unicodedata.normalize('NFKC', folded)


def name_digest(text):
    """What is kept of the key of a name that nobody has any more."""
    return digest(name_key(text))


def digest(text):
    """What is kept of a text that has to be known again, and that nobody is to read."""
    return hashlib.sha256(text.encode('utf-8', 'surrogatepass')).hexdigest()


def looks(text):
    """The form in which two names are one that are hard to tell apart on a screen: Paul, PauI and Pau1."""
    shapes = _confusables()
    plain = unicodedata.normalize('NFKC', _single_spaced(text).translate(shapes))
    return plain.translate(shapes).casefold().translate(shapes)


@functools.cache
def _confusables():
    """What looks like letters and figures of ASCII, as Unicode lists it (UTS 39)."""
    return str.maketrans(json.loads((HERE / 'confusables.json').read_text('utf-8')))


def _is_reserved(text):
    """Also "adm1n": there is nobody of that name whom one could ask."""
    return FORMER.match(name_key(text)) or name_key(text) in RESERVED or _shape(text) in _reserved_shapes()


@functools.cache
def _reserved_shapes():
    return {_shape(word) for word in RESERVED}


def _shape(text):
    return looks(text).replace('l', 'i')


def email(text):
    kept = text.strip(' ')
    if len(kept) > EMAIL_LIMIT or not EMAIL.fullmatch(kept) or '..' in kept:
        raise Invalid('The e-mail address should look like name@example.org.')
    return kept


def password(text, name, email):
    """A password for the person with this name and address; kept exactly as it was typed."""
    if not PASSWORD_LEAST <= len(text) <= PASSWORD_LIMIT:
        raise Invalid(f'A password has {PASSWORD_LEAST} to {PASSWORD_LIMIT} characters.')
    if not text.isascii() and any(unicodedata.category(char) == 'Cs' for char in text):
        raise Invalid('The password is not UTF-8 text.')
    if _is_common(text.casefold()) or text.casefold() in _leaked():
        raise Invalid('That password is among the first that others would try; choose a longer, odder one.')
    if len(_without(text.casefold(), [email, email.partition('@')[0], name, settings.site.name])) < 8:
        raise Invalid('That password is little more than your name, your address or the name of the site.')
    return text


def _single_spaced(text):
    return ' '.join(text.split())


def _alphabets(text):
    """The first words of the letters' Unicode names: {'LATIN', 'CJK'}."""
    return {unicodedata.name(char, '').partition(' ')[0] for char in text if char.isalpha()}


def _is_common(text):
    word = re.sub(r'^[\W\d_]+|[\W\d_]+$', '', text)      # without what stands around the letters
    hardly_a_word = len(word) < 3 and len(text) < 14
    return word in COMMON or text in COMMON or hardly_a_word or len(set(text)) < 5


@functools.cache
def _leaked():
    """Of the passwords that were found most often, those that are long enough for here."""
    return set((HERE / 'common_passwords.txt').read_text('utf-8').split('\n'))


def _without(text, words):
    for word in words:
        if len(word) > 2:
            text = text.replace(word.casefold(), '')
    return text.strip()
