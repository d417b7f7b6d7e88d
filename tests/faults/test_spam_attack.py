"""An attack: 500 spam edits from 20 accounts among 200 good ones, with a fixed seed, over midnight. What is
stopped, and what wrongly; the dashboard says what was counted here by hand; all 20 are banned and cleaned up
after, and then all of that is taken back."""
import random
from collections import Counter
from typing import NamedTuple

import pytest

from kuma_lite import clock, events
from kuma_lite.accounts import bans
from kuma_lite.moderation import actions as moderating
from kuma_lite.moderation import planning
from kuma_lite.moderation.models import Cleanup, Step
from kuma_lite.queue import modes
from kuma_lite.queue.engine import engine
from kuma_lite.spam import actions
from kuma_lite.spam.models import HAM, SPAM, Attempt, Marked
from kuma_lite.stats import counts, days, prepared
from kuma_lite.web import counting
from kuma_lite.wiki.checks import Held, Invalid, Suspected
from kuma_lite.wiki.models import Page, Revision
from spam_base import account, edit, link, links, old_account

SEED, HOUR = 5, 3600
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


class Saved(NamedTuple):
    """A revision that came of an edit, at once or when a moderator had looked at it."""
    number: int         # of the revision
    at: float
    page: str
    text: str
    is_spam: bool


class Attack:
    """The run, and what the test itself notes of it: nothing here asks what the wiki has counted."""

    def __init__(self, site, seed=SEED):
        self.site, self.rng, self.readers = site, random.Random(seed), random.Random(seed)
        self.saved, self.stopped = [], []       # Saved; (at, text, is_spam)
        self.outcomes, self.ways, self.missed = Counter(), {}, []
        self.views = Counter()                  # (path, date): views
        self.spammers = [account(f'spammer{number}') for number in range(20)]
        self.truth = {}

    def run(self):
        """Moderators judge all that waits after every fifty edits."""
        members = [old_account(self.site, name) for name in ('edda', 'wanda')]
        members += [account(f'member{number}') for number in range(6)]
        actions.keep_rules('megapillz', self.site.people.mona, None)
        for number, is_spam in enumerate(order(self.rng)):
            way, text = spam(self.rng, number) if is_spam else ('good', good(self.rng))
            person = self.rng.choice(self.spammers if is_spam else members)
            clock.advance(self.rng.uniform(5, 40))
            self._note(number, is_spam, way, self._send(person, self.rng.randint(0, 60), text, is_spam))
            if number % 50 == 49:
                self._judge()

    def _send(self, person, page, text, is_spam):
        path = f'Page_{page}'
        old = Page.at(path)
        content = f'{old.current().content}\n{text}' if old else text
        self.truth[text] = is_spam
        try:
            revision = edit(person, path, content, address=f'198.51.100.{person.id}')
        except (Suspected, Held):
            self.stopped.append((clock.now(), text, is_spam))
            return 'stopped'
        self.saved.append(Saved(revision.id, clock.now(), path, text, is_spam))
        self._look(path)
        return 'saved'

    def _look(self, path):
        """Some readers look at the page."""
        count = self.readers.randrange(4)
        for _ in range(count):
            counting.count({'kuma.seen': Page.at(path).id, 'REQUEST_METHOD': 'GET',
                            'HTTP_USER_AGENT': 'Reader'})
        counts.write()
        self.views[path, days.of(clock.now() - 1)] += count

    def _note(self, number, is_spam, way, outcome):
        self.outcomes[is_spam, outcome] += 1
        self.missed += [number] if is_spam and outcome == 'saved' else []
        stopped = self.ways.setdefault(way, [0, 0])
        stopped[0] += outcome != 'saved'
        stopped[1] += 1

    def _judge(self):
        """The verdicts of a moderator who is never wrong, on attempts and on a few of the newest edits."""
        for attempt in list(Attempt.select().where(Attempt.verdict == 'review')):
            text = next(text for text in self.truth if text in attempt.added)
            self._review(attempt, text)
        for page in list(Page.select().order_by(Page.updated_at.desc()).limit(12)):
            revision = page.current()
            last = revision.content.rpartition('\n')[2]
            if last in self.truth:
                actions.mark(revision, self.truth[last], self.site.people.mona)
        modes.settle()

    def _review(self, attempt, text):
        verdict = SPAM if self.truth[text] else HAM
        try:
            revision = actions.review(attempt, verdict, self.site.people.mona, 'review')
        except actions.NotPublished:
            return
        if revision:
            self.saved.append(Saved(revision.id, clock.now(), attempt.path, text, False))
            self.stopped = [one for one in self.stopped if one[1] != text]

    def figures(self, first, last, reverted=0, is_spam=lambda saved: saved.is_spam):
        """What the dashboard has to say of the dates from one to another, in its words; `reverted` revisions
        were made by clean-ups on them, and are good."""
        def within(at):
            return first <= days.of(at) <= last
        bad = sum(within(saved.at) and is_spam(saved) for saved in self.saved)
        fine = reverted + sum(within(saved.at) and not is_spam(saved) for saved in self.saved)
        blocked = Counter(spam for at, _, spam in self.stopped if within(at))
        viewers = sum(count for (path, day), count in self.views.items()
                      if first <= day <= last and self._showed_spam(path, day, is_spam))
        return [str(viewers), str(bad), str(blocked[True]), str(blocked[False]),
                f'{blocked[True] / (bad + blocked[True]):.1%}', f'{fine / (fine + blocked[False]):.1%}']

    def _showed_spam(self, path, day, is_spam):
        there = sorted((saved for saved in self.saved if saved.page == path), key=lambda saved: saved.number)
        ends = [later.at for later in there[1:]] + [float('inf')]
        return any(is_spam(saved) and saved.at < days.end(day) and end >= days.start(day)
                   for saved, end in zip(there, ends, strict=True))


def shown(site):
    """{'Daily': […], 'Weekly': […]}: what the dashboard says, in the order of `Attack.figures`."""
    prepared.prepare()
    rows = site.login('mona').get('/dashboards/spam').html.table.select('tbody tr')
    cells = [[cell.get_text(' ', strip=True) for cell in row.find_all(['th', 'td'])] for row in rows]
    return {row[0]: [row[3], *row[5:]] for row in cells}


def contents():
    return {page.path: page.current().content for page in Page.select().where(Page.key.is_null(False))}


def clean_up_after(attack, mona):
    """Ban and clean up after all of them, one after the other, as a moderator would; returns the Cleanups."""
    made = []
    for author in attack.spammers:
        ids = {revision.id for revision in Revision.select().where(Revision.author == author)}
        if ids:
            made.append(moderating.clean_up(planning.Source(author), ids, mona, 'Attack', None))
        else:
            moderating.ban(mona, author, '', 'Attack')
        modes.settle()
    return made


def check_stopped(attack):
    outcomes, ways = attack.outcomes, attack.ways
    print(dict(outcomes), ways, attack.missed)
    assert sum(outcomes.values()) == 700
    stopped, wrongly = outcomes[True, 'stopped'], outcomes[False, 'stopped']
    assert Attempt.select().count() == stopped + wrongly
    assert Attempt.select().where(Attempt.verdict == SPAM).count() == stopped
    assert ways['many links'][0] == ways['many links'][1] and ways['listed word'][0] == ways['listed word'][1]
    assert stopped >= 430 and wrongly <= 4
    assert sum(number >= 250 for number in attack.missed) <= 5     # when it has learned


def check_clean(attack):
    """No page says spam but those that are listed for a person; nothing good is lost."""
    left = {step.page.path for step in Step.select().where(Step.state == 'follow-up')}
    assert not Step.select().where(Step.state.not_in(('done', 'follow-up'))).exists()
    bad = [text for text, is_spam in attack.truth.items() if is_spam]
    for path, content in contents().items():
        assert path in left or not any(text in content for text in bad)
    for saved in attack.saved:
        if not saved.is_spam:
            assert saved.text in contents()[saved.page]
    marked = {mark.revision_id for mark in Marked.select().where(Marked.is_spam)}
    assert marked == {saved.number for saved in attack.saved if saved.is_spam}


def test_an_attack_is_stopped_counted_cleaned_up_and_taken_back(site, monkeypatch):
    monkeypatch.setattr(events, 'page_saved', [])       # what others do with an edit takes its time
    if engine.immediate:
        modes.start_manual()        # tasks run when moderators have judged, not after each edit
    today = days.of(clock.now())
    clock.advance(days.end(today) - clock.now() - HOUR / 2)     # it goes on for four hours
    attack, mona = Attack(site), site.people.mona
    known = 10                      # the edits of those whom the wiki knows, before it began
    attack.run()
    first, last = today, today + days.DAY
    check_stopped(attack)

    before = contents()
    clock.advance(days.start(last) + 6 * HOUR - clock.now())
    made = clean_up_after(attack, mona)
    check_clean(attack)
    assert all(bans.of_person(author) for author in attack.spammers)
    with pytest.raises(Invalid, match='banned'):
        edit(attack.spammers[0], 'Page_1', 'More pills.')
    reverts = Step.select().where(Step.deed == 'reverted').count()

    clock.advance(days.end(last) + 360 - clock.now())
    figures = shown(site)
    assert figures['Daily'] == attack.figures(last, last, reverts)
    assert figures['Weekly'] == figures['Quarterly'] == attack.figures(first, last, reverts + known)
    assert min(int(count) for count in figures['Daily'][:3]) > 0

    for cleanup in reversed(made):
        moderating.undo_cleanup(cleanup.id, mona)
        modes.settle()
    assert not Cleanup.select().where(Cleanup.undone_at.is_null()).exists()
    assert contents() == before and not Marked.select().where(Marked.is_spam).exists()
    figures = shown(site)
    assert figures['Daily'] == attack.figures(last, last, reverts, is_spam=lambda saved: False)
