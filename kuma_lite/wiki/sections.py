"""A text cut at its headings, so that a part can be edited by itself. Pure functions, which raise
markup.TooComplex for what `markup.render` would refuse too.

A section reaches from its heading to the next one of the same or a higher level. The blank lines that
divide it from what follows belong to it, but nobody types them.
"""
import re
from functools import lru_cache
from typing import NamedTuple

from kuma_lite import markup
from kuma_lite.wiki import merging
from kuma_lite.wiki.checks import Invalid

END_OF_LINE = re.compile(r'\r\n?|\n')     # as the parser has it
GONE = ('The text that you began with has no such section. Please copy what you typed, and edit the '
        'whole page.')
SPILLS = ('This section opens something that it does not close, such as a block of code, so that what '
          'follows would become a part of it. Please close it.')


class Section(NamedTuple):
    id: str         # of its heading, as on the page
    title: str
    start: int      # where it stands in the text
    end: int


@lru_cache(maxsize=4)       # the same text is cut again on the way from an edit to the page
def cut(content):
    """The sections of a text in their order; those of lower headings lie within others."""
    found, opened = [], []      # what is opened: (level, number) of each section that the next may end
    for start, level, name, title in _places(content):
        while opened and opened[-1][0] >= level:
            _, number = opened.pop()
            found[number] = found[number]._replace(end=start)
        opened.append((level, len(found)))
        found.append(Section(name, title, start, len(content)))
    return tuple(found)


def find(content, name):
    """The section whose heading has this id, or None."""
    return next((section for section in cut(content) if section.id == name), None)


def existing(content, name):
    """The same; raises Invalid."""
    section = find(content, name)
    if section is None:
        raise Invalid(GONE)
    return section


def shown(content, section):
    """What a person gets to edit."""
    return _source(content, section).rstrip('\n')


def put(content, section, typed):
    """The text in which this section says what was typed. Raises Invalid if it would swallow what follows."""
    old, typed = shown(content, section), typed.rstrip('\n')
    if typed == old:
        return content
    follows = content[section.end:]
    gap = _source(content, section)[len(old):]
    if follows and len(gap) < 2:
        gap = '\n\n'      # else a heading of the kind that is underlined would take in the last line
    changed = content[:section.start] + (typed and typed + gap) + follows
    _check_rest(content, section, changed)
    return changed


def merge(base, mine, theirs, name):
    """As `merging.merge`; with a name, `mine` holds only the section of `base` with this id.

    One that nobody else has touched is put into their text, whatever they did around it. Raises Invalid.
    """
    if not name:
        return merging.merge(base, mine, theirs)
    section = existing(base.content, name)
    content = transplant(base.content, section, mine.content, theirs.content)
    if content is None:
        whole = mine._replace(content=put(base.content, section, mine.content))
        merged = merging.merge(base, whole, theirs)
        before = shown(base.content, section)
        added = _lines(mine.content) - _lines(before)
        if merged.is_clean and _has_moved(section.start, added, whole.content, merged.version.content):
            return merged._replace(parts=[merging.Part(before, mine.content, '')])
        return merged
    return merging.merge(*(version._replace(content=content) for version in (base, mine, theirs)))


def transplant(old, section, typed, new):
    """`new` with the section of `old` as it was typed; None unless it says in `new` what it said."""
    source = _source(old, section)
    before, now = _saying(source, old), _saying(source, new)
    if len(before) != len(now) or not now:
        return None
    place = before.index(section)
    above = _above(old, section)
    if _stands(above, new) and _above(new, now[place]) != above:
        return None     # it was moved, or another one happens to say the same there
    if _has_namesakes(section, old, new) and _headings(old) != _headings(new):
        return None     # nobody knows which of several it is now
    return put(new, now[place], typed)


def _has_namesakes(section, *contents):
    return any([one.title for one in cut(content)].count(section.title) > 1 for content in contents)


def _headings(content):
    return [(one.id, one.title) for one in cut(content)]


@lru_cache(maxsize=4)
def _titles(content):
    """{start of a section: its title behind those of the sections within which it stands, from the top}."""
    found, opened = {}, []
    for section in cut(content):
        while opened and opened[-1].end <= section.start:
            opened.pop()
        opened.append(section)
        found[section.start] = tuple(one.title for one in opened)
    return found


def _above(content, section):
    return _titles(content)[section.start][:-1]


def _stands(above, content):
    """Whether there is a heading of these titles in the text; all stand within the text itself."""
    return not above or above in _titles(content).values()


def _lines(content):
    return set(content.split('\n'))


def _has_moved(start, added, mine, merged):
    """Whether what was added to the section that starts there in `mine` has come, in `merged`, to stand below
    other headings. Where the one above it is gone, it may have been renamed: then only its own counts."""
    titles = _titles(mine).get(start)
    if not titles:
        return False    # it has no heading of its own
    known = slice(None) if _stands(titles[:-1], merged) else slice(-1, None)
    places = [one for one in cut(merged) if _titles(merged)[one.start][known] == titles[known]]
    return not any(added <= _lines(_source(merged, one)) for one in places)


def _places(content):
    """(start, level, id, title) of each heading at which a text can be cut."""
    starts = [0, *(end.end() for end in END_OF_LINE.finditer(content))]
    return [(starts[line - 1], *heading) for line, *heading in markup.places(content) if line <= len(starts)]


def _source(content, section):
    return content[section.start:section.end]


def _saying(source, content):
    return [section for section in cut(content) if _source(content, section) == source]


def _check_rest(content, section, changed):
    """Raise Invalid unless the headings after the section are headings still."""
    moved = len(changed) - len(content)
    after = [other.start + moved for other in cut(content) if other.start >= section.end]
    if not set(after) <= {other.start for other in cut(changed)}:
        raise Invalid(SPILLS)
