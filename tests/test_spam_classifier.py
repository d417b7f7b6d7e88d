"""The classifier learns from verdicts alone, counts each once, and says which words decided."""
import random

import pytest

from kuma_lite import db
from kuma_lite.spam import actions, classifier, judging, tasks
from kuma_lite.spam.additions import Addition
from kuma_lite.spam.models import HAM, SPAM, Attempt, Marked, Word
from kuma_lite.wiki.checks import Suspected
from spam_base import edit, links

BAD = 'pills discount casino bonus winner replica watches cheap loan viagra'.split()
GOOD = 'tea leaves water kettle garden harvest cup brewing oolong steam'.split()


def sentence(words, seed):
    return ' '.join(random.Random(seed).sample(words, 6))


def addition(text, author=None, gone=''):
    return Addition('edit', 'Tea', 'Tea', text, text, gone, author, '192.0.2.1')


def teach(count=20):
    with db.atomic():
        for number in range(count):
            classifier.learn(sentence(BAD, number), None, SPAM)
            classifier.learn(sentence(GOOD, number), None, HAM)


def counts(word):
    row = Word.get_or_none(Word.word == word)
    return (row.spam, row.ham) if row else (0, 0)


def test_it_tells_spam_from_ham_and_says_why(site):
    teach()
    bad, good = classifier.opinion(addition('A casino bonus!')), classifier.opinion(addition('A cup of tea.'))
    assert bad.spam > 0.95 and good.spam < 0.05
    assert set(bad.because) == {'casino', 'bonus'} and not good.because
    with pytest.raises(Suspected):
        edit(site.people.edda, 'Tea', 'Casino bonus for every winner')
    assert Attempt.get().why.startswith('Classifier: 99 % sure, because of “')


def test_it_has_no_opinion_before_twenty_of_each(site):
    teach(19)
    assert classifier.opinion(addition('A casino bonus!')) is None
    with db.atomic():
        classifier.learn('one more', None, SPAM)
    assert classifier.opinion(addition('A casino bonus!')) is None
    edit(site.people.edda, 'Tea', 'A casino bonus!')


def test_words_that_it_does_not_know_decide_nothing(site):
    teach()
    assert classifier.opinion(addition('Zebras yodel.')).spam == 0.5


def test_words_that_stood_there_before_do_not_count(site):
    teach()
    assert classifier.opinion(addition('A casino, a bonus.', gone='A casino a bonus')).spam == 0.5


def test_hosts_and_names_count(site):
    assert classifier.words_of('See http://Pills.example', site.people.edda) == [
        'name:edda', 'host:pills.example', 'see', 'http', 'pills', 'example']


def test_it_learns_from_verdicts_each_once_and_anew_when_they_change(site):
    with pytest.raises(Suspected):
        edit(site.people.edda, 'Tea', f'Zebra {links(5)}')
    attempt = Attempt.get()
    actions.review(attempt, SPAM, site.people.mona, 'review')
    site.settle()
    assert counts('zebra') == counts('') == (1, 0)
    tasks.learn_attempt(attempt.id)
    site.settle()
    assert counts('zebra') == (1, 0)
    actions.review(Attempt.get(), HAM, site.people.mona, SPAM)
    site.settle()
    assert counts('zebra') == counts('') == (0, 1)


def test_a_closed_attempt_teaches_nothing(site):
    with pytest.raises(Suspected):
        edit(site.people.edda, 'Tea', f'Zebra {links(5)}')
    actions.review(Attempt.get(), 'closed', site.people.mona, 'review')
    site.settle()
    assert not Word.select().exists()


def test_it_learns_what_is_new_in_a_marked_revision(site):
    site.page('Tea', 'Old words.')
    revision = site.page('Tea', 'Old words.\nZebra.').current()
    for is_spam, wanted in ((True, (1, 0)), (True, (1, 0)), (False, (0, 1))):
        actions.mark(revision, is_spam, site.people.mona)
        site.settle()
        assert counts('zebra') == wanted and counts('old') == (0, 0)
    assert Marked.get().learned == HAM


def test_a_text_of_any_size_is_read_in_part(site, monkeypatch):
    teach()
    text = ' '.join(f'word{number}' for number in range(100_000))
    with db.atomic():
        classifier.learn(text, None, SPAM)
    assert Word.select().count() <= classifier.MOST + 21
    assert classifier.opinion(addition(text)).spam > 0.5
    monkeypatch.setattr(classifier, 'MOST_WORDS', 100)
    tasks.forget.call_local()
    assert counts('casino') > (1, 0) and counts('')[0] == 21 and Word.select().count() <= 100


def test_links_to_hosts_of_good_edits_do_not_count(site):
    sources = ' '.join(f'<https://source.example/{number}>' for number in range(5))
    with pytest.raises(Suspected):
        edit(site.people.edda, 'Tea', sources)
    actions.review(Attempt.get(), HAM, site.people.mona, 'review')
    site.settle()
    assert edit(site.people.edda, 'Coffee', sources)
    with pytest.raises(Suspected):
        edit(site.people.edda, 'Milk', f'{sources} {links(5)}')


def test_a_broken_classifier_holds_and_does_not_lose(site, monkeypatch):
    monkeypatch.setattr(classifier, 'opinion', lambda new: 1 / 0)
    found = judging.judge(addition('Tea'))
    assert (found.outcome, found.why) == (judging.FAILED, 'Classifier could not decide: ZeroDivisionError')
