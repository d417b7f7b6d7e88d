"""Which pages somebody means, the best first: exactly what was typed, and what comes near if nothing is."""
from typing import NamedTuple

from kuma_lite.search import queries, words
from kuma_lite.search.models import CANDIDATES, SHORTEST, Entry, Index, Word

MOST = 200          # pages that are found; nobody reads on
TITLES = 20         # pages of just the title that was typed, which come first
LONGEST = 20        # letters of a word that may be a part of one, or misspelt
COUNTED = 400_000   # places that ranking may count: 20 ms. That is 8 words that all of 50,000 pages have

ALL, INSIDE, NEAR, ANY, NOTHING = 'all', 'inside', 'near', 'any', 'nothing'


class Found(NamedTuple):
    """What was found, and how: all words, inside of words, spelled otherwise, or some of them."""
    query: queries.Query    # what was looked for in the end
    page_ids: list = []
    how: str = NOTHING

    @property
    def is_full(self):
        return len(self.page_ids) == MOST


def find(text, person=None):
    """Look for any text in what a person (None: everybody) may read; never raises, and takes a few
    milliseconds: among 50,000 pages up to about 50, for many words, phrases or exceptions of which each is on
    half of them."""
    query = queries.parse(text)
    for how, meant, expressions in _ways(query, person) if query.terms else ():
        page_ids = _collected(expressions, _exactly(meant, person), how, person)
        if page_ids:
            return Found(meant, page_ids, how)
    return Found(query)


def is_title(text, person=None):
    """Whether there is a page of just this title."""
    return bool(Entry.titled(_key(text), 1, person))


def suggest(text, limit, person=None):
    """The ids of pages whose titles begin with this text, then of those in which one of the words does."""
    key, query = _key(text[:queries.LONGEST]), queries.parse(text)
    found = Entry.beginning(key, limit, person) if key else []
    if query.terms and len(found) < limit:
        found += Index.ranked(query.expressions()[1], limit, person)
    return list(dict.fromkeys(found))[:limit]


def _ways(query, person):
    """What the question may mean, the likeliest first; the others are worked out only if it is needed."""
    yield ALL, query, query.expressions()
    if len(query.terms) <= queries.MANY:
        yield INSIDE, query, _inside(query)
        near = query._replace(terms=[_nearest(term, person) for term in query.terms])
        yield NEAR, near, near.expressions() if near != query else []
    if len(query.terms) > 1:
        yield ANY, query, _rarest(query, person).any()


def _exactly(query, person):
    if query.without:
        return []
    return Entry.titled(_key(' '.join(term.text for term in query.terms)), TITLES, person)


def _key(text):
    """A text as `Entry.title` has it."""
    return ' '.join(words.runs(text))


def _collected(expressions, page_ids, how, person):
    """The pages that the expressions find, one after the other, behind those that are there."""
    found = dict.fromkeys(page_ids)
    for expression in expressions:
        if len(found) >= MOST:
            break
        newest = Index.newest(expression, CANDIDATES + 1, person) if how != ANY else []
        is_ranked = how == ANY or _is_ranked(newest, found, expression)
        found.update(dict.fromkeys(Index.ranked(expression, MOST, person) if is_ranked else newest))
    return list(found)[:MOST]


def _is_ranked(newest, found, expression):
    """Whether the order counts. Of too many pages that have all the words it says little which has them more
    often, and ranking them would take most of the time; then the newest come first. So they do when there
    are so many words that ranking takes long, however few pages have them all."""
    if not 1 < len(set(newest) - found.keys()) <= len(newest) <= CANDIDATES:
        return False
    return Index.cost(expression) <= COUNTED


def _inside(query):
    doubtful = [term.tokens[0] for term in query.terms if _is_doubtful(term)]
    around = Word.around(doubtful) if doubtful else {}
    found = [_with_part(term, around) for term in query.terms]
    if found == [term.beginning() for term in query.terms]:
        return []
    return [query.except_without(' AND '.join(found))]


def _with_part(term, around):
    """An expression for the words in which a term stands, if any do: "arkdow" for "markdown"."""
    found = around[term.tokens[0]] if _is_doubtful(term) else []
    return f'({" OR ".join(_of(word).exact() for word in found)})' if found else term.beginning()


def _rarest(query, person=None):
    """The question without the most frequent of its words, if it has many: they say little, and each of them
    that half of 50,000 pages have makes the ranking 2 ms longer."""
    if len(query.terms) <= queries.MANY:
        return query
    return query._replace(terms=sorted(query.terms, key=lambda term: _pages(term, person))[:queries.MANY])


def _pages(term, person):
    """How many pages have it, as far as its rarest word tells; many if none has that."""
    return min(Index.count(f'"{token}"', CANDIDATES, person) or CANDIDATES + 1 for token in term.tokens)


def _nearest(term, person):
    """The term as it was meant, if it is misspelt: the nearest word that most pages have."""
    if not _is_doubtful(term) or Index.count(term.beginning(), 1, person):
        return term
    near = {word: Index.count(_of(word).exact(), MOST, person) for word in Word.near(term.tokens[0])}
    best = max(near, key=near.get, default='')
    return _of(best) if near.get(best) else term


def _of(word):
    return queries.Term(word, (word,))


def _is_doubtful(term):
    token = term.tokens[0]
    return (len(term.tokens) == 1 and not term.quoted and SHORTEST <= len(token) <= LONGEST
            and not words.is_unspaced(token))
