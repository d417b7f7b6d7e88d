"""Lines that were taken out in one place and put in, unchanged, in another."""
import re
from collections import defaultdict
from typing import NamedTuple

LEAST = 3       # lines with words in them that make a block worth telling; fewer are chance
PLACES = 8      # of one line that are tried
WORDS = re.compile(r'\w{2}')


class Moves(NamedTuple):
    """Numbers of lines in the other text, by their numbers in this one."""
    old: dict
    new: dict


def moves(old, new, removed, added):
    """Which `removed` lines of `old` stand among the `added` ones of `new`; both are rising numbers."""
    found, places = Moves({}, {}), defaultdict(list)
    gone, come = set(removed), set(added)
    for j in added:
        if WORDS.search(new[j]):
            places[new[j]].append(j)
    for i in removed:
        if i not in found.old and old[i] in places:
            _keep(found, i, *max(_length(old, new, i, j, gone, come, found) for j in places[old[i]][:PLACES]))
    return found


def _length(old, new, i, j, gone, come, found):
    """How many lines from old[i] and new[j] on are the same and not told of yet; with -j and those lines."""
    length = telling = 0
    while i + length in gone and j + length in come and old[i + length] == new[j + length] \
            and i + length not in found.old and j + length not in found.new:
        telling += bool(WORDS.search(old[i + length]))
        length += 1
    return telling, length, -j


def _keep(found, i, telling, length, minus_j):
    if telling >= LEAST:
        for n in range(length):
            found.old[i + n], found.new[n - minus_j] = n - minus_j, i + n
