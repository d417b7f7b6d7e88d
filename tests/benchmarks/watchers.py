"""What ten thousand watchers cost: the save of a page, telling them at once, and letting them wait.

    python3 kuma_lite.py test --benchmarks      or      python tests/benchmarks/watchers.py [ROUNDS]

Two pages with the same text, one without watchers and one that 10,000 people watch in two ways each, are
saved in turn: while no task runs; with workers beside that begin at once to tell all of them; and while these
send the mails. Printed: the median of both saves in ms and their ratio; one above 1.2 ends with status 1.
Then the seconds of one fan-out to all at once, of one that lets them wait, and the ms of one such mail.
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
from kuma_lite.mail.tasks import deliver
from kuma_lite.queue import consumer, modes, window
from kuma_lite.queue.broker import Broker
from kuma_lite.queue.tables import Task
from kuma_lite.watch import tasks
from kuma_lite.watch.models import Watch, WatchPreference
from kuma_lite.wiki import actions as wiki
from kuma_lite.wiki.models import Page
from process import wait_for

MANY = 10_000
BAR = 1.2
FEWER = 15      # rounds with workers: so many times fewer
NONE, ALL = 'None/Page', 'All/Page'
TEXT = 'A paragraph of ordinary words, some of them *emphasized*.\n\n' * 80     # about 5 KB


def main(rounds=150):
    with tempfile.TemporaryDirectory() as folder:
        app.configure(settings_for(Path(folder) / 'data'))
        db.migrate()
        with db.connection():
            modes.start_manual()
            people = prepare()
            ratios = [saves('no task runs', rounds)]
            ratios += with_workers(Path(folder), max(3, rounds // FEWER))
            modes.start_manual()
            fan_outs(people)
        db.database.close_all()
    return int(max(ratios) > BAR)


def with_workers(folder, rounds):
    """Ratios of saves beside workers: first they tell the watchers, and mails wait; then they send these."""
    with db.atomic():
        Task.delete().execute()     # what the saves before have left: a million mails
    broker = Broker(folder)
    broker.start()
    window.pause(deliver.name)
    workers = consumer.Workers(4, broker.url, periodic=False)
    workers.start()
    yield saves('workers tell them', rounds, lambda: wait_for(all_are_told, 600))
    window.resume(deliver.name)
    yield saves('mails are sent', rounds)
    workers.stop(5)
    broker.stop()


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


def all_are_told():
    left = Task.name == tasks.notify_watchers.name, Task.state.in_(('queued', 'running'))
    return not Task.select().where(*left).exists()


def saves(when, rounds, rest=lambda: None):
    """Save both pages in turn, and `rest()` after each; returns the ratio of their medians."""
    times = {NONE: [], ALL: []}
    for number in range(rounds):
        for path, found in times.items():
            found.append(timed(save, path, f'{TEXT}{when} {number}') * 1000)
            rest()
    none, many = statistics.median(times[NONE]), statistics.median(times[ALL])
    print(f'save, {when}: {none:.2f} ms without watchers, {many:.2f} ms with {MANY:,}; '
          f'ratio {many / none:.2f}{"" if many / none <= BAR else f", more than {BAR}"}', flush=True)
    return many / none


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
    sys.exit(main(*(int(argument) for argument in sys.argv[1:])))
