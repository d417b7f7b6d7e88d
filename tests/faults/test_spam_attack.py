"""An attack: 500 spam edits from 20 accounts among 200 good ones, with a fixed seed. What is stopped, and
what wrongly; and that the attempts say so."""
import random
from collections import Counter

from kuma_lite import clock, events
from kuma_lite.queue import modes
from kuma_lite.queue.engine import engine
from kuma_lite.spam import actions
from kuma_lite.spam.models import HAM, SPAM, Attempt
from kuma_lite.wiki.checks import Held, Suspected
from kuma_lite.wiki.models import Page
from spam_base import account, edit, link, links, old_account

SEED = 5
TOPICS = ('tea water kettle garden harvest cup brewing oolong steam leaf mountain farmer season withering '
          'drying rolling taste colour pot clay temperature minute history trade ship port merchant spring '
          'shade soil rain cultivar aroma bowl whisk powder roast oxidation packaging grade auction estate '
          'valley').split()
PITCHES = ('pills discount casino bonus winner replica watches cheap loan viagra order online pharmacy '
           'free shipping guaranteed best price betting jackpot credit approval followers likes buy '
           'slots').split()


def prose(rng, words, count=14):
    return ' '.join(rng.choice(words) for _ in range(count)).capitalize() + '.'


def spam(rng, number):
    """One of the five ways of this attack, and its text."""
    way = rng.choice(['many links', 'listed word', 'same text', 'one link', 'mixed'])
    text = prose(rng, PITCHES)
    return way, {'many links': f'{text} {links(rng.randint(4, 12))}',
                 'listed word': f'{text} megapillz {number}',
                 'same text': f'Visit our shop for the finest offers of this year! {link()} {number}',
                 'one link': f'{text} {link(number, "shop.example")}',
                 'mixed': f'{prose(rng, TOPICS, 5)} {text} {link(number, "deals.example")}'}[way]


def good(rng):
    """A paragraph, now and then with sources."""
    count = rng.choice([0, 0, 0, 1, 2, 5])
    sources = ' '.join(link(rng.randint(0, 9), 'university.example') for _ in range(count))
    return f'{prose(rng, TOPICS)} {sources}'.strip()


def order(rng):
    """True for a spam edit, False for a good one, in the order in which they come."""
    kinds = [True] * 500 + [False] * 200
    rng.shuffle(kinds)
    return kinds


def attack(site, seed=SEED):
    """Run it; returns Counter {(is_spam, outcome): edits}, {way: [stopped, sent]} and the numbers of the
    spam edits that were saved. Moderators judge all that waits after every fifty edits."""
    if engine.immediate:
        modes.start_manual()        # tasks run when moderators have judged, not after each edit
    rng, outcomes, ways = random.Random(seed), Counter(), {}
    spammers = [account(f'spammer{number}') for number in range(20)]
    members = [old_account(site, name) for name in ('edda', 'wanda')]
    members += [account(f'member{number}') for number in range(6)]
    actions.keep_rules('megapillz', site.people.mona, None)
    truth, missed = {}, []
    for number, is_spam in enumerate(order(rng)):
        way, text = spam(rng, number) if is_spam else ('good', good(rng))
        person = rng.choice(spammers if is_spam else members)
        clock.advance(rng.uniform(5, 40))
        outcome = send(person, rng.randint(0, 60), text, number)
        outcomes[is_spam, outcome] += 1
        missed += [number] if is_spam and outcome == 'saved' else []
        stopped = ways.setdefault(way, [0, 0])
        stopped[0] += outcome != 'saved'
        stopped[1] += 1
        truth[text] = is_spam
        if number % 50 == 49:
            judge(site, truth)
    return outcomes, ways, missed


def send(person, page, text, number):
    old = Page.at(f'Page_{page}')
    content = f'{old.current().content}\n{text}' if old else text
    try:
        edit(person, f'Page_{page}', content, address=f'198.51.100.{person.id}')
    except (Suspected, Held):
        return 'stopped'
    return 'saved'


def judge(site, truth):
    """The verdicts of a moderator who is never wrong, on attempts and on a few of the newest good edits."""
    for attempt in list(Attempt.select().where(Attempt.verdict == 'review')):
        is_spam = next(is_spam for text, is_spam in truth.items() if text in attempt.added)
        try:
            actions.review(attempt, SPAM if is_spam else HAM, site.people.mona, 'review')
        except actions.NotPublished:
            pass
    for page in list(Page.select().order_by(Page.updated_at.desc()).limit(12)):
        revision = page.current()
        last = revision.content.rpartition('\n')[2]
        if last in truth:
            actions.mark(revision, truth[last], site.people.mona)
    modes.settle()


def test_an_attack_is_stopped_and_good_edits_are_saved(site, monkeypatch):
    monkeypatch.setattr(events, 'page_saved', [])       # what others do with an edit takes its time
    outcomes, ways, missed = attack(site)
    print(dict(outcomes), ways, missed)
    assert sum(outcomes.values()) == 700
    stopped, wrongly = outcomes[True, 'stopped'], outcomes[False, 'stopped']
    assert Attempt.select().count() == stopped + wrongly
    assert Attempt.select().where(Attempt.verdict == SPAM).count() == stopped
    assert ways['many links'][0] == ways['many links'][1] and ways['listed word'][0] == ways['listed word'][1]
    assert stopped >= 430 and wrongly <= 4
    assert sum(number >= 250 for number in missed) <= 5     # when it has learned
