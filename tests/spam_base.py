"""What tests of spam have in common: people who edit by the network, and one whom the wiki knows."""
import contextlib

from kuma_lite import clock
from kuma_lite.accounts.models import Person
from kuma_lite.queue import context
from kuma_lite.wiki import actions as wiki

LONG_AGO = 100 * 24 * 3600      # seconds


def link(number=0, host='pills.example'):
    return f'[cheap](https://{number}.{host}/x)'


def links(count):
    return ' '.join(link(number) for number in range(count))


def old_account(site, name='edda', edits=5):
    """Make it the account of somebody whom the wiki knows."""
    person = getattr(site.people, name)
    person.created_at = clock.now() - LONG_AGO
    person.save()
    for number in range(edits):
        site.page(f'Known/{name}_{number}', f'Known text {number}.', author=name)
    return person


def account(name, age=0):
    """A new editor, `age` seconds old."""
    return Person.create(name=name, key=name, email=f'{name}@example.org', role='editor', password_hash='',
                         created_at=clock.now() - age)


@contextlib.contextmanager
def by_network(address='192.0.2.1', cause='POST /docs/x$edit'):
    with context.use(request_id='test', address=address, cause=cause):
        yield


def edit(person, path, content, base='latest', address='192.0.2.1', **options):
    """An edit as it comes from a form; raises Suspected or Held."""
    with by_network(address):
        return wiki.save(path, path, content, person, base=base, address=address, **options)


def send(browser, path, content, **fields):
    """Save by the form; returns the answer."""
    form = browser.get(f'/docs/{path}$edit').forms['edit-form']
    for name, value in {'content': content, **fields}.items():
        form[name] = value
    return form.submit(expect_errors=True)
