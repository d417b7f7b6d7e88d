"""What becomes of a form on the way while others save, and what its writer is told about that."""
from typing import NamedTuple

from kuma_lite import diffs, markup
from kuma_lite.web import session
from kuma_lite.wiki import actions, checks, lookups
from kuma_lite.wiki.merging import Part, Version, merge_tags
from kuma_lite.wiki.models import Revision

MOST_NAMES = 3      # in one sentence
MOST_READ = 100     # revisions that are read for it
MOST_PARTS = 50     # that are shown one by one


class Late(NamedTuple):
    """For wiki/conflict.html."""
    base: Revision | None   # that the person began with; None if the page was not there then
    current: Revision
    edits: str              # "mona’s edit": what came between
    parts: list             # merging.Parts on which both disagree
    is_open: bool           # whether the person has to decide something
    theirs: diffs.Diff | None   # what others changed since; None without a base
    your_tags: tuple        # those that the form holds now
    yours: diffs.Diff | None    # what saving would change, if the form is open and holds the whole text


def catch_up(page, typed, is_open=False):
    """The form brought together with the newest revision as far as that goes, and a Late or None.

    Nothing that was typed is taken out of it. It is changed only where the person has to look at it anyway,
    as somebody always has to whose edit was refused for what others did: `is_open`.
    """
    current = page.current()
    if typed.base == current.id:
        return typed, None
    old = Revision.of(page).where(Revision.id == typed.base).first()
    merged = _merged(page, typed, current)
    is_open = is_open or bool(typed.seen) or merged is None or not merged.is_clean
    if is_open and typed.newest != current.id:
        typed = _brought_together(typed, merged, current)
    return typed, _late(old, current, merged, is_open, typed)


def said(revision, base):
    """The sentence for somebody whose edit of `base` is saved now."""
    if base is None or revision.based_on_id == base:
        return 'Saved.'
    return f'Saved, and merged with {edits_between(revision.page, base, revision.based_on_id)}.'


def edits_between(page, base, last):
    """Whose edits came after one revision up to another one: "mona’s edit", "the edits of mona and you"."""
    between = Revision.listed(page).where(Revision.id > base, Revision.id <= last)
    names = list(dict.fromkeys(_name(other) for other in between.order_by(Revision.id).limit(MOST_READ)))
    if len(names) == 1:
        return 'an edit of your own' if names == ['you'] else f'{names[0]}’s edit'
    if len(names) > MOST_NAMES + 1:
        names[MOST_NAMES:] = [f'{len(names) - MOST_NAMES} others']
    return f'the edits of {", ".join(names[:-1])} and {names[-1]}'


def _name(revision):
    if revision.author is None:
        return 'somebody'
    return 'you' if revision.author == session.person() else revision.author.name


def _merged(page, typed, current):
    """What the form and the newest revision make of the one on which the form is based, or None.

    Of what has been brought together already, it tells again how that was.
    """
    number = typed.base if typed.seen == current.id else typed.newest
    old = Revision.of(page).where(Revision.id == number).first()
    if old is None:
        return None
    try:
        mine = Version(typed.title, typed.content, _tags(typed, old))
        return actions.joined(old.version(), mine, current.version(), typed.section)
    except (checks.Invalid, markup.TooComplex):
        return None


def _tags(typed, old):
    """Those that were typed, or the old ones while what was typed cannot be tags."""
    found = _typed_tags(typed)
    return old.version().tags if found is None else found


def _typed_tags(typed):
    try:
        return checks.checked_tags(typed.tags)
    except checks.Invalid:
        return None


def _brought_together(typed, merged, current):
    """The form, so that it can be saved knowingly."""
    if merged is not None:
        title, content, tags = merged.version
        typed = typed._replace(title=title, content=content, tags=', '.join(tags), section='')
    elif not typed.section:
        typed = typed._replace(tags=_tags_of_both(typed, current))
    return typed._replace(seen=None if typed.section else current.id)


def _tags_of_both(typed, current):
    """Tags go together even where the texts do not, as those of a page that two people create."""
    mine, old = _typed_tags(typed), Revision.of(current.page).where(Revision.id == typed.newest).first()
    if mine is None:
        return typed.tags
    return ', '.join(merge_tags(old.version().tags if old else (), mine, current.version().tags))


def _late(old, current, merged, is_open, typed):
    edits = edits_between(current.page, old.id, current.id) if old else ''
    theirs = lookups.differences(old.content, current.content) if old else None
    decides = is_open and not typed.section
    yours = lookups.differences(current.content, typed.content) if decides else None
    return Late(old, current, edits, _parts(merged), is_open, theirs, _typed_tags(typed) or (), yours)


def _parts(merged):
    """The conflicts one by one; where there are very many, the last ones together."""
    parts = merged.parts if merged else []
    if len(parts) <= MOST_PARTS:
        return parts
    return [*parts[:MOST_PARTS - 1], Part(*map('\n\n'.join, zip(*parts[MOST_PARTS - 1:], strict=True)))]
