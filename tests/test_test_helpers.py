"""The helpers for tests of tasks do what CONTRIBUTING.md says of them."""
import inspect
import re
from pathlib import Path

import pytest

from kuma_lite import clock, queue
from kuma_lite.queue.tables import Task, Worker
from tasks_base import advance, assert_enqueued, drain, enqueued, restart, settle, stopped_at

pytestmark = pytest.mark.usefixtures('tasks')

GUIDE = Path(__file__).parents[1] / 'CONTRIBUTING.md'


@pytest.fixture
def greet():
    """A task, and in `greet.said` what it did."""
    said = []

    @queue.task(name='greet', retries=2)
    def greet(name, words='hello'):
        said.append(f'{words} {name}')
    greet.said = said
    return greet


def test_drain_runs_what_is_due_when_the_test_says_so(manual, greet):
    greet('Edda')
    assert greet.said == []
    drain()
    assert greet.said == ['hello Edda']


def test_settle_waits_in_every_mode(any_mode, greet):
    greet('Edda')
    settle()
    assert greet.said == ['hello Edda']


def test_advance_turns_the_clock_and_runs_what_becomes_due(any_mode, greet):
    before = clock.now()
    greet.schedule(['Edda'], delay=3600)
    settle()
    assert greet.said == []
    advance(3601)
    assert greet.said == ['hello Edda'] and clock.now() - before > 3600


def test_assert_enqueued_gives_the_row_of_the_last_call(manual, greet):
    greet('Edda')
    last = greet('Edda', words='bye')
    assert assert_enqueued(greet, name='Edda').id == last.id
    assert len(enqueued(greet)) == 2 and len(enqueued(greet, words='hello')) == 1


def test_assert_enqueued_says_what_is_there_instead(manual, greet):
    with pytest.raises(AssertionError, match='nothing'):
        assert_enqueued(greet)
    greet('Mona', words='bye')
    with pytest.raises(AssertionError) as error:
        assert_enqueued(greet, name='Edda')
    assert str(error.value).startswith("greet(name='Edda') is not in the ledger, but:")
    assert 'greet("Mona", words="bye"), queued' in str(error.value)


@pytest.mark.parametrize('point, state, runs', [('claimed', 'queued', 1), ('ran', 'running', 2),
                                                ('completed', 'running', 2)])
def test_killed_at_a_point_and_started_again(manual, greet, point, state, runs):
    greet('Edda')
    with stopped_at(point):
        drain()
    assert Task.get().state == state
    restart()
    assert Task.get().state == 'done' and len(greet.said) == runs


def test_effects_of_an_atomic_task_are_there_once_wherever_it_is_killed(manual):
    @queue.task(name='work', atomic=True)
    def work():
        Worker.create(host='effect', pid=1, started_at=0, beat_at=0, stopped_at=0)
    work()
    with stopped_at('completed'):
        drain()
    restart()
    assert Worker.select().where(Worker.host == 'effect').count() == 1


def test_a_point_that_is_not_passed_fails_the_test(manual):
    with pytest.raises(AssertionError, match='did not pass nowhere'), stopped_at('nowhere'):
        drain()


def examples():
    """The tests in the guide, below "Testing tasks"."""
    section = GUIDE.read_text('utf-8').partition('## Testing tasks')[2].partition('\n## ')[0]
    [code] = re.findall('```python\n(.*?)```', section, re.DOTALL)
    names = {}
    exec(code, names)
    return [value for name, value in names.items() if name.startswith('test_')]


@pytest.mark.parametrize('example', examples(), ids=lambda example: example.__name__)
def test_an_example_of_the_guide_runs(example, request):
    example(*[request.getfixturevalue(name) for name in inspect.signature(example).parameters])
