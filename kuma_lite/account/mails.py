"""The mails about one's own account."""
from kuma_lite import text
from kuma_lite.config import settings
from kuma_lite.mail import links
from kuma_lite.mail.actions import Recipient, post
from kuma_lite.web import absolute

RECOVERY = """Hello {name},

somebody, we hope it was you, asked for a new password for your account on {site}. Choose it here:
{link}

The link works once, until {end}.

If it was not you, you need not do anything: the password stays as it is.
"""
PASSWORD = """Hello {name},

the password of your account on {site} was changed just now{how}.

If it was not you, choose a new one at once:
{forgotten}
"""
BY_MAIL = ' with a link that was mailed to you; every session and every API token has ended'
ADDRESS = """Hello {name},

you asked for mails from {site} to go to this address. If that is right, say so here:
{link}

The link works once, until {end}. Until then nothing changes.

If it was not you, somebody mistyped an address: you need not do anything.
"""
MOVING = """Hello {name},

somebody who knows your password, we hope it was you, asked for mails from {site} to go to another address:
{email}

If it was not you, choose a new password at once, and nothing changes:
{forgotten}
"""
MOVED = """Hello {name},

mails from {site} go to another address of yours from now on; this is the last one to this address.

If it was not you who changed it, ask an admin of the wiki to help: with the address somebody can change the
password.
"""
RENAMED = """Hello {name},

the name of your account on {site} was changed just now; it was {old}. You log in with the new one.

If it was not you, choose a new password at once:
{forgotten}
"""
LEFT = """Hello,

your account on {site} was closed just now, by somebody who knows its password, and cannot be opened again.
This is the last mail to this address.

If it was not you, tell an admin of the wiki.
"""
FACTOR = """Hello {name},

the second factor of your account on {site} was turned {state} just now{meaning}.

If it was not you, choose a new password at once:
{forgotten}
"""
FACTOR_ON = ': each log-in asks for a code of your authenticator app'
FACTOR_OFF = ': the password is enough to log in'


def recovery(person, link):
    _post(f'recovery:{link.id}', 'A new password', link.email, link.sealed, RECOVERY, name=person.name,
          link=links.written('/recover', link.id), end=text.exact(link.ends_at, person.zone))


def password_changed(person, at, by_mail):
    _post(f'password:{person.id}:{at}', 'Your password was changed', person.email, '', PASSWORD,
          name=person.name, how=BY_MAIL if by_mail else '', forgotten=absolute('/login/forgotten'))


def address_link(link):
    """To the new address the link, and to the old one that it was asked for."""
    person = link.person
    _post(f'address:{link.id}', 'Is this your address?', link.email, link.sealed, ADDRESS, name=person.name,
          link=links.written('/confirm', link.id), end=text.exact(link.ends_at, person.zone))
    _post(f'moving:{link.id}', 'Another address for your account', person.email, '', MOVING,
          name=person.name, email=link.email, forgotten=absolute('/login/forgotten'))


def address_changed(person, old, at):
    _post(f'moved:{person.id}:{at}', 'Your address was changed', old, '', MOVED, name=person.name)


def renamed(person, old, at):
    _post(f'renamed:{person.id}:{at}', 'Your name was changed', person.email, '', RENAMED, name=person.name,
          old=old, forgotten=absolute('/login/forgotten'))


def left(address, at):
    _post(f'left:{address}:{at}', 'Your account was closed', address, '', LEFT)


def factor_changed(person, at, is_on):
    state = 'on' if is_on else 'off'
    _post(f'factor:{person.id}:{at}', f'The second factor was turned {state}', person.email, '', FACTOR,
          name=person.name, state=state, meaning=FACTOR_ON if is_on else FACTOR_OFF,
          forgotten=absolute('/login/forgotten'))


def _post(key, subject, address, sealed, words, **values):
    if address:
        post(key, f'[{settings.site.name}] {subject}', words.format(site=settings.site.name, **values),
             [Recipient(address)], sealed=sealed)
