"""A wiki in which every table has rows, made by the version that is released and kept for those after it.

    python tests/databases/make.py          # in the checkout of the release
    PYTHONPATH=OLD_CHECKOUT python tests/databases/make.py

Writes VERSION.db.xz and VERSION.tar.gz, a backup of the same wiki, beside itself. Fails as long as a table is
empty: what nobody has written, no test of an upgrade can miss.
"""
import json
import lzma
import sys
import tempfile
from pathlib import Path

import pyotp

if __name__ == '__main__':
    sys.path.append(str(Path(__file__).parents[2]))     # behind PYTHONPATH

from kuma_lite import __version__, app, clock, config, db, queue
from kuma_lite.account import actions as own
from kuma_lite.account import links
from kuma_lite.account.models import ADDRESS
from kuma_lite.accounts import actions as accounts
from kuma_lite.accounts import second_factor, sessions
from kuma_lite.accounts.models import Ban, FormerName, LoginAttempt, Person
from kuma_lite.backup import actions as backups
from kuma_lite.deletion import actions as deleting
from kuma_lite.drafts.models import Draft, Presence, SavedForm
from kuma_lite.mail import actions as mail
from kuma_lite.mail import muting
from kuma_lite.mail.models import STATES, Delivery
from kuma_lite.moderation import actions as moderating
from kuma_lite.moderation.planning import Source
from kuma_lite.protection import actions as protecting
from kuma_lite.queue import cache, modes, window, workers
from kuma_lite.queue.engine import engine
from kuma_lite.queue.schedule import insert_slots
from kuma_lite.queue.tables import Task
from kuma_lite.signup.models import Application
from kuma_lite.site.models import Picture, Setting
from kuma_lite.spam import actions as spamming
from kuma_lite.spam import models as spam
from kuma_lite.stats.models import PageView
from kuma_lite.transfer.models import Imported
from kuma_lite.watch import actions as watching
from kuma_lite.watch import topics
from kuma_lite.watch.models import FREQUENCIES, News, Pending
from kuma_lite.web import windows
from kuma_lite.wiki import actions as wiki
from kuma_lite.wiki.models import Page

HERE = Path(__file__).parent
PASSWORD = 'a quiet green lake'
ROLES = {'ada': 'admin', 'mona': 'moderator', 'edda': 'editor', 'wanda': 'reader', 'mallory': 'reader',
         'Žofie': 'editor', 'leaver': 'editor'}
PAGES = {'Home': 'Welcome. See [[Tea]], [[Čaj]] and [[Nowhere]].',
         'Tea': '# Leaves\n\nGreen, *black* and <script>a(1)</script>.\n\n| a | b |\n|---|---|\n| 1 | 2 |',
         'Tea/Green tea': 'Sencha 煎茶 is steamed. 🍵\n\n```python\nprint("steep")\n```\n',
         'Čaj': 'Příliš žluťoučký kůň. \u05d0\u05d1\u05d2 \u0939\u093f\u0928\u094d\u0926\u0940 e\u0301.',
         '茶/緑茶': '抹茶を点てる。[[Tea]]',
         'Spam': 'Buy pills.', 'Rules': 'Be kind.', 'Bin': 'Nobody needs this.'}


@queue.task(name='made.fails', retries=0)
def fails():
    raise ValueError('¡this one fails!\nin two lines')


@queue.task(name='made.waits', priority='low', expires=10 ** 9)
def waits(what):
    """Waits in the ledger for a version that knows it."""


@queue.task(name='made.last')
def last(batch_id, failed):
    """What a batch calls."""


def make(data):
    """A wiki in the folder `data`, with a connection open to it."""
    app.configure(config.load(environ={}, flags={('server', 'data'): str(data)}))
    db.migrate()
    db.database.connect()
    modes.start_manual()
    people = {name: accounts.create_person(name, f'{name}@example.org' if name.isascii() else 'z@example.org',
                                           role, PASSWORD) for name, role in ROLES.items()}
    fill_pages(people)
    fill_accounts(people)
    fill_watches(people)
    fill_drafts(people)
    fill_spam(people)
    fill_moderation(people)
    fill_site(people)
    fill_mail()
    fill_tasks()
    files = Path(data, 'files/ab')
    files.mkdir(parents=True)
    (files / 'cd').write_bytes(bytes(range(256)))


def fill_pages(people):
    for number, (path, content) in enumerate(PAGES.items()):
        wiki.save(path, path.split('/')[-1], content, people['edda'] if number % 2 else None,
                  comment='Begun', words='tea, Grüner Tee', address='192.0.2.7')
    for number in range(3):
        wiki.save('Tea', 'Tea', f'{PAGES["Tea"]}\nCup {number}.', people['Žofie'], 'Another cup', 'latest',
                  minor=number == 1)
    modes.drain()
    gone, bad = Page.at('Bin'), Page.at('Rules')
    deleting.delete(gone.id, gone.current_id, 'Nobody needs it.', people['mona'])
    wanted = protecting.Wanted(readers=1, writers=3, is_tree=True, reason='They are decided.')
    protecting.protect('Rules', wanted, people['mona'], None)
    Imported.create(page=bad, revision=bad.current_id)
    PageView.insert_many([{'page': page, 'day': f'2026-11-{day}', 'count': day}
                          for page in (1, 2) for day in (21, 22)]).execute()


def fill_accounts(people):
    secret = second_factor.new_secret()
    second_factor.turn_on(people['mona'], secret, pyotp.TOTP(secret).at(int(clock.now())))
    for name in ('ada', 'mona', 'edda'):
        sessions.create_token(people[name], f'{name}\u2019s script')
        sessions.start_session(people[name], 'Mozilla/5.0 (X11; Linux x86_64) Firefox/140.0')
    FormerName.create(digest='0' * 64, person=people['edda'])
    FormerName.create(digest='1' * 64)
    accounts.close(people['leaver'])
    LoginAttempt.create(account='2' * 64, address='198.51.100.1')
    links.make(people['wanda'], ADDRESS, 'new@example.org', 'salt')
    own.ask_for_recovery('edda', '192.0.2.9')
    Application.create(name='Nina', key='nina', email='nina@example.org', words='I like tea.',
                       password_hash=people['edda'].password_hash, address='203.0.113.5')
    windows.count_write('edit person:3', 10, 60)
    Ban.create(network='2001:db8::/32', by=people['ada'], reason='Over.', until=clock.now() - 1)


def fill_watches(people):
    for number, name in enumerate(('ada', 'mona', 'edda', 'wanda', 'Žofie')):
        watching.prefer(people[name], FREQUENCIES[number], 8, number, number % 2 == 0)
        watching.watch(people[name], Page.at('Tea'))
    for topic in (topics.of_tree('茶'), topics.of_tag('Grüner Tee'), topics.WHOLE_SITE, topics.NEW_PAGES):
        watching.start(people['wanda'], topic)
    wiki.save('Tea', 'Tea', 'News for all.', people['ada'], base='latest')
    modes.drain()
    news = News.select().order_by(News.id.desc()).get()
    for name in ('edda', 'wanda'):
        Pending.get_or_create(person=people[name], news=news,
                              defaults={'page': news.page_id, 'at': news.at, 'due_at': news.at + 10 ** 8})


def fill_drafts(people):
    typed = {'title': 'Tea', 'content': 'Half a sentence, žluťouč', 'comment': '', 'tags': 'tea'}
    Draft.create(person=people['edda'], form='f1', path='Tea', key='tea', base=2, title='Tea',
                 saved_at=clock.now(), fields=json.dumps(typed, ensure_ascii=False))
    SavedForm.create(person=people['edda'], form='f2', saved_at=clock.now())
    Presence.create(person=people['edda'], key='tea', since=clock.now(), until=clock.now() + 300)


def fill_spam(people):
    page = Page.at('Spam')
    for number, verdict in enumerate(spam.VERDICTS):
        attempt = spam.Attempt.create(person=people['mallory'] if number % 2 else None, address='203.0.113.9',
                                      agent='curl', kind='edit', path='Tea', title='Tea', verdict=verdict,
                                      why='It has the word “pills”.', added=f'Buy pills {number} ☠')
        spam.Held.create(attempt=attempt, title='Tea', base='latest', tags='tea', content='Buy pills ☠')
    spam.Marked.create(revision=page.current_id, is_spam=True, person=people['mona'])
    spam.FirstEdit.get_or_create(revision=page.current_id)
    spam.Trace.create(person=people['mallory'], address='203.0.113.9', digest='3' * 64)
    spam.Word.insert_many([{'word': '', 'spam': 20, 'ham': 20}, {'word': 'pílls', 'spam': 9}]).execute()
    spamming.keep_rules('pills\n/v[i1]agra/', people['mona'], None)


def fill_moderation(people):
    mallory, mona = people['mallory'], people['mona']
    wiki.save('Tea', 'Tea', 'Buy pills.', mallory, base='latest')
    revision = wiki.save('茶/緑茶', '緑茶', 'Buy pills.', mallory, base='latest')
    made = moderating.clean_up(Source(mallory), [revision.id], mona, 'Spam', clock.now() + 10 ** 7)
    modes.drain()
    moderating.undo_cleanup(made.id, mona)
    modes.drain()
    moderating.lift(moderating.ban(mona, network='203.0.113.0/24', reason='All of them'), mona)


def fill_site(people):
    Picture.create(file='0123456789abcdef.png', width=2, height=3, data=bytes(range(256)))
    for key, value in [('name', 'Čajovna'), ('logo', '0123456789abcdef.png 🍵'), ('name', None)]:
        Setting.create(key=key, value=value, person=people['ada'])


def fill_mail():
    for state in STATES:
        mail.post(f'made:{state}', f'Čaj is {state}', 'It is hot.', [mail.Recipient(f'{state}@example.org')],
                  html='<p>It is hot.</p>', thread='page:2')
        Delivery.update(state=state, attempts=1, last_words='250 OK', tried_at=clock.now()).where(
            Delivery.address == f'{state}@example.org').execute()
    for _ in range(10):
        muting.refused('gave_up@example.org', '550 No such user')


def fill_tasks():
    """In every state: queued, running, done, dead and cancelled; some in a batch that never ends."""
    fails()
    modes.drain()
    insert_slots()
    window.pause(waits.name)
    with db.atomic():
        queue.batches.start([waits.s('first'), waits.s('second')], then=last)
        waits('čaj')
        queue.ledger.cancel(waits('cancelled').id)
    cache.Prepared.get_or_create(name='made', key='1', defaults={'data': '[1]', 'expires_at': clock.now()})
    window.resume(waits.name)
    worker = workers.register()
    with db.atomic():
        window.take(worker, {})
    window.pause(waits.name)
    engine.worker_id = None


def check():
    """Every table has rows, and what a person or a task can be in is there."""
    for table in tables():
        if not db.database.execute_sql(f'SELECT count(*) FROM "{table}"').fetchone()[0]:
            raise AssertionError(f'The table {table} is empty: fill it in {__file__}.')
    states = {state for state, in Task.select(Task.state).distinct().tuples()}
    assert states == {'queued', 'running', 'done', 'dead', 'cancelled'}, states
    assert Person.select().where(~Person.active).exists()


def tables():
    """The names of all but what SQLite and the search keep for themselves."""
    return [name for name in db.database.get_tables()
            if not name.startswith(('sqlite_', 'search_index_'))]


def main():
    with tempfile.TemporaryDirectory() as work:
        make(Path(work, 'data'))
        check()
        copy, backup = Path(work, 'copy.db'), HERE / f'{__version__}.tar.gz'
        db.copy_to(copy)
        backup.unlink(missing_ok=True)
        backups.create(backup, with_secrets=True)
        packed = HERE / f'{__version__}.db.xz'
        packed.write_bytes(lzma.compress(copy.read_bytes(), preset=9))
        db.database.close_all()
    for path in (packed, backup):
        print(f'{path.name}: {path.stat().st_size:,} bytes')


if __name__ == '__main__':
    main()
