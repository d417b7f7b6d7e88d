"""What follows from a change of a page: the feeds that are kept in memory are old."""
from kuma_lite import generations

CHANGES = 'changes'     # the name of all feeds in `generations`


def on_change(*what):
    """The listener for page_saved, page_deleted, page_restored and page_purged."""
    generations.bump(CHANGES)
