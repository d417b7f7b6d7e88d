"""What a task is: a function under a name, with its options. Calling it is the engine's work."""
import inspect
import re
import string

from huey.api import TaskWrapper as HueyTaskWrapper

from kuma_lite import clock
from kuma_lite.queue.crontab import CATCH_UP

TASKS = {}              # name -> TaskWrapper: all that may run
# What Huey and the decorators of `engine` pass, also what is only there to be refused.
SETTINGS = {'context', 'default_expires', 'default_priority', 'default_retries', 'default_retry_backoff',
            'default_retry_delay', 'default_timeout', 'crontab', 'catch_up'}
REPLACED = 'the ledger replaces it; see the table in kuma_lite/queue/__init__.py'


class TaskWrapper(HueyTaskWrapper):
    """Huey's wrapper of a function, under a name of ours: feature.function."""

    def __init__(self, huey, func, name=None, atomic=False, unique=None, one_at_a_time=None, subject='',
                 rate=None, deadline=None, **settings):
        self._signature = inspect.signature(func)
        _check_settings(settings)
        self._check_templates(unique, one_at_a_time, subject)
        super().__init__(huey, func, name=name, **settings)
        self.name = name or task_name(func)
        self.atomic = atomic
        self.unique = unique
        self.one_at_a_time = one_at_a_time
        self.deadline = deadline
        self.subject = subject
        self.rate = rate and _rate(rate)
        self.schedule_by = settings.get('crontab')
        self.catch_up = settings.get('catch_up')
        self.task_class.wrapper = self
        TASKS[self.name] = self

    def _check_templates(self, *templates):
        """Raise TypeError for a template such as 'page:{page_id}' that names no argument of the task."""
        for template in filter(None, templates):
            for _, field, _, _ in string.Formatter().parse(template):
                if field and field not in self._signature.parameters:
                    raise TypeError(f'"{template}" names no argument of the task')

    def columns(self, args, kwargs):
        """The options of one call, as the ledger keeps them. Raises TypeError as the call itself would."""
        call, task = self._signature.bind(*args, **kwargs), self.task_class
        call.apply_defaults()

        def filled(template):
            return template and template.format(**call.arguments)
        return {'priority': task.default_priority or 0, 'retries': task.default_retries,
                'retry_delay': task.default_retry_delay, 'retry_backoff': task.default_retry_backoff,
                'expires_at': task.default_expires and clock.now() + task.default_expires,
                'unique_key': self.unique and f'{self.name}:{filled(self.unique)}',
                'lane': filled(self.one_at_a_time), 'deadline': self.deadline,
                'subject': filled(self.subject)}

    def schedule(self, args=(), kwargs=None, delay=0, eta=None):
        """Call the task `delay` seconds from now, or at `eta`, a datetime that has a time zone."""
        return self.huey.insert(self, args, kwargs or {}, run_at=_moment(eta) if eta else clock.now() + delay)

    def unregister(self):
        TASKS.pop(self.name, None)
        return super().unregister()

    def _replaced(self, *args, **kwargs):
        raise NotImplementedError(REPLACED)

    revoke = restore = is_revoked = _replaced


def _check_settings(settings):
    """Raise for a misspelt option, which Huey would keep without a word, and for what we have not."""
    if settings.get('default_timeout') or settings.get('context'):
        raise NotImplementedError(f'timeout, context: {REPLACED}')
    if settings.get('default_retries', 0) < 0:
        raise ValueError('retries is 0 or more')
    if settings.get('catch_up', 'latest') not in CATCH_UP:
        raise ValueError(f'catch_up is one of {", ".join(CATCH_UP)}, not {settings["catch_up"]!r}')
    unknown = [name for name in settings if name not in SETTINGS]
    if unknown:
        raise TypeError(f'a task has no option called {", ".join(unknown)}')


def task_name(func):
    """'watch.notify_watchers' for kuma_lite.watch.tasks.notify_watchers: it outlives a moved file."""
    feature = func.__module__.removeprefix('kuma_lite.').removesuffix('.tasks')
    return f'{feature}.{func.__name__}'


def rates():
    """{name: (starts, seconds)} of the tasks that have one."""
    return {name: wrapper.rate for name, wrapper in TASKS.items() if wrapper.rate}


def _moment(eta):
    """Epoch seconds of a datetime. Raises ValueError for one without a time zone: it could mean any hour."""
    if eta.tzinfo is None:
        raise ValueError('eta needs a time zone, such as datetime.timezone.utc')
    return eta.timestamp()


def _rate(text):
    """'60/m' -> (60, 60): at most so many starts in so many seconds."""
    found = re.fullmatch('([1-9][0-9]*)/([smh])', str(text))
    if not found:
        raise ValueError(f'rate is a number of starts in a second, minute or hour, as "60/m"; not {text!r}')
    return int(found[1]), {'s': 1, 'm': 60, 'h': 3600}[found[2]]
