"""How one text became another: what is the same, what was removed, added, moved, or only spaced differently.

    diffs.compare(old, new)                    what a page shows, side by side: see `Diff`
    diffs.compare(old, new, unified=True)      the same, one above the other
    diffs.unified(old, new, 'old', 'new')      as plain lines, for mail and programs
    diffs.Matcher                              difflib's SequenceMatcher, quick for any input

Whatever the texts, each takes well below two seconds and 100 MB: `matching` finds equal lines in
bounded time, and what would be too long to read is told and not shown. Pure functions on text.
"""
from kuma_lite.diffs.matching import Matcher
from kuma_lite.diffs.plain import unified
from kuma_lite.diffs.sides import Diff, compare

__all__ = ['Diff', 'Matcher', 'compare', 'unified']
