"""Old revisions: one by itself, and any two compared. From each, steps lead to the one before and after."""
import bottle

from kuma_lite import web
from kuma_lite.web import session
from kuma_lite.wiki import links, lookups, panels, turns
from kuma_lite.wiki.lookups import DOCS, NUMBER
from kuma_lite.wiki.models import Revision

app = bottle.Bottle()

CHOICES = 50            # revisions that the form names; the history has them all


@app.get(DOCS + '$revision/' + NUMBER)
def old_revision(path, number):
    page = lookups.existing(path)
    revision = lookups.revision(page, number)
    rendered = lookups.rendered(page, revision)
    return lookups.answer('wiki/revision.html', page, revision=revision, html=rendered.html,
                          before=revision.before(), after=revision.after(), panels=_about(revision),
                          titled=links.begins_with(revision.title, rendered.headings))


def _about(revision):
    return panels.about_author(revision.author, revision.address, session.person())


@app.get(DOCS + '$compare')
def compare(path):
    """Two revisions, in the order that was asked for; `?view=unified` shows them one above the other."""
    page = lookups.existing(path)
    old, new = (lookups.revision(page, web.whole(web.query(end), end)) for end in ('from', 'to'))
    unified = web.query('view', '') == 'unified'
    older, newer = sorted((old, new), key=lambda revision: revision.id)
    return lookups.answer('wiki/compare.html', page, old=old, new=new, unified=unified,
                          diff=lookups.differences(old.content, new.content, unified, turns.READING),
                          choices=_choices(page, old, new),
                          older=older, newer=newer, before=older.before(), after=newer.after())


def _choices(page, *compared):
    """The newest revisions and those that are compared, the newest first."""
    revisions = [*Revision.listed(page).limit(CHOICES), *compared]
    return sorted({revision.id: revision for revision in revisions}.values(), key=lambda one: -one.id)
