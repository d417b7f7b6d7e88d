"""What happened, for features that come after the one in which it happened.

Each event is a list of functions that `app.py` fills. They are called in order, inside the
transaction that made it happen, so they may call tasks and must do nothing slow.
"""

page_saved = []      # fn(page, revision, is_new)
page_unchanged = []  # fn(page, person): an edit was sent, and the page says that already
page_deleted = []    # fn(page, key, person): it is in the bin; `key` is where it stood
page_restored = []   # fn(page, person)
page_purged = []     # fn(page): in a moment it is gone for good
user_banned = []     # fn(person, ban): the person may not write from now on
ban_lifted = []      # fn(person, ban): or may write again
verdict_given = []   # fn(person, verdict, title, address): 'spam', 'ham' or 'closed', and where
signup_decided = []  # fn(person, application, made, reason): `made` is the Person, None if it was declined
person_left = []     # fn(person): the account is closed for good, in a moment
zone_changed = []    # fn(person): they read times in another time zone from now on
page_protected = []      # fn(protection, old, person): it holds from now on, instead of `old` or None
protection_lifted = []   # fn(protection, reason, person): it is gone


def emit(listeners, *args):
    for listen in listeners:
        listen(*args)
