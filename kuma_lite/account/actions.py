"""A new password for those who forgot theirs, of which nobody learns who has an account; and what people
change about their own account, for which they say their password once more."""
from peewee import fn

from kuma_lite import clock, db, events, generations, text
from kuma_lite.account import links, tasks
from kuma_lite.account.models import ADDRESS, RECOVER, new_salt
from kuma_lite.accounts import actions as accounts
from kuma_lite.accounts import rules, second_factor, sessions
from kuma_lite.accounts.models import ApiToken, FormerName, Person
from kuma_lite.accounts.rules import Invalid
from kuma_lite.mail import actions as mailing
from kuma_lite.web import ratelimits, windows
from kuma_lite.wiki import tasks as wiki_tasks

HOUR, DAY = 3600, 86400
ASKED = 20              # times an hour that one network address may ask
LATER = 2               # seconds until its mail is made
ADDRESSES = 3           # addresses an hour that a person may have mailed
RENAMED = 30 * DAY      # a name stays so long before the next one
TOKENS = 20             # of one person
LABEL_LIMIT = 60        # characters
NOT_YOURS = 'That is not your password.'


class TooMany(Exception):
    """So many from this address that it has to wait; `.seconds`."""

    def __init__(self, seconds):
        super().__init__(seconds)
        self.seconds = seconds


class Gone(Exception):
    """The link does not work, or not any more."""


def ask_for_recovery(words, address):
    """Mail a link to whoever has this name or mail address. The same is done where nobody has. Raises
    TooMany."""
    wait = windows.count_write(f'recovery from {ratelimits.network(address)}', ASKED, HOUR)
    if wait:
        raise TooMany(wait)
    with db.atomic():
        # A little later, so that what it does cannot be felt in the time of this answer.
        tasks.mail_recovery.schedule([_meant(words), new_salt()], delay=LATER)


def _meant(words):
    """The ids of the accounts of this name or address."""
    known = (Person.key == rules.name_key(words)) | (fn.LOWER(Person.email) == words.lower())
    meant = Person.select(Person.id).where(known, Person.email != '').order_by(Person.id)
    return [number for number, in meant.limit(10).tuples()]


def recover(words, password):
    """Choose a new password by a mailed link; all sessions and API tokens end. Returns the Person.

    Raises Gone, and Invalid, after which the link still works.
    """
    link = links.find(RECOVER, words)
    if link is None:
        raise Gone()
    stored = accounts.hashed(link.person, password)
    with db.atomic():
        link = links.use(RECOVER, words)
        if link is None:        # somebody was faster
            raise Gone()
        accounts.put_password(link.person, stored)
        sessions.end_everything(link.person)
        tasks.tell_password_changed(link.person_id, clock.now(), True)
    return link.person


def rename(person, name, password):
    """Another name, beside what is written already, too. Raises Invalid and accounts.TooMany."""
    name = rules.name(name, person.role)
    if name == person.name:
        raise Invalid('This is your name already.')
    _prove(person, password)
    lately = FormerName.select().where(FormerName.person == person, FormerName.at > clock.now() - RENAMED)
    with db.atomic():       # of ten at the same moment one finds that there is none
        if lately.exists():
            raise Invalid('You have changed your name in the last 30 days; please wait with the next one.')
        old = person.name
        accounts.rename(person, name)
        tasks.tell_renamed(person.id, old, clock.now())
        _tell_readers(person)


def ask_for_address(person, email, password):
    """Mail a link to a new address; until it is followed the old one holds. Raises Invalid and
    accounts.TooMany."""
    email = rules.email(email)
    if email == person.email:
        raise Invalid('This is your address already.')
    _prove(person, password)
    if windows.count_write(f'address of {person.id}', ADDRESSES, HOUR):
        raise Invalid('You have asked for this some times already; please wait for an hour.')
    with db.atomic():
        _check_still_proved(person)
        link = links.make(person, ADDRESS, email, new_salt())
        tasks.mail_address_link(link.id)


def confirm_address(words):
    """From now on mails go to the address to which this link was sent. Returns the Person. Raises Gone."""
    with db.atomic():
        link = links.use(ADDRESS, words)
        if link is None:
            raise Gone()
        person, old = link.person, link.person.email
        accounts.set_email(person, link.email)
        tasks.tell_address_changed(person.id, old, clock.now())
    return person


def choose_zone(person, words):
    """From now on the person reads times in this time zone; '': in that of the site. Raises Invalid."""
    found = text.zones().get(words.casefold()) if words else ''
    if found is None:
        raise Invalid(f'“{words[:60]}” is no time zone. Please choose one of the list, such as '
                      'Europe/Berlin.')
    with db.atomic():
        accounts.set_timezone(person, found)
        events.emit(events.zone_changed, person)


def change_password(person, old, new, session):
    """Every session but the one with this token ends. Raises Invalid and accounts.TooMany."""
    _prove(person, old)
    stored = accounts.hashed(person, new)
    with db.atomic():
        _check_still_proved(person)
        accounts.put_password(person, stored, keep=session)
        tasks.tell_password_changed(person.id, clock.now(), False)


def turn_on_factor(person, password, secret, code):
    """Returns the recovery codes. Raises Invalid and accounts.TooMany."""
    if second_factor.is_on(person):
        raise Invalid('The second factor is on already.')
    _prove(person, password)
    with db.atomic():
        _check_still_proved(person)
        codes = second_factor.turn_on(person, secret, code)
        tasks.tell_factor(person.id, clock.now(), True)
    return codes


def turn_off_factor(person, password, code):
    """Raises Invalid, accounts.TooMany and second_factor.TooMany."""
    _prove(person, password, code)
    with db.atomic():
        second_factor.turn_off(person)
        tasks.tell_factor(person.id, clock.now(), False)


def new_codes(person, password, code):
    """New recovery codes instead of those before. Raises Invalid, accounts.TooMany, second_factor.TooMany."""
    _prove(person, password, code)
    return second_factor.replace_codes(person)


def make_token(person, label, password):
    """A token for the API: its text, which nobody can look up later. Raises Invalid and accounts.TooMany.

    It outlives sessions and passwords, so a browser that somebody left open must not be enough for one.
    """
    if not label or len(label) > LABEL_LIMIT:
        raise Invalid(f'Please say in 1 to {LABEL_LIMIT} characters what the token is for.')
    _prove(person, password)
    with db.atomic():       # or ten at the same moment would each find room
        _check_still_proved(person)
        if ApiToken.select().where(ApiToken.person == person).count() >= TOKENS:
            raise Invalid(f'You have {TOKENS} tokens already; revoke one that is not used any more.')
        return sessions.create_token(person, label)


def leave(person, password, keep_name):
    """Close the account for good. What was written stays, under the name or as “Former member 12”. Raises
    Invalid and accounts.TooMany."""
    _prove(person, password)
    with db.atomic():
        _check_still_proved(person)
        address = person.email
        accounts.close(person, '' if keep_name else f'Former member {person.id}')
        links.void(person)
        if address and not Person.select().where(fn.LOWER(Person.email) == address.lower()).exists():
            mailing.withdraw(address, 'The account was closed.')
        tasks.tell_left(address, clock.now())
        events.emit(events.person_left, person)
        _tell_readers(person)


def _prove(person, password, code=None):
    if not accounts.knows_password(person, password):
        raise Invalid(NOT_YOURS)
    if code is not None and not second_factor.accepts(person, code):
        raise Invalid('That code does not count: it is wrong, too old, or was used.')


def _check_still_proved(person):
    """In the transaction: whoever lost the password to a thief, and chose another one while it was looked at,
    has shut the thief out."""
    if not person.has_same_password():
        raise Invalid(NOT_YOURS)


def _tell_readers(person):
    """Names stand on pages, in lists and in the bars of contributors."""
    generations.bump(generations.EVERYTHING)
    wiki_tasks.refresh_bars(person.id)
