"""The mails about accounts: is this your address, welcome, and somebody waits."""
from peewee import fn

from kuma_lite import text
from kuma_lite.accounts.models import Person
from kuma_lite.config import settings
from kuma_lite.mail import links
from kuma_lite.mail.actions import Recipient, post
from kuma_lite.web import absolute

# Without the name that was typed: this mail goes to addresses that anybody may type.
LINK = """Hello,

somebody, we hope it was you, asked for an account on {site} with this address. If that is right, say so here,
with the password that you chose:
{link}

The link works once, until {end}.
{known}
If it was not you, somebody mistyped an address: you need not do anything, and nothing more comes of it.
"""
KNOWN = """
With this address you have an account already: {names}. If you have forgotten its password, choose a new one:
{forgotten}
"""
WELCOME = """Hello {name},

welcome to {site}. Your account is ready; log in here:
{login}

{may}

If it was not you who asked for this account, somebody mistyped an address: you need not do anything, and no
further mails come unless somebody with the password asks for them.
"""
MAY = {'reader': 'With it you can watch pages: each change of them is then mailed to you.',
       'editor': 'With it you can edit pages, and watch them: each change is then mailed to you.'}
WAITING = """Somebody asks for an account on {site}: {name}.

Those who wait, and what they say, are here:
{queue}

Until somebody has looked there no further mail comes, however many there are.
"""


def link(application):
    words = LINK.format(site=settings.site.name, link=links.written('/signup/confirm', application.id),
                        end=text.exact(application.ends_at, settings.site.timezone),
                        known=_known(application.email))
    post(f'signup:{application.id}:{application.at}', f'[{settings.site.name}] Is this your address?', words,
         [Recipient(application.email)], sealed=application.sealed)


def _known(address):
    """Nobody but the owner of the address reads that there is an account with it."""
    people = Person.by_key().where(fn.LOWER(Person.email) == address.lower(), Person.active).limit(10)
    names = ', '.join(person.name for person in people)
    return names and KNOWN.format(names=names, forgotten=absolute('/login/forgotten'))


def welcome(person):
    words = WELCOME.format(name=person.name, site=settings.site.name, login=absolute('/login'),
                           may=MAY.get(person.role, MAY['editor']))
    post(f'welcome:{person.id}', f'[{settings.site.name}] Welcome, {person.name}', words,
         [Recipient(person.email)])


def tell_moderators(application):
    words = WAITING.format(name=application.name, site=settings.site.name, queue=absolute('/signups'))
    people = Person.moderators()
    # With its time: the ids of those who were answered are given again.
    post(f'application:{application.id}:{application.at}',
         f'[{settings.site.name}] {application.name} asks for an account', words,
         [Recipient(person.email) for person in people])
