"""A second factor: the codes of an authenticator app (TOTP, RFC 6238), and recovery codes for when it is
lost.

The secret of an app has to be kept as it is; recovery codes are kept as digests, each is good for once.
"""
import hashlib
import hmac
import logging
import re

import pyotp

from kuma_lite import clock, db
from kuma_lite.accounts.models import Person, RecoveryCode, SecondFactor
from kuma_lite.accounts.rules import Invalid
from kuma_lite.config import settings
from kuma_lite.web import signing, windows

log = logging.getLogger(__name__)

STEP = 30               # seconds that a code is shown; those beside it count as well, for clocks that differ
TRIES = 10              # codes an hour for one account, from wherever: one guess of 1,400 days is right
CODES = 10              # recovery codes
PENDING = 600           # seconds between the password and the code
HOUR = 3600


class TooMany(Exception):
    """Too many codes were tried; `.seconds` until the next one is looked at."""

    def __init__(self, seconds):
        super().__init__(seconds)
        self.seconds = seconds


def is_on(person):
    return SecondFactor.select().where(SecondFactor.person == person).exists()


def codes_left(person):
    return RecoveryCode.select().where(RecoveryCode.person == person).count()


def new_secret():
    return pyotp.random_base32()


def is_secret(text):
    return re.fullmatch('[A-Z2-7]{32}', text) is not None


def address(person, secret):
    """What the picture for an authenticator app says."""
    return pyotp.TOTP(secret).provisioning_uri(name=person.name, issuer_name=settings.site.name)


def turn_on(person, secret, code):
    """Ask for codes from now on; returns the recovery codes, which nobody can look up later. Raises
    Invalid."""
    if not is_secret(secret):
        raise Invalid('Please open this page once more.')
    step = _step_of(secret, _bare(code))
    if step is None:
        raise Invalid('That is not the code that the app shows now. Is the clock of the device right?')
    with db.atomic():
        SecondFactor.delete().where(SecondFactor.person == person).execute()
        SecondFactor.create(person=person, secret=secret, last_step=step)
        log.info('%s turns the second factor on', person.name)
        return _replace_codes(person)


def turn_off(person):
    """Returns whether it was on."""
    log.info('The second factor of %s is turned off', person.name)
    with db.atomic():
        RecoveryCode.delete().where(RecoveryCode.person == person).execute()
        return SecondFactor.delete().where(SecondFactor.person == person).execute() > 0


def replace_codes(person):
    """New recovery codes; the ones before are worth nothing."""
    with db.atomic():
        return _replace_codes(person)


def accepts(person, code):
    """Whether this is a code of the person, which is used up by it. Raises TooMany."""
    _count(person)
    bare = _bare(code)
    kind, use = ('app', _use_step) if re.fullmatch('[0-9]{6}', bare) else ('recovery', _use_recovery)
    fits = use(person, bare)
    log.info('A code (%s) of %s is %s', kind, person.name, 'right' if fits else 'wrong')
    return fits


def pending(person):
    """The proof that the password was right, for the form that asks for the code."""
    about = f'{person.id}.{int(clock.now())}'
    return f'{about}.{_signature(about, person)}'


def find_pending(proof):
    """The person of a proof, or None: it is not ours, too old, or the password has changed."""
    number, _, rest = proof.partition('.')
    then, _, signature = rest.partition('.')
    if not re.fullmatch('[1-9][0-9]{0,17}', number) or not re.fullmatch('[0-9]{1,12}', then):
        return None
    person = Person.get_or_none(Person.id == int(number), Person.active)
    if person is None or not 0 <= clock.now() - int(then) <= PENDING:
        return None
    return person if _equal(_signature(f'{number}.{then}', person), signature) else None


def _signature(about, person):
    return signing.sign('second factor', f'{about} {person.password_hash}')


def _count(person):
    wait = windows.count_write(f'code of {person.id}', TRIES, HOUR)
    if wait:
        raise TooMany(wait)


def _bare(code):
    """Without the spaces and strokes that make it easier to read."""
    return re.sub('[ -]', '', code).lower()


def _step_of(secret, code):
    """The step of which this is the code: now, or the one before or after; or None."""
    app, now = pyotp.TOTP(secret), int(clock.now() // STEP)
    return next((step for step in (now, now - 1, now + 1) if _equal(app.generate_otp(step), code)), None)


def _equal(one, other):
    return hmac.compare_digest(one.encode(), other.encode('utf-8', 'replace'))


def _use_step(person, code):
    """Of two at the same time with one code one gets in."""
    factor = SecondFactor.get_or_none(SecondFactor.person == person)
    step = factor and _step_of(factor.secret, code)
    if step is None:
        return False
    fresh = (SecondFactor.id == factor.id) & (SecondFactor.last_step < step)
    with db.atomic():
        return SecondFactor.update(last_step=step).where(fresh).execute() > 0


def _use_recovery(person, code):
    mine = (RecoveryCode.person == person) & (RecoveryCode.digest == _digest(code))
    with db.atomic():
        return RecoveryCode.delete().where(mine).execute() > 0


def _replace_codes(person):
    codes = ['-'.join(re.findall('....', pyotp.random_base32().lower()[:16])) for _ in range(CODES)]
    RecoveryCode.delete().where(RecoveryCode.person == person).execute()
    RecoveryCode.insert_many([{'person': person, 'digest': _digest(_bare(code))} for code in codes]).execute()
    return codes


def _digest(code):
    """Of 80 random bits, which nobody guesses from it."""
    return hashlib.sha256(code.encode()).hexdigest()
