"""What became of all that was asked for under a fault: one line in one form, and the verdict."""
import contextlib
from collections import Counter

from kuma_lite import db


class RolledBack(Exception):
    """The end of every transaction that is to fail."""


@contextlib.contextmanager
def rolled_back():
    """A transaction that fails at the end of the block."""
    with contextlib.suppress(RolledBack), db.atomic():
        yield
        raise RolledBack


def judge(fault, acknowledged, effects, unknown=None, refused=(), **more):
    """Print the counts; fail unless what was acknowledged has one effect each, and what was refused none.

    All are keys. acknowledged: of what somebody was told is committed; effects: of what is there in the
    end, each as often as it is; unknown: of what nobody got an answer about, which may be there or not;
    refused: of what was rolled back. "-" is printed for unknown if that cannot be (None), and for what ran
    after a rollback if there was none. more: what else to print.
    """
    asked, known, there = set(acknowledged), set(refused), Counter(effects)
    bad = {'lost': asked - there.keys(), 'doubled': [*(there - Counter(there.keys())).elements()],
           'run after rollback': known & there.keys()}
    numbers = {'acknowledged': len(asked), 'unknown': '-' if unknown is None else len(unknown),
               'done': len(there), **{name: len(keys) for name, keys in bad.items()}}
    if known:
        more = {'rolled back': len(known), **more}
    else:
        numbers['run after rollback'] = '-'
    print(f'\n{fault}: {_listed(numbers)}{"; " if more else ""}{_listed(more)}')
    bad['asked for by nobody'] = there.keys() - asked - known - set(unknown or ())
    assert not any(bad.values()), {name: sorted(keys)[:20] for name, keys in bad.items() if keys}


def _listed(numbers):
    return ', '.join(f'{name.replace("_", " ")} {number}' for name, number in numbers.items())
