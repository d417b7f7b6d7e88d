"""Asking for an account, confirming the address, deciding. Who signs up gets nothing that [accounts] does not
give.

Nothing is a Person yet whose address is not confirmed: nobody can log in, be mailed or hold a name with it.
"""
from kuma_lite import clock, db, events
from kuma_lite.accounts import actions as accounts
from kuma_lite.accounts import bans, rules
from kuma_lite.accounts.rules import Invalid
from kuma_lite.config import settings
from kuma_lite.mail import links
from kuma_lite.signup import tasks
from kuma_lite.signup.models import Application
from kuma_lite.web import ratelimits, windows

HOUR, DAY = 3600, 86400
TRIES = 20              # forms that one address may send an hour
WORDS_LIMIT = 1000      # characters
NOT_THE_PASSWORD = ('That is not the password that you chose when you signed up. If you have forgotten it, '
                    'sign up once more.')


class TooMany(Invalid):
    """So many from this address that it has to wait; `.seconds`."""

    def __init__(self, sentence, seconds):
        super().__init__(sentence)
        self.seconds = seconds


class Gone(Exception):
    """The link does not work, or not any more."""


def count_try(address):
    """Call it for every form that is sent. Raises TooMany."""
    network = ratelimits.network(address)
    wait = windows.count_write(f'signup try {network}', TRIES, HOUR)
    if wait:
        raise TooMany('This form was sent too often from your network address. Please try again later.', wait)


def sign_up(name, email, password, words, address):
    """Make the account and return its Person; or, where the address is to be confirmed or a moderator
    decides, note the wish and return None.

    Raises Invalid and TooMany. The caller has looked whether the form came from a person.
    """
    _check_address(address)
    fields = _checked(name, email, password)
    if len(words) > WORDS_LIMIT:
        raise Invalid(f'Please say it in {WORDS_LIMIT:,} characters; these are {len(words):,}.')
    _count(address)
    with db.atomic():
        if settings.accounts.confirm:
            return _mail_link(fields, words, address)
        if settings.accounts.signup == 'approval':
            return _note(fields, words, address)
        return _welcome(fields)


def find(words):
    """The Application whose link says these words, or None: wrong, used or late."""
    return links.find(Application.open(), words)


def confirm(words, name, password, address):
    """Make the account of whoever has the mailed link and knows the password, and return its Person; or,
    where a moderator decides, let it wait for one and return None. Only now somebody has the name.

    Raises Gone; Invalid and accounts.TooMany, after which the link still works.
    """
    application = find(words)
    if application is None:
        raise Gone()
    _check_address(address)
    if not accounts.proves(password, application.password_hash, f'application {application.id}'):
        raise Invalid(NOT_THE_PASSWORD)
    name = rules.name(name, settings.accounts.signup_role)
    rules.password(password, name, application.email)
    with db.atomic():
        if Application.named(name) or accounts.is_taken(name):
            raise accounts.taken(name)
        application.name, application.key = name, rules.name_key(name)
        if settings.accounts.signup == 'approval':
            return _wait(application)
        if not application.delete_instance():       # somebody was faster
            raise Gone()
        return _welcome(_fields(application))


def accept(application, person, reason=''):
    """`person` lets the account be made that was asked for. Returns its Person, or None if somebody was
    faster. Raises Invalid if the name has been taken in the meantime."""
    with db.atomic():
        if not application.delete_instance():
            return None
        made = _welcome(_fields(application))
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
    """The fields of the new Person. It takes as long as hashing a password does. Where the address is to be
    confirmed, strangers do not learn whether somebody has the name."""
    if settings.accounts.confirm:
        return accounts.fields(name, email, settings.accounts.signup_role, password)
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


def _mail_link(fields, words, address):
    application = Application.create(**_kept(fields), words=words, address=address)
    tasks.mail_link(application.id)


def _note(fields, words, address):
    if Application.named(fields['name']):       # again: somebody may have been faster
        raise accounts.taken(fields['name'])
    _wait(Application.create(**_kept(fields), words=words, address=address))


def _wait(application):
    """For a moderator; in the caller's transaction. Raises Gone if somebody was faster."""
    is_first = not Application.listed().exists()
    change = {'name': application.name, 'key': application.key, 'confirmed_at': clock.now()}
    fresh = (Application.id == application.id) & Application.confirmed_at.is_null()
    if not Application.update(change).where(fresh).execute():
        raise Gone()
    if is_first:
        tasks.tell_moderators(application.id)


def _kept(fields):
    return {name: fields[name] for name in ('name', 'key', 'email', 'password_hash')}


def _fields(application):
    """Those of the Person that it becomes."""
    return {'name': application.name, 'key': application.key, 'email': application.email,
            'password_hash': application.password_hash, 'role': settings.accounts.signup_role}
