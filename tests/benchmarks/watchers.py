"""What ten thousand watchers cost: the save of a page, telling them at once, and letting them wait.

    python3 kuma_lite.py test --benchmarks      or      python tests/benchmarks/watchers.py [ROUNDS]

Two pages with the same text, one without watchers and one that 10,000 people watch in two ways each, are
saved in turn; no task runs meanwhile. Printed: the median of both saves in ms and their ratio; then the
seconds of one fan-out to all of them at once, of one that lets them wait, and the ms of one such mail.
"""
import statistics
import sys
import tempfile
import time
from pathlib import Path

sys.path[:0] = [str(Path(__file__).parents[1]), str(Path(__file__).parents[2])]

from base import settings_for
from kuma_lite import app, clock, db
from kuma_lite.accounts.models import Person
from kuma_lite.queue import modes
from kuma_lite.watch import tasks
from kuma_lite.watch.models import Watch, WatchPreference
from kuma_lite.wiki import actions as wiki
from kuma_lite.wiki.models import Page

MANY = 10_000
NONE, ALL = 'None/Page', 'All/Page'
TEXT = 'A paragraph of ordinary words, some of them *emphasized*.\n\n' * 80     # about 5 KB


def main(rounds=150):
    with tempfile.TemporaryDirectory() as folder:
        app.configure(settings_for(Path(folder) / 'data'))
        db.migrate()
        with db.connection():
            modes.start_manual()
            people = prepare()
            saves(rounds)
            fan_outs(people)
        db.database.close_all()


def prepare():
    with db.atomic():
        Person.create(name='edda', key='edda', email='edda@example.org', role='editor', password_hash='')
        Person.insert_many([{'name': f'p{n}', 'key': f'p{n}', 'email': f'p{n}@example.org', 'role': 'reader',
                             'password_hash': ''} for n in range(MANY)]).execute()
    people = [person.id for person in Person.select(Person.id).where(Person.role == 'reader')]
    for path in (NONE, ALL):
        save(path, TEXT)
    with db.atomic():
        for kind, target in (('page', str(Page.at(ALL).id)), ('tree', 'all')):
            Watch.insert_many([{'person': person, 'kind': kind, 'target': target}
                               for person in people]).execute()
    return people


def save(path, content):
    return wiki.save(path, 'A page', content, Person.named('edda'), base='latest', words='a, b')


def timed(function, *args):
    began = time.perf_counter()
    function(*args)
    return time.perf_counter() - began


def saves(rounds):
    times = {NONE: [], ALL: []}
    for number in range(rounds):
        for path, found in times.items():
            found.append(timed(save, path, f'{TEXT}{number}') * 1000)
    none, many = statistics.median(times[NONE]), statistics.median(times[ALL])
    print(f'save: {none:.2f} ms without watchers, {many:.2f} ms with {MANY:,}; ratio {many / none:.2f}')


def fan_outs(people):
    at_once = timed(tasks.notify_watchers.func, Page.at(ALL).current_id)
    with db.atomic():
        WatchPreference.insert_many([{'person': person, 'frequency': 'quiet'} for person in people]).execute()
    later = timed(tasks.notify_watchers.func, save(ALL, TEXT + 'later').id)
    clock.advance(3600)
    mails = [timed(tasks.mail_what_waits.func, person) * 1000 for person in people[:100]]
    print(f'telling them: {at_once:.2f} s at once, {later:.2f} s for later, '
          f'then {statistics.median(mails):.1f} ms a mail')


if __name__ == '__main__':
    main(*(int(argument) for argument in sys.argv[1:]))
