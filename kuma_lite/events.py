"""What happened, for features that come after the one in which it happened.

Each event is a list of functions that `app.py` fills. They are called in order, inside the
transaction that made it happen, so they may call tasks and must do nothing slow.
"""

page_saved = []      # fn(page, revision, is_new)


def emit(listeners, *args):
    for listen in listeners:
        listen(*args)
