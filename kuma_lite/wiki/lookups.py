"""What the views of a page begin with: the page, one of its revisions, and whether the person may."""
from kuma_lite import diffs, markup, text, web
from kuma_lite.web import session
from kuma_lite.wiki import access, links, turns
from kuma_lite.wiki.models import Page, Revision

DOCS = '/docs/<path:re:[^$]+>'           # no path holds a $: what follows one is a verb
NUMBER = '<number:re:[0-9]{1,18}>'


def find(path):
    """The page at `path`, or None; NotFound where no page can be."""
    try:
        return Page.at(path)
    except ValueError as error:
        raise web.NotFound(str(error)) from None


def existing(path, action=access.VIEW):
    """The page at `path`, for a person who may do `action` with it."""
    page = find(path)
    access.require(session.person(), action, page or path)
    if page is None:
        raise web.NotFound('There is no page at this address.')
    return page


def called(path):
    """The pages that have the title which this path, where there is no page, looks like."""
    person = session.person()
    return [page for page in Page.called(text.path_key(path)) if access.may(person, access.VIEW, page)]


def revision(page, number):
    """The revision of this page with this id."""
    found = Revision.of(page).where(Revision.id == number).first()
    if found is None:
        raise web.NotFound('This page has no such revision.')
    return found


def rendered(page, revision):
    """A revision, which need not be the newest one, as `links.Rendered`."""
    try:
        with turns.turn(revision.content, turns.READING):
            return links.render(revision.content, page.path)
    except markup.TooComplex as error:
        raise web.Refused(422, str(error)) from None


def differences(old, new, unified=False, patience=turns.WRITING):
    """What wiki/diff.html shows, as diffs.Diff: from one text to another."""
    with turns.turn(max(old, new, key=len), patience):
        return diffs.compare(old, new, unified)


def answer(template, page, status=200, **values):
    """A page of the site about a wiki page, or about the path `wanted` where there is none, or neither;
    `may('edit')` tells its template what to offer."""
    def may(action):
        return access.offers(session.person(), action, page or values.get('wanted'))

    return web.page(template, status, page=page, may=may, **values)
