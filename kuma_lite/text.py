"""Paths and times as people write and read them. Pure functions; nothing is kept."""
import re
import unicodedata
from datetime import datetime, timezone
from functools import cache, lru_cache
from zoneinfo import ZoneInfo, available_timezones

MAX_PATH, MAX_SEGMENTS, MAX_SEGMENT = 255, 12, 100
FORBIDDEN = set('$?#\\<>"')
UNSEEN = {'Cc', 'Cf', 'Cn', 'Co', 'Cs', 'Zl', 'Zp'}
# Letters, marks and symbols that show nothing or a blank, or stand for what could not be read.
INVISIBLE = '\u034f\u115f\u1160\u17b4\u17b5\u180b\u180c\u180d\u180f\u2800\u3164\uffa0\ufffc\ufffd'
VARIATIONS = dict.fromkeys([*range(0xfe00, 0xfe10), *range(0xe0100, 0xe01f0)])    # "❤" as text or emoji
NOT_ASCII = re.compile('[^\x00-\x7f]{201}')
PIECES = re.compile('[\x00-\x7f]*[^\x00-\x7f]{1,200}|[\x00-\x7f]+')     # accents stay with their letter


@lru_cache(maxsize=2_000)
def normalize_path(text):
    """The path of a page as it is kept: "A b/C" becomes "A_b/C".

    Raises ValueError, with a sentence for people, for what can be no path. Whether two paths
    mean the same page is told by `path_key`.
    """
    if len(text) > 4 * MAX_PATH:       # the rest is not worth the time
        raise ValueError(f'A path has at most {MAX_PATH} characters.')
    _check_characters(text)
    path = _tidy(unicodedata.normalize('NFC', text))
    _check_shape(path)
    _check_shape(_fold(path))       # "．．" is ".." when paths are compared
    return path


@lru_cache(maxsize=2_000)
def path_key(path):
    """What all spellings of a path have in common: its case and its compatibility forms are gone."""
    return _fold(normalize_path(path))


def title_from_path(path):
    return path.rpartition('/')[2].replace('_', ' ')


def path_from_title(title):
    """A path on the top level for a page of this title, "First_steps" for "First steps?"; it may be ''."""
    kept = ''.join(character for character in unicodedata.normalize('NFC', title.replace('/', ' '))
                   if _may_stand_in_path(character))
    return _tidy(kept[:MAX_SEGMENT])


def title_key(title):
    """What a title has in common with the paths that are spelled like it: "What is tea?" becomes
    "what_is_tea", as does the path "What_is_tea". None for a title that no path can resemble."""
    try:
        return path_key(path_like(title))
    except ValueError:
        return None


def path_like(title):
    """A title without what can stand in no path. Raises ValueError if nothing is left, or too much."""
    if len(title) > MAX_PATH:       # the rest is not worth the time
        raise ValueError(f'A path has at most {MAX_PATH} characters.')
    unfit = {character for character in set(title) if not _may_stand_in_path(character)}
    return normalize_path(''.join(character for character in title if character not in unfit))


def _tidy(path):
    segments = (re.sub(r'[\s_]+', '_', segment).strip('_') for segment in path.split('/'))
    return '/'.join(segment for segment in segments if segment)


def _fold(path):
    """Fold case and compatibility forms until nothing changes: once is not enough for every letter."""
    compatible = unicodedata.normalize('NFKC', path.translate(VARIATIONS))
    folded = _tidy(unicodedata.normalize('NFKC', compatible.casefold()))
    return folded if folded == path else _fold(folded)


def _check_shape(path):
    segments = path.split('/')
    if not path:
        raise ValueError('A page needs a path.')
    if len(path) > MAX_PATH:
        raise ValueError(f'A path has at most {MAX_PATH} characters.')
    if len(segments) > MAX_SEGMENTS:
        raise ValueError(f'A path has at most {MAX_SEGMENTS} parts.')
    if any(len(segment) > MAX_SEGMENT for segment in segments):
        raise ValueError(f'Each part of a path has at most {MAX_SEGMENT} characters.')
    if '.' in segments or '..' in segments:
        raise ValueError('No part of a path is "." or "..".')


def _check_characters(text):
    for character in sorted(set(text)):
        if not _may_stand_in_path(character):
            raise ValueError(f'A path cannot hold the character {_name(character)}.')


@lru_cache(maxsize=30_000)      # 1 MB of links in Chinese has each of its characters a hundred times
def _may_stand_in_path(character):
    """Not for controls, direction marks, half and unknown characters (C), breaks of lines, blanks that
    are letters, and whatever becomes a slash or a forbidden character when paths are compared."""
    compatible = set(unicodedata.normalize('NFKC', character))
    return (unicodedata.category(character) not in UNSEEN and character not in INVISIBLE
            and not compatible & FORBIDDEN and ('/' not in compatible or character == '/'))


def _name(character):
    return f'"{character}"' if character in FORBIDDEN else f'U+{ord(character):04X}'


def normalized(form, words):
    """`unicodedata.normalize` in a time that grows with the length only: 500,000 accents on one letter take
    it minutes, in which no other thread runs. A new piece begins after so many characters beyond ASCII."""
    if not NOT_ASCII.search(words):
        return unicodedata.normalize(form, words)
    return ''.join(unicodedata.normalize(form, piece[0]) for piece in PIECES.finditer(words))


def legible(words):
    """On one line, with escapes such as "\\n" for what shows nothing, ends a line or steers a terminal."""
    if words.isprintable():
        return words
    return ''.join(char if char.isprintable() else ascii(char)[1:-1] for char in words)


def ago(then, now):
    """"3 minutes ago", "just now", "in 2 hours"."""
    distance = abs(now - then)
    for unit, seconds in (('year', 31_536_000), ('month', 2_592_000), ('day', 86_400),
                          ('hour', 3_600), ('minute', 60)):
        if distance >= seconds:
            count = int(distance // seconds)
            words = f'{count} {unit}{"s" if count > 1 else ""}'
            return f'{words} ago' if then <= now else f'in {words}'
    return 'just now' if then <= now else 'in a moment'


def exact(then, zone):
    """"2026-11-22 14:03:05 CET" for a name of a time zone."""
    return datetime.fromtimestamp(then, ZoneInfo(zone)).strftime('%Y-%m-%d %H:%M:%S %Z')


@cache
def zones():
    """The names of all time zones that this machine knows: {'europe/berlin': 'Europe/Berlin'}."""
    return {name.casefold(): name for name in sorted(available_timezones())}


def minutes(seconds):
    """A time to wait, rounded up: "1 minute", "15 minutes"."""
    count = -(-seconds // 60)
    return f'{count} minute{"" if count == 1 else "s"}'


def iso(then):
    return datetime.fromtimestamp(then, timezone.utc).strftime('%Y-%m-%dT%H:%M:%SZ')
