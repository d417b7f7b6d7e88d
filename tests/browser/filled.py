"""A wiki in which something has happened everywhere, so that each page has something to show."""
import contextlib

from kuma_lite import clock, queue
from kuma_lite.accounts import actions as accounts
from kuma_lite.config import settings
from kuma_lite.deletion import actions as deletion
from kuma_lite.mail.models import REFUSED, Delivery
from kuma_lite.moderation import actions as moderation
from kuma_lite.moderation.planning import Source
from kuma_lite.protection import actions as protection
from kuma_lite.queue import context, modes
from kuma_lite.queue.engine import engine
from kuma_lite.signup import actions as signup
from kuma_lite.spam import actions as spam
from kuma_lite.watch import actions as watching
from kuma_lite.wiki import actions as wiki
from kuma_lite.wiki.checks import Held, Suspected
from kuma_lite.wiki.models import Page, Revision

SETTINGS = {'KUMA_ACCOUNTS_SIGNUP': 'approval', 'KUMA_SPAM_APPROVE_FIRST': '1'}
TEXT = '''# Tea

## One

| a | wide | table | with | many | columns | that | go | on | and | on |
|---|---|---|---|---|---|---|---|---|---|---|
| some | cells | of | ordinary | length | and | then | a_very_long_word_without_any_space | more | x | y |

## Two

```python
def a_function_with_a_long_name(and_many_arguments, that_do_not_fit, on_a_phone): return "a long line of code"
```

## Three

https://example.org/an/address/that/is/much/longer/than/any/phone/is/wide/and/then/some/more

- [ ] a task
- [x] another
'''
SPAM = 'Cheap pills, and a_word_without_any_space_in_it_that_goes_on: ' + ' '.join(
    f'[cheap](https://pills-{number}.example/buy/now)' for number in range(5))


def fill(people):
    """Let it happen. Tasks run at once, but for those that wait."""
    modes.start_inline()
    ada, edda = people['Ada'], people['edda']
    write_pages(ada, edda)
    moderate(ada, *(accounts.create_person(name, f'{name}@example.org', 'editor', 'a quiet green lake')
                    for name in ('mallory', 'nora')))
    ask_for_accounts()
    fail()
    modes.settle()
    Delivery.update(state=REFUSED, last_words='550 5.1.1 <edda@example.org>: no such person here').where(
        Delivery.id == 1).execute()
    engine.bell = modes._nothing


def write_pages(ada, edda):
    wiki.save('Tea', 'Tea', TEXT, ada, words='Drinks')
    watching.watch(edda, Page.at('Tea'))
    wiki.save('Tea', 'Tea', TEXT.replace('another', 'one more'), ada, base='latest', comment='One more task')
    wiki.save('Tea/Green', 'Green tea', 'See [[Tea]] and [[Nowhere]].', edda)
    wiki.save('Home', 'Home', 'Welcome. [[Tea]]', ada)
    wiki.save('Old', 'Old', 'Over.', ada)
    old = Page.at('Old')
    deletion.delete(old.id, old.current_id, 'Nobody needs it any more.', ada)


def moderate(ada, mallory, nora):
    protection.protect('Home', protection.Wanted(True, 0, 3, 'It is the front door.'), ada, None)
    spam.keep_rules('casino\n/cheap\\s+watches/', ada, None)
    for number in range(2):
        wiki.save(f'Pills_{number}', 'Pills', 'Buy them. ' * 9, mallory)
    for path, person in (('Buy_now', mallory), ('Tea', mallory), ('Tea', None)):
        with by_network(), contextlib.suppress(Suspected, Held):
            wiki.save(path, path, TEXT + SPAM, person, base='latest', address='192.0.2.66')
    settings.spam.approve_first = 1
    with by_network(), contextlib.suppress(Held):
        wiki.save('Cake', 'Cake', 'Butter, eggs and flour.', nora, address='192.0.2.8')
    spammed = list(Revision.select().where(Revision.author == mallory))
    moderation.clean_up(Source(mallory), [one.id for one in spammed[:1]], ada, 'Advertising for pills', None)
    moderation.ban(ada, network='198.51.100.0/24', reason='Vandals, again and again',
                   until=clock.now() + 9 * 86400)


def by_network():
    return context.use(request_id='a-request', address='192.0.2.66', cause='POST /docs/Tea$edit')


def ask_for_accounts():
    settings.accounts.signup, settings.accounts.confirm = 'approval', False
    for name in ('Rosa', 'Theodora-the-third-of-her-name'):
        signup.sign_up(name, f'{name}@example.org', 'a quiet green lake', 'I know a lot of tea. ' * 9,
                       '192.0.2.7')


def fail():
    """A task that ends badly."""
    def fetch_everything(address):
        raise OSError(f'{address} does not answer')
    task = queue.task(name='lab.fetch_everything', subject='page:1')(fetch_everything)
    with context.use(user='Ada', cause='POST /docs/Tea$edit', request_id='another-request'):
        task('https://example.org/an/address/that/is/much/longer/than/any/phone/is/wide/and/then/some/more')
    task.unregister()
