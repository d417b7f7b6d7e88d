"""What other features show on a page, such as the watch button."""

PANELS = []    # fn(page, person) -> HTML, or '' for nothing; filled by app.py


def shown(page, person):
    """The HTML of every panel that has something to say to this person."""
    return [html for html in (panel(page, person) for panel in PANELS) if html]
