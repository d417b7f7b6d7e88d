"""What other features show on a page, such as the watch button, and around the form in which it is written.

Lists, filled by app.py; each function gives HTML, or '' for nothing.
"""

PANELS = []     # fn(page, person): beside the text
MISSING = []    # fn(path, person): on the page that says that there is none at this path
DEEDS = []      # fn(path, person): what may be done there besides writing it, below all else
EDITING = []    # fn(path, page, person): above the form; `page` is None where there is none yet
BUTTONS = []    # fn(path, page, person): in the form, after its buttons
AUTHORS = []    # fn(author, address, person): beside what somebody wrote, or on the page about them
SIDEBARS = []   # fn(page, person): beside everything, as navigation; `page` is None where there is none
TOPICS = []     # fn(kind, target, person): on the page of a 'tag' (its name), a 'tree' (its path), the 'site'


def shown(page, person):
    """The HTML of every panel that has something to say to this person."""
    return _filled(PANELS, page, person)


def sidebar(page, person):
    """What leads through the wiki, beside this page or (None) where there is none."""
    return ''.join(_filled(SIDEBARS, page, person))


def missing(path, person):
    """What others know about a path at which there is no page."""
    return _filled(MISSING, path, person)


def deeds(path, person):
    """What this person may do about a path at which there is no page, besides writing it."""
    return _filled(DEEDS, path, person)


def editing(path, page, person):
    """What stands above the form of this path, for this person."""
    return _filled(EDITING, path, page, person)


def buttons(path, page, person):
    """What the form offers besides "Save"."""
    return _filled(BUTTONS, path, page, person)


def about_author(author, address, person):
    """What others say to this person about an author (None: without an account) who came from `address`."""
    return _filled(AUTHORS, author, address, person)


def on_topic(kind, target, person):
    """What others offer about all pages of a tag, at and below a path, or of the site."""
    return _filled(TOPICS, kind, target, person)


def _filled(panels, *about):
    return [html for html in (panel(*about) for panel in panels) if html]
