"""The mails about accounts: welcome, and somebody waits."""
from kuma_lite.accounts.models import Person
from kuma_lite.config import settings
from kuma_lite.mail.actions import Recipient, post
from kuma_lite.web import absolute

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
