"""The settings: one table of them, and the three places a value can come from.

A flag beats an environment variable (`KUMA_<SECTION>_<KEY>`), which beats config.ini, which
beats the default. Nothing is read until `load()` is called. Some can also be chosen on the web, which
beats config.ini alone: see `chosen.py`.
"""
import configparser
import ipaddress
import os
import re
from types import SimpleNamespace
from typing import NamedTuple
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from redis.connection import parse_url


class ConfigError(Exception):
    """A setting that cannot be used; the message says where it stands and what to do."""


class Option(NamedTuple):
    section: str
    key: str
    default: object
    help: str
    choices: tuple = ()
    least: float = None
    secret: bool = False
    on_web: bool = False        # admins can choose it on the page /site

    @property
    def variable(self):
        return f'KUMA_{self.section}_{self.key}'.upper()


OPTIONS = [
    Option('site', 'name', 'Kuma Lite', 'The name in the header, in page titles and in mails. What an admin '
           'chooses on the page /site beats what stands here; the same holds for home, sidebar and help.',
           on_web=True),
    Option('site', 'base_url', '', 'The address people use, such as https://wiki.example.org; links in '
           'mails start with it. Empty: http://host:port of [server].'),
    Option('site', 'home', 'Home', 'The path of the page that / shows.', on_web=True),
    Option('site', 'sidebar', '', 'The path of a page that is shown beside every page; empty: none.',
           on_web=True),
    Option('site', 'help', '', 'The path of the page that explains how to write; empty: the one that comes '
           'with the wiki.', on_web=True),
    Option('site', 'timezone', 'UTC', 'The time zone of dates and of tasks at fixed hours.'),
    Option('site', 'read', 'everyone', 'Who may read.', ('everyone', 'members', 'editors')),
    Option('site', 'edit', 'editors', 'Who may edit.', ('everyone', 'members', 'editors')),
    Option('server', 'host', '127.0.0.1', 'The address to listen on.'),
    Option('server', 'port', 8000, 'The port to listen on.', least=0),
    Option('server', 'threads', 8, 'Threads that answer requests.', least=1),
    Option('server', 'proxy', '', 'Reverse proxies whose word counts on who asks (X-Forwarded-For, '
           'X-Forwarded-Proto): addresses or networks, such as 127.0.0.1, 10.1.0.0/16. Empty: nobody\'s.'),
    Option('server', 'data', 'data', 'The folder of everything worth keeping.'),
    Option('redis', 'url', '', 'An external server, redis://… or unix://…; empty: our own Valkey.'),
    Option('tasks', 'immediate', False, 'Run tasks right after the commit, in the request (for tests).'),
    Option('tasks', 'workers', 4, 'Worker threads: 1 is good for debugging, the number of CPUs for speed.',
           least=1),
    Option('tasks', 'keep_done', 14, 'Days that done and cancelled tasks are kept; the others stay until '
           'somebody acts.',
           least=1),
    Option('tasks', 'shutdown_timeout', 25, 'Seconds that running tasks get to finish when the site stops.',
           least=0),
    Option('mail', 'host', '', 'The SMTP server. Empty: mails become files in data/outbox.'),
    Option('mail', 'port', 25, 'Its port.', least=1),
    Option('mail', 'security', 'none', 'How the connection is protected.', ('none', 'starttls', 'tls')),
    Option('mail', 'user', '', 'The name to log in with; empty: no log-in.'),
    Option('mail', 'password', '', 'Its password.', secret=True),
    Option('mail', 'sender', 'wiki@localhost', 'The From address of every mail.'),
    Option('mail', 'timeout', 20, 'Seconds to wait for the SMTP server.', least=1),
    Option('mail', 'keep_sent', 30, 'Days that a mail is kept after it was sent, to be looked up.', least=1),
    Option('mail', 'keep_failed', 180, 'The same for one that was refused or given up.', least=1),
    Option('spam', 'mode', 'on', 'What becomes of an edit that looks like spam. on: it is refused; training: '
           'it is saved, and moderators say whether it was spam; off: nothing is checked.',
           ('on', 'training', 'off')),
    Option('spam', 'links', 10, 'Links to other sites that one edit may add.', least=0),
    Option('spam', 'new_links', 3, 'The same for a new account, or for none.', least=0),
    Option('spam', 'new_days', 3, 'An account is new for so many days', least=0),
    Option('spam', 'new_edits', 5, 'and until so many of its edits are saved.', least=0),
    Option('spam', 'repeats', 3, 'Times a day that the same text may be added, by anybody.', least=1),
    Option('spam', 'flood', 20, 'Edits a minute from one account or address.', least=1),
    Option('spam', 'threshold', 95, 'Of 100, how sure the classifier must be that an edit is spam. It learns '
           'from what moderators say, and begins when they have judged 20 edits of each kind.', least=50),
    Option('spam', 'akismet_key', '', 'The key of an Akismet account; empty: Akismet is not asked.',
           secret=True),
    Option('spam', 'akismet_url', 'https://rest.akismet.com/1.1', 'Where Akismet is.'),
    Option('spam', 'approve_first', 0, 'The first edits of an account, or without one of a network address, '
           'that wait until a moderator has let them through, whatever the mode.', least=0),
    Option('spam', 'keep_days', 30, 'Days that the text of a refused edit is kept.', least=1),
    Option('moderation', 'public_log', False,
           'Whether everybody who may read the wiki may read the log of what moderators did.'),
    Option('accounts', 'signup', 'closed', 'Whether people can make an account themselves. closed: an admin '
           'makes accounts; approval: a moderator looks at each; open: everybody can.',
           ('closed', 'approval', 'open')),
    Option('accounts', 'confirm', True, 'Whether they first have to follow a link that is mailed to their '
           'address. Without [mail] host it becomes a file in data/outbox, and moderators let people in at '
           '/signups.'),
    Option('accounts', 'signup_role', 'editor', 'What they are then.', ('reader', 'editor')),
    Option('accounts', 'signup_limit', 5, 'Accounts a day that can be asked for from one network address.',
           least=1),
    Option('privacy', 'keep_addresses', 30, 'Days that the network address is kept from which an edit came, '
           'and bans of addresses after their end.', least=1),
    Option('limits', 'page', 400, 'Pages a minute for one account, or one address; 0 here and below: no '
           'limit.', least=0),
    Option('limits', 'edit', 60, 'Edits a minute, and whatever else changes something.', least=0),
    Option('limits', 'lists', 40, 'Lists a minute: all pages, recent changes, tags, feeds.', least=0),
    Option('limits', 'search', 25, 'Searches a minute.', least=0),
    Option('limits', 'history', 20, 'Histories of pages a minute.', least=0),
    Option('limits', 'revision', 15, 'Old revisions a minute.', least=0),
    Option('limits', 'compare', 15, 'Comparisons a minute.', least=0),
    Option('backup', 'keep', 7, 'Backups of the last nights that are kept in data/backups; 0: none are made.',
           least=0),
    Option('log', 'level', 'info', 'How much is logged.', ('debug', 'info', 'warning', 'error')),
    Option('log', 'format', 'text', 'Lines for people, or one JSON object a line.', ('text', 'json')),
]
TABLE = {(option.section, option.key): option for option in OPTIONS}
SECTIONS = {option.section for option in OPTIONS}


class Settings:
    """Every setting as `settings.section.key`; starts with the defaults."""

    def __init__(self):
        self.forced = {}    # {(section, key): the variable or flag that says so}
        for option in OPTIONS:
            self._set(option, option.default)

    def _set(self, option, value):
        if not hasattr(self, option.section):
            setattr(self, option.section, SimpleNamespace())
        setattr(getattr(self, option.section), option.key, value)

    def replace(self, other):
        """Take over every value of another Settings, in place."""
        self.forced = dict(other.forced)
        for option in OPTIONS:
            self._set(option, getattr(getattr(other, option.section), option.key))


settings = Settings()    # the ones in force; `app.configure()` fills them


def load(path=None, environ=None, flags=None):
    """Read settings from a file, the environment and `{(section, key): value}` flags.

    `path` None means ./config.ini if there is one. Returns a Settings; raises ConfigError.
    """
    found = Settings()
    for (section, key), (text, place) in _texts(path, os.environ if environ is None else environ).items():
        option = TABLE[section, key]
        found._set(option, _convert(option, text, place))
        if place.startswith(option.variable):
            found.forced[section, key] = place
    for (section, key), value in (flags or {}).items():
        option = TABLE[section, key]
        found._set(option, _convert(option, str(value), f'--{key}'))
        found.forced[section, key] = f'--{key}'
    return found


def _texts(path, environ):
    """`{(section, key): (text, where it stands)}` of the file and the environment."""
    texts = _from_file(path)
    _check_variables(environ)
    for option in OPTIONS:
        name = option.variable
        if name in environ:
            texts[option.section, option.key] = (environ[name], name)
        elif option.secret and f'{name}_FILE' in environ:
            texts[option.section, option.key] = (_secret(environ[f'{name}_FILE']), f'{name}_FILE')
    return texts


def _check_variables(environ):
    """Refuse a variable of one of our sections that names no setting: it is misspelt."""
    known = {option.variable for option in OPTIONS} | {f'{option.variable}_FILE' for option in OPTIONS
                                                       if option.secret}
    for name in environ.keys() - known:
        kuma, _, rest = name.partition('_')
        section, _, key = rest.lower().partition('_')
        if kuma == 'KUMA' and section in SECTIONS:
            raise ConfigError(f'{name}: [{section}] has no setting "{key}".')


def _secret(path):
    try:
        with open(path, encoding='utf-8') as file:
            return file.read().strip()
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f'The secret in {path} cannot be read: {error}.') from None


def _from_file(path):
    if path is None and not os.path.exists('config.ini'):
        return {}
    path = path or 'config.ini'
    try:
        with open(path, encoding='utf-8-sig') as file:
            lines = file.read().splitlines()
    except UnicodeDecodeError:
        raise ConfigError(f'{path} is not UTF-8 text; save it as UTF-8.') from None
    except OSError as error:
        raise ConfigError(f'{path} cannot be read: {error.strerror}.') from None
    parser = configparser.ConfigParser(interpolation=None, default_section=None)
    try:
        parser.read_string('\n'.join(lines), source=str(path))
    except configparser.Error as error:
        raise ConfigError(f'{path} line {_complaint(error)}') from None
    return {(section, key): (text, f'{path} line {_line(lines, section, key)}')
            for section in parser.sections() for key, text in _known(parser, section, path, lines)}


def _complaint(error):
    """The number of the line and what is wrong there, for an error of configparser."""
    if isinstance(error, configparser.DuplicateOptionError):
        return f'{error.lineno}: [{error.section}] has "{error.option}" a second time; remove one of the two.'
    if isinstance(error, configparser.DuplicateSectionError):
        return f'{error.lineno}: [{error.section}] begins a second time; make one section of the two.'
    if isinstance(error, configparser.MissingSectionHeaderError):
        return f'{error.lineno}: a setting stands below the name of its section, such as [site].'
    return f'{error.errors[0][0]}: a setting is written as "name = value".'


def _known(parser, section, path, lines):
    if section not in SECTIONS:
        raise ConfigError(f'{path} line {_line(lines, section)}: there is no section [{section}].')
    for key, text in parser.items(section):
        if (section, key) not in TABLE:
            raise ConfigError(f'{path} line {_line(lines, section, key)}: '
                              f'[{section}] has no setting "{key}".')
        yield key, text


def _line(lines, section, key=None):
    """The number of the line on which a section or one of its keys stands."""
    inside = False
    for number, line in enumerate(lines, 1):
        text = line.strip()
        if text.startswith('['):
            inside = text.startswith(f'[{section}]')
            if inside and key is None:
                return number
        elif inside and text.replace(':', '=').split('=')[0].strip().lower() == key:
            return number
    return 0


def _convert(option, text, place):
    try:
        value = _as_type(option, text.strip())
    except ValueError as error:
        raise ConfigError(f'{place}: [{option.section}] {option.key} {error}, '
                          f'not "{_without_password(text)}".') from None
    return value


def _as_type(option, text):
    if isinstance(option.default, bool):
        values = {'yes': True, 'true': True, 'on': True, '1': True,
                  'no': False, 'false': False, 'off': False, '0': False}
        if text.lower() not in values:
            raise ValueError('is yes or no')
        return values[text.lower()]
    if isinstance(option.default, int):
        return _number(option, text)
    if option.choices and text not in option.choices:
        raise ValueError(f'is one of {", ".join(option.choices)}')
    shape = SHAPES.get(f'{option.section}.{option.key}')
    return shape(text) if shape and text else text


def _number(option, text):
    try:
        value = int(text)
    except ValueError:
        raise ValueError('is a whole number') from None
    if value < option.least:
        raise ValueError(f'is at least {option.least}')
    if option.key == 'port' and value > 65535:
        raise ValueError('is at most 65535')
    return value


def _without_password(text):
    return re.sub('//.*@', '//…@', text)


def _zone(text):
    try:
        ZoneInfo(text)
    except (KeyError, ValueError, OSError):
        raise ValueError('is a time zone such as Europe/Berlin') from None
    return text


def _base_url(text):
    """An address without a slash at its end: the site stands at the root of a host."""
    try:
        parts = urlsplit(text)
        good = parts.scheme in ('http', 'https') and parts.hostname and parts.port != 0
    except ValueError:
        good = False
    if not good or parts.path not in ('', '/') or not re.fullmatch(r'[^\s?#@]+', text):
        raise ValueError('is an address such as https://wiki.example.org, with nothing behind the host')
    return text.rstrip('/')


def _endpoint(text):
    if not re.fullmatch(r'https?://[^\s?#@]+', text):
        raise ValueError('is an address such as https://rest.akismet.com/1.1')
    return text.rstrip('/')


def _mail_address(text):
    if not re.fullmatch(r'[^\s@<>(),;:"]+@[^\s@<>(),;:"]+', text):
        raise ValueError('is a mail address such as wiki@example.org')
    return text


def _redis_url(text):
    try:
        parse_url(text)
    except ValueError:
        raise ValueError('is an address such as redis://localhost:6379/0 or unix:///run/redis.sock') from None
    return text


def _proxies(text):
    try:
        networks = [ipaddress.ip_network(one.strip()) for one in text.split(',')]
    except ValueError:
        networks = []
    if not networks or any(network.prefixlen == 0 for network in networks):     # that would be everybody
        raise ValueError('is a list of addresses or networks such as 127.0.0.1, 10.1.0.0/16')
    return text


SHAPES = {'site.base_url': _base_url, 'server.proxy': _proxies, 'site.timezone': _zone,
          'redis.url': _redis_url, 'mail.sender': _mail_address, 'spam.akismet_url': _endpoint}
