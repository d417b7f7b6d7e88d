"""Choose, and take back. The caller has asked `access.may()`."""
import hashlib
import json

from kuma_lite import chosen, db, generations, text
from kuma_lite.config import settings
from kuma_lite.moderation import log
from kuma_lite.site import images
from kuma_lite.site.models import Picture, Setting

NAME_LIMIT, WORDS_LIMIT = 60, 120       # characters
LOGO_LIMIT = 256 * 1024                 # bytes
TITLES = {'name': 'the name of this site', 'home': 'the home page', 'sidebar': 'the sidebar',
          'help': 'the syntax help', 'logo': 'the logo'}


class Refused(ValueError):
    """It cannot be so; the message is a sentence for the person."""


class Changed(Refused):
    """Somebody has chosen something else meanwhile."""


def state():
    """A number that says what has been chosen up to now."""
    return Setting.select(Setting.id).order_by(Setting.id.desc()).limit(1).scalar() or 0


def choose(wanted, person, base):
    """Let these settings, {key: text}, be so from now on; returns whether that changes anything.

    What is the same as in config.ini follows config.ini, and so does an empty name or home page. `base` is
    the `state()` that the person saw. Raises Refused.
    """
    values = {key: _checked(key, value) for key, value in wanted.items()}
    with db.atomic():
        if state() != base:
            raise Changed('Another admin has changed something here in the meantime. Look at it, and send '
                          'this again if you still want it so.')
        changes = {key: value for key, value in values.items() if value != Setting.newest(key)}
        for key, value in changes.items():
            _write(key, value, person)
    return bool(changes)


def set_logo(data, words, person):
    """Show this picture, or, if there are no bytes, the same one with other words. Raises Refused."""
    if len(data) > LOGO_LIMIT:
        raise Refused(f'This file has {-(-len(data) // 1024):,} KB; {LOGO_LIMIT // 1024} KB fit. Save the '
                      'picture smaller: 200 pixels each way are plenty.')
    picture = _picture(data) if data else None
    with db.atomic():
        if picture:
            Picture.replace(picture.__data__).execute()
        else:
            picture = _shown()
        value = json.dumps([picture.file, picture.width, picture.height, words], ensure_ascii=False)
        if value != Setting.newest('logo'):
            _write('logo', value, person)


def remove_logo(person):
    """Show the one that comes with the wiki."""
    with db.atomic():
        if Setting.newest('logo') is not None:
            _write('logo', None, person)


def take_back(number, person):
    """Undo a choice, if nobody has chosen otherwise since; returns its Setting. Raises Refused."""
    with db.atomic():
        choice = Setting.get_or_none(Setting.id == number)
        if choice is None:
            raise Refused('There is no such choice.')
        last, *before = Setting.of(choice.key).limit(2)
        if last != choice:
            raise Changed(f'Somebody has changed {TITLES[choice.key]} since; look at it at /site.')
        log.undone('site', _subject(choice))
        _write(choice.key, before[0].value if before else None, person)
        return choice


def on_page_event(page, *about):
    """The listener for what comes to and goes from a path: it may be that of the sidebar."""
    path = settings.site.sidebar
    if path and text.path_key(page.path) == text.path_key(path):
        generations.bump(generations.EVERYTHING)


def _checked(key, value):
    """The value as it is kept; None for what config.ini says as well."""
    if key == 'name':
        _check_name(value)
    elif value:
        try:
            value = text.normalize_path(value)
        except ValueError as error:
            raise Refused(f'“{value}” is not the path of a page. {error}') from None
    if value == chosen.own(key) or (not value and key in ('name', 'home')):
        return None
    return value


def _check_name(value):
    if len(value) > NAME_LIMIT:
        raise Refused(f'This name has {len(value)} characters; {NAME_LIMIT} fit.')
    if not value.isprintable():
        raise Refused('This name holds characters that nobody sees; type it anew.')


def _picture(data):
    try:
        image = images.read(data)
    except images.NoPicture as error:
        raise Refused(str(error)) from None
    file = f'{hashlib.sha256(image.data).hexdigest()[:16]}.{image.extension}'
    return Picture(file=file, width=image.width, height=image.height, data=image.data)


def _write(key, value, person):
    """One choice, with its line in the log; in the caller's transaction."""
    before = Setting.of(key).first()
    choice = Setting.create(key=key, value=value, person=person)
    if before:
        log.final('site', _subject(before))
    if key == 'logo':
        _forget_pictures()
    log.write(person, 'site', _subject(choice), TITLES[key], _said(key, before and before.value, value),
              {'words': 'Take it back', 'post': f'/site/choices/{choice.id}/undo'})
    generations.bump(generations.EVERYTHING)


def _shown():
    """The Picture that is the logo now."""
    value = Setting.newest('logo')
    if value is None:
        raise Refused('Please choose a file.')
    return Picture.get_by_id(_file(value))


def _forget_pictures():
    """Only the last two choices can still be shown: the one that counts, and the one before it."""
    kept = [_file(row.value) for row in Setting.of('logo').limit(2) if row.value]
    Picture.delete().where(Picture.file.not_in(kept)).execute()


def _file(value):
    """The name of the picture that a choice of a logo means, or None."""
    return json.loads(value)[0] if value else None


def _subject(choice):
    return f'setting:{choice.id}'


def _said(key, before, after):
    """What a line of the log says: “Kuma Lite” → “Tea”."""
    if key == 'logo':
        same = _file(before) == _file(after)
        return 'removed' if after is None else 'other words' if same else 'another picture'
    return ' → '.join(_quoted(chosen.own(key) if value is None else value) for value in (before, after))


def _quoted(value):
    return f'“{value}”' if value else 'none'
