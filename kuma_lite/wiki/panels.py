"""What other features show on a page, such as the watch button, and around the form in which it is written.

Three lists, filled by app.py; each function gives HTML, or '' for nothing.
"""

PANELS = []     # fn(page, person): beside the text
EDITING = []    # fn(path, page, person): above the form; `page` is None where there is none yet
BUTTONS = []    # fn(path, page, person): in the form, after its buttons


def shown(page, person):
    """The HTML of every panel that has something to say to this person."""
    return _filled(PANELS, page, person)


def editing(path, page, person):
    """What stands above the form of this path, for this person."""
    return _filled(EDITING, path, page, person)


def buttons(path, page, person):
    """What the form offers besides "Save"."""
    return _filled(BUTTONS, path, page, person)


def _filled(panels, *about):
    return [html for html in (panel(*about) for panel in panels) if html]
