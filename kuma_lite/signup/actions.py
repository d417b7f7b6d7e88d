"""Asking for an account, and deciding about it. Who signs up gets nothing that [accounts] does not give."""
from kuma_lite import db, events
from kuma_lite.accounts import actions as accounts
from kuma_lite.accounts import bans
from kuma_lite.accounts.rules import Invalid
from kuma_lite.config import settings
from kuma_lite.signup import tasks
from kuma_lite.signup.models import Application
from kuma_lite.web import ratelimits, windows

HOUR, DAY = 3600, 86400
TRIES = 20              # forms that one address may send an hour
WORDS_LIMIT = 1000      # characters


class TooMany(Invalid):
    """So many from this address that it has to wait; `.seconds`."""

    def __init__(self, sentence, seconds):
        super().__init__(sentence)
        self.seconds = seconds


def count_try(address):
    """Call it for every form that is sent. Raises TooMany."""
    network = ratelimits.network(address)
    wait = windows.count_write(f'signup try {network}', TRIES, HOUR)
    if wait:
        raise TooMany('This form was sent too often from your network address. Please try again later.', wait)


def sign_up(name, email, password, words, address):
    """Make the account and return its Person; or, where a moderator decides, note the wish and return None.

    Raises Invalid and TooMany. The caller has looked whether the form came from a person.
    """
    _check_address(address)
    fields = _checked(name, email, password)
    if len(words) > WORDS_LIMIT:
        raise Invalid(f'Please say it in {WORDS_LIMIT:,} characters; these are {len(words):,}.')
    _count(address)
    with db.atomic():
        if settings.accounts.signup == 'approval':
            return _note(fields, words, address)
        return _welcome(fields)


def accept(application, person, reason=''):
    """`person` lets the account be made that was asked for. Returns its Person, or None if somebody was
    faster. Raises Invalid if the name has been taken in the meantime."""
    with db.atomic():
        if not application.delete_instance():
            return None
        made = _welcome({'name': application.name, 'key': application.key, 'email': application.email,
                         'password_hash': application.password_hash, 'role': settings.accounts.signup_role})
        events.emit(events.signup_decided, person, application, made, reason)
        return made


def decline(application, person, reason=''):
    """Forget it. Nobody is told but other moderators: the address may be anybody's. Returns whether nobody
    was faster."""
    with db.atomic():
        if not application.delete_instance():
            return False
        events.emit(events.signup_decided, person, application, None, reason)
        return True


def _check_address(address):
    if ban := bans.of(None, address):
        raise Invalid(bans.sentence(ban))


def _checked(name, email, password):
    """The fields of the new Person. It takes as long as hashing a password does."""
    if Application.named(name):
        raise accounts.taken(name)
    return accounts.checked(name, email, settings.accounts.signup_role, password)


def _count(address):
    network = ratelimits.network(address)
    wait = windows.count_write(f'signup {network}', settings.accounts.signup_limit, DAY)
    if wait:
        raise TooMany('Too many accounts were asked for from your network address lately. Please try again '
                      'tomorrow, or ask an admin of this wiki.', wait)


def _welcome(fields):
    person = accounts.insert(fields)
    tasks.welcome(person.id)
    return person


def _note(fields, words, address):
    if Application.named(fields['name']):       # again: somebody may have been faster
        raise accounts.taken(fields['name'])
    is_first = not Application.select().exists()
    kept = {name: fields[name] for name in ('name', 'key', 'email', 'password_hash')}
    application = Application.create(**kept, words=words, address=address)
    if is_first:
        tasks.tell_moderators(application.id)
