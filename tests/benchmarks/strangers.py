"""Whether the time of an answer tells who has an account: log-in, recovery, sign-up, known against unknown.

    python tests/benchmarks/strangers.py [ROUNDS]

Known and unknown take turns in each round, each from an address of its own, with passwords hashed as they are
outside of tests and tasks run by real workers of this process on a Valkey of their own. It prints medians in
milliseconds and their ratio, and asks for no more than 1.05.
"""
import statistics
import sys
import tempfile
import time
from pathlib import Path

sys.path[:0] = [str(Path(__file__).parents[1]), str(Path(__file__).parents[2])]

from base import Site, create_cast, settings_for
from kuma_lite import app, clock, db
from kuma_lite.config import settings
from kuma_lite.queue import consumer
from kuma_lite.queue.broker import Broker

BAR = 1.05
PASSWORD = 'a quiet green lake'


def log_in(site, who, number):
    return site.app.get('/login').forms['login'], {'name': who, 'password': PASSWORD}


def recover(site, who, number):
    return site.app.get('/login/forgotten').forms['forgotten'], {'who': who}


def sign_up(site, who, number):
    form = site.app.get('/signup').forms['signup']
    clock.advance(5)
    return form, {'name': f'{who} {number} x', 'email': f'{who}@example.org', 'password': PASSWORD}


DOORS = {'log-in': log_in, 'recovery': recover, 'sign-up': sign_up}


def main(rounds=300):
    with tempfile.TemporaryDirectory() as folder:
        broker = Broker(Path(folder))
        broker.start()
        app.configure(settings_for(Path(folder) / 'data'))
        settings.accounts.signup, settings.accounts.signup_limit = 'approval', 10 ** 6
        db.migrate()
        workers = consumer.Workers(2, broker.url, periodic=False)
        workers.start()
        with db.connection():
            site = Site(create_cast())
            for door, ask in DOORS.items():
                report(door, measure(site, ask, rounds))
        workers.stop(5)
        broker.stop()


def measure(site, ask, rounds):
    """{who: seconds of each answer}; who begins changes with every round."""
    taken = {'edda': [], 'otto': []}
    for number in range(rounds):
        for who in sorted(taken, reverse=number % 2):
            form, fields = ask(site, who, number)
            for field, value in fields.items():
                form[field] = value
            started = time.perf_counter()
            form.submit(extra_environ={'REMOTE_ADDR': f'10.{number // 250}.{number % 250}.{len(who)}'},
                        expect_errors=True)
            taken[who].append(time.perf_counter() - started)
            site.settle()       # what it has left to tasks must not slow the next one
    return taken


def report(door, taken):
    known, unknown = (statistics.median(taken[who]) * 1000 for who in ('edda', 'otto'))
    ratio = max(known, unknown) / min(known, unknown)
    print(f'{door:10} known {known:7.2f} ms   unknown {unknown:7.2f} ms   ratio {ratio:.3f}'
          f'{"" if ratio <= BAR else f"   more than {BAR}"}')


if __name__ == '__main__':
    main(*map(int, sys.argv[1:]))
