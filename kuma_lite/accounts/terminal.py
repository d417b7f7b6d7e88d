"""What can be typed behind the command user, and what it prints."""
import getpass
import json
import sys

from kuma_lite.accounts import actions, second_factor, sessions
from kuma_lite.accounts.models import ROLES, Person


class Failed(Exception):
    """The password that was typed cannot be taken; the message is a sentence."""


VERBS = [      # verb, help
    ('add', 'make an account; asks for the password'),
    ('list', 'list all accounts'),
    ('password', 'change a password; asks for it'),
    ('role', 'change a role'),
    ('token', 'make a token for the API and print it'),
    ('one-factor', 'no codes any more for who lost the app'),
]


def add_arguments(added):
    """`added` is {verb: its parser}."""
    for verb, command in added.items():
        if verb != 'list':
            command.add_argument('name')
    added['add'].add_argument('--role', choices=ROLES, default='editor', help='default: editor')
    added['add'].add_argument('--email', required=True)
    added['list'].add_argument('--json', action='store_true', help='as JSON, for programs')
    added['role'].add_argument('role', choices=ROLES)


def run(args, table, typed):
    """`table` prints columns and rows; `typed` is how this program is called."""
    if args.verb == 'list':
        return _list(args.json, table, typed)
    return RUN[args.verb](args)


def _add(args):
    person = actions.create_person(args.name, args.email, args.role, _new_password())
    print(f'{person.name} has an account now, as {person.role}.')


def _list(as_json, table, typed):
    people = [{key: getattr(person, key) for key in ('name', 'role', 'email', 'active')}
              for person in Person.by_key()]
    if as_json:
        print(json.dumps(people, indent=2, ensure_ascii=False))
    elif people:
        table(list(people[0]), [[_yes_no(value) for value in person.values()] for person in people])
    else:
        print(f'There are no accounts yet; make one: {typed} user add NAME --role admin --email ADDRESS')


def _yes_no(value):
    return {True: 'yes', False: 'no'}.get(value, value)


def _password(args):
    person = actions.find_person(args.name)
    actions.set_password(person, _new_password())
    print(f'{person.name} has a new password; who was logged in with the old one is logged out.')


def _role(args):
    person = actions.find_person(args.name)
    actions.set_role(person, args.role)
    print(f'{person.name} is {args.role} now.')


def _token(args):
    print(sessions.create_token(actions.find_person(args.name), 'made on the command line'))


def _one_factor(args):
    person = actions.find_person(args.name)
    was_on = second_factor.turn_off(person)
    print(f'{person.name} logs in with the password alone{"" if was_on else ", as before"}.')


RUN = {'add': _add, 'password': _password, 'role': _role, 'token': _token, 'one-factor': _one_factor}


def _new_password():
    """Typed twice on a terminal; elsewhere the first line of standard input. Never an argument:
    those can be seen by everybody on the machine."""
    if not sys.stdin.isatty():
        return _first_line(sys.stdin)
    password = getpass.getpass('Password: ')
    if password != getpass.getpass('The same again: '):
        raise Failed('The two passwords differ; nothing was changed.')
    return password


def _first_line(stream):
    try:
        return stream.readline().rstrip('\r\n')
    except UnicodeDecodeError:
        raise Failed('The password on standard input is not UTF-8 text.') from None
