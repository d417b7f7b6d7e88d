"""Whether the time of an answer tells who has an account: log-in, recovery, sign-up, known against unknown;
and whom fifty wrong passwords slow down.

    python tests/benchmarks/strangers.py [ROUNDS]

Known and unknown take turns in each round, each from an address of its own, with passwords hashed as they are
outside of tests and tasks run by real workers of this process on a Valkey of their own. It prints medians in
milliseconds and their ratio; more than 1.05 ends with status 1. To sign up, the known one types a name and an
address that an account has. The guesses come from one address, the log-ins of the owner, before and after
them, from another one.
"""
import statistics
import sys
import tempfile
import time
from pathlib import Path

sys.path[:0] = [str(Path(__file__).parents[1]), str(Path(__file__).parents[2])]

from base import Site, create_cast, password, settings_for
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
    return form, {'name': who, 'email': f'{who}@example.org', 'password': PASSWORD}


DOORS = {'log-in': log_in, 'recovery': recover, 'sign-up': sign_up}


def main(rounds=300):
    with tempfile.TemporaryDirectory() as folder:
        broker = Broker(Path(folder))
        broker.start()
        app.configure(settings_for(Path(folder) / 'data'))
        settings.accounts.signup, settings.accounts.signup_limit = 'open', 10 ** 6
        db.migrate()
        workers = consumer.Workers(2, broker.url, periodic=False)
        workers.start()
        with db.connection():
            site = Site(create_cast())
            ratios = [report(door, measure(site, ask, rounds)) for door, ask in DOORS.items()]
            report_guesses(site, rounds // 10)
        workers.stop(5)
        broker.stop()
    return int(max(ratios) > BAR)


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
    """Returns the ratio."""
    known, unknown = (statistics.median(taken[who]) * 1000 for who in ('edda', 'otto'))
    ratio = max(known, unknown) / min(known, unknown)
    print(f'{door:10} known {known:7.2f} ms   unknown {unknown:7.2f} ms   ratio {ratio:.3f}'
          f'{"" if ratio <= BAR else f"   more than {BAR}"}')
    return ratio


def report_guesses(site, rounds):
    """What the owner waits for a log-in, before and after fifty wrong passwords from elsewhere."""
    clock.advance(3600)         # what was tried above counts no more
    before = [logged_in(site, '192.0.2.1', password('edda')) for _ in range(rounds)]
    guesses = [logged_in(site, '203.0.113.4', PASSWORD) for _ in range(50)]
    after = [logged_in(site, '192.0.2.1', password('edda')) for _ in range(rounds)]
    assert {status for _, status in before + after} == {303}
    refused = sum(status == 429 for _, status in guesses)
    ratio = median(after) / median(before)
    print(f'50 guesses {refused} of them are not looked at any more; the owner logs in in '
          f'{median(before):.2f} ms before and {median(after):.2f} ms after them, ratio {ratio:.3f}')


def logged_in(site, address, words):
    """(seconds, status) of one log-in."""
    browser = site.browser()
    form = browser.get('/login').forms['login']
    form['name'], form['password'] = 'edda', words
    started = time.perf_counter()
    status = form.submit(extra_environ={'REMOTE_ADDR': address}, expect_errors=True).status_int
    return time.perf_counter() - started, status


def median(answers):
    return statistics.median(seconds for seconds, _ in answers) * 1000


if __name__ == '__main__':
    sys.exit(main(*map(int, sys.argv[1:])))
