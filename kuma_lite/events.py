"""What happened, for features that come after the one in which it happened.

Each event is a list of functions that `app.py` fills. They are called in order, inside the
transaction that made it happen, so they may call tasks and must do nothing slow.
"""

page_saved = []      # fn(page, revision, is_new)
page_unchanged = []  # fn(page, person): an edit was sent, and the page says that already
page_deleted = []    # fn(page, key, person): it is in the bin; `key` is where it stood
page_restored = []   # fn(page, person)
page_purged = []     # fn(page): in a moment it is gone for good


def emit(listeners, *args):
    for listen in listeners:
        listen(*args)
