"""A naive Bayes classifier that knows only what moderators have said, and says which words decided."""
import json
import math
from typing import NamedTuple

from peewee import chunked, fn

from kuma_lite import db
from kuma_lite.config import settings
from kuma_lite.spam.models import HAM, SPAM, Word
from kuma_lite.spam.reading import hosts, words

FEWEST = 20         # texts of each kind that moderators have judged before it has an opinion
MOST = 1000         # different words of a text that are read
TELLING = 15        # of them decide
NAMED = 5           # of them are told
LONGEST = 40        # characters of a word
MOST_WORDS = 50_000     # that are kept; of more, those go that stood in one text only
CHUNK = 500         # words in one statement


class Opinion(NamedTuple):
    spam: float         # how likely it is spam, from 0 to 1
    because: list       # the words that speak for it most


def words_of(text, author=None):
    """What counts of a text: each word, each host that it has a link to, and the author's name, once."""
    found = [f'name:{author.key}'] if author else []
    found += [f'host:{host}'[:LONGEST] for host in hosts(text)]
    found += [word for word in words(text) if 3 <= len(word) <= LONGEST]
    return list(dict.fromkeys(found))[:MOST]


def opinion(new):
    """The Opinion about an Addition, or None before enough is known."""
    gone = set(words_of(new.gone))
    known = _known(['', *(word for word in words_of(new.text, new.author) if word not in gone)])
    all_ = known.pop('', (0, 0))
    if min(all_) < FEWEST:
        return None
    weights = {word: _weight(counts, all_) for word, counts in known.items()}
    telling = sorted(weights, key=lambda word: -abs(weights[word]))[:TELLING]
    score = sum(weights[word] for word in telling)
    return Opinion(1 / (1 + math.exp(-score)), [word for word in telling if weights[word] > 0][:NAMED])


def _known(words):
    """{word: (texts that were spam, those that were ham)} of those words that are known. Raw SQL, because
    each save asks for a hundred words: peewee takes a millisecond for them, SQLite a tenth of that."""
    rows = db.database.execute_sql('SELECT word, spam, ham FROM spam_word '
                                   'WHERE word IN (SELECT value FROM json_each(?))', (json.dumps(words),))
    return {word: (spam, ham) for word, spam, ham in rows.fetchall()}


def _weight(counts, all_):
    """How much a word speaks for spam (more than 0) or against it: the logarithm of a ratio, smoothed."""
    return math.log((counts[0] + 1) / (all_[0] + 2)) - math.log((counts[1] + 1) / (all_[1] + 2))


def fine_hosts(hosts):
    """Those of some hosts that moderators have found in ham, and in no spam."""
    names = {f'host:{host}'[:LONGEST]: host for host in list(hosts)[:MOST]}
    return {names[word] for word, (spam, ham) in _known(list(names)).items() if ham and not spam}


def check(new):
    """What is wrong with an Addition, in words, or ''."""
    found = opinion(new)
    if found is None or found.spam * 100 < settings.spam.threshold:
        return ''
    quoted = ', '.join(f'“{word}”' for word in found.because)
    return f'{min(99, int(found.spam * 100))} % sure, because of {quoted}'


def learn(text, author, verdict, before=''):
    """Count a text as SPAM, HAM or neither that was counted as `before`. In a transaction."""
    if verdict == before:
        return
    found = ['', *words_of(text, author)]
    for some in chunked(found, CHUNK):
        changes = {kind: (kind == verdict) - (kind == before) for kind in (SPAM, HAM)}
        rows = [{'word': word, **{kind: max(0, by) for kind, by in changes.items()}} for word in some]
        update = {getattr(Word, kind): fn.max(0, getattr(Word, kind) + by) for kind, by in changes.items()}
        Word.insert_many(rows).on_conflict(conflict_target=[Word.word], update=update).execute()


def rare():
    """An expression: words that have been seen once at most, if more are kept than shall be."""
    return (Word.spam + Word.ham <= 1) & (Word.select(fn.count(Word.id)) > MOST_WORDS) & (Word.word != '')
