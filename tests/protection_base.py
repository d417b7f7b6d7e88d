"""Protecting pages in tests, as a moderator does by the form."""
from kuma_lite.protection import actions
from kuma_lite.text import path_key
from kuma_lite.wiki.protection import CIRCLES, Protection


def protect(site, path, read='everyone', edit='everyone', tree=False, by='ada'):
    """Let nobody below these circles read or edit a page, or a tree; returns the Protection or None."""
    old = Protection.on(path_key(path))
    wanted = actions.Wanted(tree, CIRCLES.index(read), CIRCLES.index(edit), 'For a test.')
    return actions.protect(path, wanted, getattr(site.people, by), old and old.id)
