"""What a look at a site may find, and what it is told. The checks stand in the features that know;
`app.EXAMINED` lists them, and `doctor/` runs them."""
from pathlib import Path
from typing import NamedTuple

WRONG, NOTE = 'wrong', 'note'


class Visit(NamedTuple):
    """What a check is told of the site and of whoever asks."""
    data: Path
    running: bool           # some process of the site runs now
    config: str = ''        # the path of the settings file, where there is one
    thorough: bool = True   # it may take as long as it needs; False where a request waits for it
    host: str = ''          # of the request, on the web: how the visitor calls the site,
    scheme: str = ''        # http or https,
    peer: str = ''          # and from which address that came


class Finding(NamedTuple):
    """Something that is not as it should be: a sentence about it, and one that says what to do."""
    what: str
    do: str
    level: str = WRONG
    mend: object = None     # a function that puts it right and says what it did; safe beside a running site
    is_last: bool = False   # nothing more can be asked of the database


class Check(NamedTuple):
    """`look(visit)` yields Findings and changes nothing."""
    name: str
    look: object
    asks_database: bool = True


def note(what, do, **more):
    """A finding with which the site works."""
    return Finding(what, do, NOTE, **more)


def some(names, most=3):
    """'a, b, c and 4 more'"""
    names = [str(name) for name in names]
    more = len(names) - most
    return ', '.join(names[:most]) + (f' and {more:,} more' if more > 0 else '')


def count(number, noun, nouns=''):
    """'1 page' or '7 pages'"""
    return f'{number:,} {noun if number == 1 else nouns or noun + "s"}'
