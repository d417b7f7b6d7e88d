"""The page on which admins say how the site is called and what stands where, and its logo."""
import bottle

from kuma_lite import chosen, web
from kuma_lite.config import settings
from kuma_lite.site import actions
from kuma_lite.site.models import Picture, stands
from kuma_lite.web import assets, session
from kuma_lite.web.forms import LINE
from kuma_lite.wiki import access, protection
from kuma_lite.wiki.lookups import NUMBER
from kuma_lite.wiki.models import Page

app = bottle.Bottle()

HERE = '/site'
SUGGESTED = 200                 # pages
UPLOAD = 1024 * 1024            # bytes of the form; a file that is a little too large is told so by name
KINDS = {'png': 'image/png', 'jpg': 'image/jpeg', 'gif': 'image/gif', 'webp': 'image/webp'}


@app.get(HERE)
def site():
    access.require(session.person(), access.ADMIN)
    return _page()


@app.post(HERE)
def choose():
    access.require(session.person(), access.ADMIN)
    typed = {key: web.line(key, limit=LINE) for key in chosen.OFFERED}
    base = web.whole(web.line('base'), 'base')
    try:
        changed = actions.choose(_open_to_choice(typed), session.person(), base)
    except actions.Refused as refusal:
        return _page(409 if isinstance(refusal, actions.Changed) else 422, typed, str(refusal))
    return web.see_other(HERE, notice='Saved.' if changed else 'It was so already.')


@app.post(f'{HERE}/logo', body=UPLOAD, files=True)
def upload():
    access.require(session.person(), access.ADMIN)
    words = web.line('words', limit=actions.WORDS_LIMIT)
    try:
        actions.set_logo(web.file('logo'), words, session.person())
    except actions.Refused as refusal:
        return _page(422, logo_error=str(refusal), words=words)
    return web.see_other(HERE, notice='This is the logo now.')


@app.post(f'{HERE}/logo/remove')
def remove():
    access.require(session.person(), access.ADMIN)
    actions.remove_logo(session.person())
    return web.see_other(HERE, notice='The wiki shows its own logo again.')


@app.post(f'{HERE}/choices/{NUMBER}/undo')
def undo(number):
    access.require(session.person(), access.ADMIN)
    try:
        choice = actions.take_back(int(number), session.person())
    except actions.Refused as refusal:
        raise web.Refused(409 if isinstance(refusal, actions.Changed) else 404, str(refusal)) from None
    return web.see_other(HERE, notice=f'Taken back: {actions.TITLES[choice.key]} is as it was before.')


@app.get('/logo/<file:re:[0-9a-f]{16}[.][a-z]{3,4}>')
def logo(file):
    """For everybody: it stands on the page where people log in, too."""
    picture = Picture.get_or_none(Picture.file == file)
    if picture is None:
        raise web.NotFound('There is no such logo any more.')
    return bottle.HTTPResponse(bytes(picture.data), headers={
        'Content-Type': KINDS[file.rpartition('.')[2]], 'Cache-Control': assets.FOREVER,
        'Content-Security-Policy': "default-src 'none'; sandbox"})


def _open_to_choice(typed):
    """What was typed, without the settings about which the environment or a flag has the last word."""
    forced = _forced()
    for key, place in forced.items():
        if typed[key] != getattr(settings.site, key):
            raise actions.Refused(f'{place} says what “{key}” is; to choose it here, take that away and '
                                  'start the wiki again.')
    return {key: value for key, value in typed.items() if key not in forced}


def _forced():
    """{key: the variable or flag that says so}"""
    return {key: settings.forced[option.section, key] for key, option in chosen.OFFERED.items()
            if (option.section, key) in settings.forced}


def _page(status=200, typed=None, error='', logo_error='', words=None):
    person = session.person()
    typed = typed or {key: getattr(settings.site, key) for key in chosen.OFFERED}
    pages = Page.listed().where(protection.readable(person)).limit(SUGGESTED)
    there = {key: bool(typed[key]) and stands(typed[key]) for key in typed if key != 'name'}
    return web.page('site/page.html', status, typed=typed, there=there, forced=_forced(), own=chosen.own,
                    base=actions.state(), pages=[page.path for page in pages], error=error,
                    logo_error=logo_error, words=words, most=actions.NAME_LIMIT,
                    most_words=actions.WORDS_LIMIT, size=actions.LOGO_LIMIT // 1024)
