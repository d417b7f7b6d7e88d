"""Everything that writes about people: accounts, passwords, roles, log-in attempts. What a log-in
begins stands in `sessions.py`.

Passwords are kept as hashes only. Hashing one takes about 20 ms, so it is done before the transaction.
"""
import logging

from kuma_lite import clock, db
from kuma_lite.accounts import bans, passwords, rules, sessions
from kuma_lite.accounts.models import ROLES, FormerName, LoginAttempt, Person, RecoveryCode, SecondFactor
from kuma_lite.accounts.rules import Invalid
from kuma_lite.queue import context
from kuma_lite.web import signing

log = logging.getLogger(__name__)

ATTEMPTS_WINDOW = 15 * 60       # seconds in which failed log-ins are counted
ATTEMPTS = 10                   # for one account from one address: the owner elsewhere still gets in
ATTEMPTS_PER_ACCOUNT = 100      # from all addresses
ATTEMPTS_PER_ADDRESS = 100      # for all accounts: behind one address there may be many people


class TooMany(Exception):
    """Too many failed log-ins; `.seconds` until the next try is looked at."""

    def __init__(self, seconds):
        super().__init__(seconds)
        self.seconds = seconds


class Banned(Exception):
    """The password is right, and the account is banned; the message is a sentence for the person."""


class AlreadySetUp(Exception):
    """The set-up link does not count: it is not the right one, or there is an account already."""


# Accounts

def create_person(name, email, role, password):
    """Make an account and return its Person. Raises Invalid."""
    fields = checked(name, email, role, password)
    with db.atomic():
        return insert(fields)


def create_first_person(token, name, email, password):
    """Make the first account, an admin, for whoever holds the set-up token.

    Raises Invalid and AlreadySetUp. Of two at the same time one wins: write transactions take turns.
    """
    fields = checked(name, email, 'admin', password)
    with db.atomic():
        if not valid_setup(token):
            raise AlreadySetUp()
        return insert(fields)


def setup_token():
    """The secret part of the address where the first account is made; None once there is one."""
    return None if Person.select().exists() else signing.sign('setup', 'first account')


def valid_setup(token):
    return signing.matches('setup', 'first account', token) and not Person.select().exists()


def find_person(name):
    """The person of this name; Invalid if nobody has it."""
    person = Person.named(name)
    if person is None:
        raise Invalid(f'There is no account named "{name}".')
    return person


def set_role(person, role):
    """Change the role. Raises Invalid, also where nobody would be left to run the site."""
    _check_role(role)
    with db.atomic():
        if role != 'admin' and list(Person.admins()) == [person]:
            raise Invalid(f'{person.name} is the only admin; make somebody else one first.')
        Person.update(role=role).where(Person.id == person.id).execute()
    log.info('%s gets the role %s', person.name, role)
    person.role = role


def set_password(person, password):
    """Change the password; whoever is logged in with the old one is logged out. Raises Invalid."""
    stored = hashed(person, password)
    with db.atomic():
        put_password(person, stored)


def hashed(person, password):
    """A new password as it is stored. Raises Invalid; takes as long as hashing does."""
    return passwords.make(rules.password(password, person.name, person.email))


def put_password(person, stored, keep=''):
    """Change the password to what `hashed` gave; in the caller's transaction. Every session ends but the one
    with the token `keep`, and what was guessed wrong before does not count any more."""
    Person.update(password_hash=stored).where(Person.id == person.id).execute()
    sessions.end_sessions(person, keep)
    LoginAttempt.delete().where(LoginAttempt.account == rules.digest(person.key)).execute()
    log.info('%s gets another password', person.name)
    person.password_hash = stored


def knows_password(person, password):
    """Whether somebody who is logged in knows the password too. Raises TooMany."""
    return proves(password, person.password_hash, f'password of {person.id}')


def proves(password, stored, account):
    """Whether a password is the one that is stored; tries are counted for `account`. Raises TooMany."""
    address = context.current().address
    _count_attempt(account, address)
    fits = passwords.fits(password, stored)
    if fits:
        _forget_attempts(account, address)
    return fits


def checked(name, email, role, password):
    """What `insert` takes: the fields of a Person that may be made. Raises Invalid; takes as long as hashing
    a password does."""
    name = rules.name(name, role)
    if is_taken(name):
        raise taken(name)
    return fields(name, email, role, password)


def fields(name, email, role, password):
    """The same whoever has the name already."""
    _check_role(role)
    name, email = rules.name(name, role), rules.email(email)
    password = rules.password(password, name, email)
    return {'name': name, 'key': rules.name_key(name), 'email': email, 'role': role,
            'password_hash': passwords.make(password)}


def insert(fields):
    """Make the Person; in the caller's transaction. Raises Invalid."""
    if is_taken(fields['name']):      # again: somebody may have been faster
        raise taken(fields['name'])
    return Person.create(**fields, looks=rules.looks(fields['name']))


def is_taken(name, person=None):
    """Whether somebody but `person` has this name, or had it."""
    key = rules.name_key(name)
    others = Person.select().where((Person.key == key) | (Person.looks == rules.looks(name)))
    had = FormerName.select().where(FormerName.digest == rules.name_digest(name))
    if person:
        others = others.where(Person.id != person.id)
        had = had.where(FormerName.person.is_null() | (FormerName.person != person))
    return others.exists() or had.exists()


def rename(person, name):
    """Give the person another name, which `rules.name` has checked; in the caller's transaction. Raises
    Invalid. The old one stays theirs."""
    if is_taken(name, person):
        raise taken(name)
    key = rules.name_key(name)
    if key != person.key:
        row = {'digest': rules.name_digest(person.name), 'person': person, 'at': clock.now()}
        FormerName.insert(row).on_conflict_replace().execute()
    Person.update(name=name, key=key, looks=rules.looks(name)).where(Person.id == person.id).execute()
    person.name, person.key = name, key


def set_email(person, email):
    """In the caller's transaction."""
    Person.update(email=email).where(Person.id == person.id).execute()
    log.info('%s gets another mail address', person.name)
    person.email = email


def set_timezone(person, timezone):
    """In the caller's transaction."""
    Person.update(timezone=timezone).where(Person.id == person.id).execute()
    person.timezone = timezone


def close(person, name=''):
    """End an account for good: nobody can log in, and no mail goes there; in the caller's transaction. With
    `name` it is called so from now on. Raises Invalid where nobody would be left to run the site."""
    if list(Person.admins()) == [person]:
        raise Invalid('You are the only admin; make somebody else one first.')
    sessions.end_everything(person)
    for model in (SecondFactor, RecoveryCode):
        model.delete().where(model.person == person).execute()
    LoginAttempt.delete().where(LoginAttempt.account == rules.digest(person.key)).execute()
    if name:
        rename(person, name)
        FormerName.update(person=None).where(FormerName.person == person).execute()
    nobody = {'active': False, 'role': 'reader', 'email': '', 'password_hash': '', 'timezone': ''}
    Person.update(nobody).where(Person.id == person.id).execute()


def taken(name):
    """The refusal of a name that somebody has."""
    return Invalid(f'There is an account named "{name}" already, or one that looks the same.')


def _check_role(role):
    if role not in ROLES:
        raise Invalid(f'A role is one of {", ".join(ROLES)}.')


# Logging in

def check_login(name, password, address):
    """The person with this name and password, or None. Raises TooMany and Banned.

    Answers alike, in words and in time, whether the name or the password is wrong.
    """
    account = rules.digest(rules.name_key(name))
    _count_attempt(account, address)
    person = Person.named(name)
    stored = person.password_hash if person and person.active else None
    if not passwords.fits(password, stored):
        log.info('Request %s: the log-in from %s failed', context.current().request_id, address)
        return None
    _forget_attempts(account, address)
    if ban := bans.of_person(person):
        raise Banned(bans.sentence(ban))
    if passwords.outdated(stored):
        _renew_hash(person, password)
    log.info('The password of %s was right, from %s', person.name, address)
    return person


def _count_attempt(account, address):
    """Note a try before it is judged, so that a hundred at the same moment are not judged at all."""
    of_account, from_address = LoginAttempt.account == account, LoginAttempt.address == address
    with db.atomic():
        _check_limit(of_account & from_address, ATTEMPTS)
        _check_limit(of_account, ATTEMPTS_PER_ACCOUNT)
        _check_limit(from_address, ATTEMPTS_PER_ADDRESS)
        LoginAttempt.create(account=account, address=address)


def _check_limit(whose, limit):
    """Full when the attempt `limit` places back still counts; it says when there is room again."""
    now = clock.now()
    recent = LoginAttempt.since(now - ATTEMPTS_WINDOW).where(whose)
    oldest = recent.offset(limit - 1).limit(1).first()
    if oldest:
        raise TooMany(int(oldest.at + ATTEMPTS_WINDOW - now) + 1)


def _forget_attempts(account, address):
    """Those of the owner alone: whoever tries elsewhere gains nothing by it."""
    owner = (LoginAttempt.account == account) & (LoginAttempt.address == address)
    with db.atomic():
        LoginAttempt.delete().where(owner).execute()


def _renew_hash(person, password):
    """Hash with today's parameters, unless the password was changed meanwhile."""
    renewed = passwords.make(password)
    with db.atomic():
        (Person.update(password_hash=renewed)
         .where(Person.id == person.id, Person.password_hash == person.password_hash).execute())
    person.password_hash = renewed
