"""Two edits of the same revision brought together. Pure functions.

Lines that one side alone has changed are taken from it. Where both have changed the same lines, or lines
that touch, in different ways, there is a conflict: the merged text holds mine, and the conflict all of it.
Nothing that is only a mark ever stands in a text.
"""
from typing import NamedTuple

from merge3 import Merge3

from kuma_lite.diffs import Matcher


class Version(NamedTuple):
    """What a revision says, or what somebody would have it say."""
    title: str
    content: str
    tags: tuple = ()


class Part(NamedTuple):
    """Lines on which two edits disagree."""
    before: str     # in the revision that both have edited
    mine: str
    theirs: str


class Merged(NamedTuple):
    version: Version        # where they disagree it says what mine says
    parts: list
    titles_differ: bool

    @property
    def is_clean(self):
        return not self.parts and not self.titles_differ


def merge(base, mine, theirs):
    """What two Versions that were made from `base` say together, as Merged."""
    content, parts = merge_texts(base.content, mine.content, theirs.content)
    title = theirs.title if mine.title == base.title else mine.title
    tags = merge_tags(base.tags, mine.tags, theirs.tags)
    return Merged(Version(title, content, tags), parts, title != theirs.title != base.title)


def merge_texts(base, mine, theirs):
    """(text, [Part, …]) of two texts that were made from `base`; takes bounded time."""
    texts = (text.split('\n') for text in (base, mine, theirs))
    lines, parts = [], []
    for kind, *groups in Merge3(*texts, sequence_matcher=Matcher).merge_groups():
        if kind == 'conflict':
            parts.append(Part(*map('\n'.join, groups)))
        lines += groups[1] if kind == 'conflict' else groups[0]
    return '\n'.join(lines), parts


def merge_tags(base, mine, theirs):
    """Mine and theirs without those that either has taken away; tags never conflict."""
    kept = [tag for tag in mine if tag in theirs or tag not in base]
    return (*kept, *(tag for tag in theirs if tag not in mine and tag not in base))
