"""What follows from an edit."""
from kuma_lite.search import tasks


def on_page_saved(page, revision, is_new):
    """The listener for events.page_saved: the page will be found as it is now, a moment later."""
    tasks.index(page.id)


def on_page_deleted(page, key, person):
    tasks.index(page.id)


def on_page_restored(page, person):
    tasks.index(page.id)
