"""Templates by name, never by text: Bottle would run a text as a program.

`{{value}}` escapes. `{{!value}}` does not, and is for HTML that `markup` or a helper below made.
"""
import functools
import re
from html import escape
from pathlib import Path
from urllib.parse import quote

import bottle

from kuma_lite import chosen, clock, text
from kuma_lite.config import settings
from kuma_lite.web import addresses, assets, csrf, menu, session

FOLDER = Path(__file__).parents[1] / 'templates'


def render(name, /, **values):
    """The HTML of templates/NAME, with `values` and the helpers that every template knows."""
    return _template(name).render({**_helpers(), **values})


def render_for_mail(name, /, **values):
    """The same where nobody asks: for mails. Nothing about a person, and no form."""
    return _template(name).render({**_site_helpers(), **values})


@functools.cache
def _template(name):
    if not re.fullmatch(r'[a-z_]+(/[a-z_]+)?\.(html|txt)', name):
        raise ValueError(f'{name[:80]!r} is not the name of a template.')
    return bottle.SimpleTemplate(name=name, lookup=[str(FOLDER)])


def _helpers():
    return {
        **_site_helpers(),
        'exact': exact,
        'when': when,
        'person': session.person(),
        'csrf_field': csrf.field,
        'login_address': session.login_address,
        'waits_behind': menu.waiting,
    }


def _site_helpers():
    return {
        'site': settings.site,
        'logo': chosen.logo(),
        'public_log': settings.moderation.public_log,
        'can_sign_up': settings.accounts.signup != 'closed',
        'asset': assets.asset,
        'quote': quote,
        'docs_url': addresses.docs_url,
        'with_query': addresses.with_query,
        'absolute': addresses.absolute,
        'ago': ago,
        'exact': lambda then: text.exact(then, settings.site.timezone),
    }


def zone():
    """The name of the time zone in which whoever asks reads times."""
    person = session.person()
    return person.zone if person else settings.site.timezone


def ago(then):
    """A stored time as "3 minutes ago"."""
    return text.ago(then, clock.now())


def exact(then):
    """A stored time as "2026-11-22 14:03:05 CET", in the time zone of whoever asks."""
    return text.exact(then, zone())


def when(then):
    """A stored time as HTML: how long ago, with the exact time on hover and for programs."""
    return f'<time datetime="{text.iso(then)}" title="{escape(exact(then))}">{escape(ago(then))}</time>'
