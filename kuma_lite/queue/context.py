"""Who is behind what is being done now, on which request: kept for every task that is called.

Whoever receives work from outside opens a context with `use()`: the web for a request, a
command for itself, the engine for the task that it runs. Nothing here knows Huey.
"""
import contextlib
import contextvars
import dataclasses


@dataclasses.dataclass(frozen=True)
class Context:
    request_id: str = ''    # the id in the answer's X-Request-Id header
    user: str = ''          # the name of the account, empty for a visitor
    address: str = ''       # the network address of the visitor
    cause: str = ''         # what began it: "POST /docs/Home$edit", "command import", "slot …"
    parent: int = None      # the id of the task that is running
    last_try: bool = False  # that task will not be tried again
    origin: str = ''        # file:line of the call, where that was made earlier than now


NOBODY = Context()
_current = contextvars.ContextVar('kuma_context', default=NOBODY)


def current():
    return _current.get()


@contextlib.contextmanager
def use(**values):
    """A fresh context for the block; what is not given is empty."""
    token = _current.set(Context(**values))
    try:
        yield
    finally:
        _current.reset(token)


def of(task):
    """The context in which a row was called, for `use()`: so that another one is caused by the same."""
    return {'request_id': task.request_id, 'user': task.user, 'address': task.address, 'cause': task.cause,
            'parent': task.parent_id, 'origin': task.origin}


def update(**values):
    """Change the context in force, once more is known: `update(user=person.name)`."""
    _current.set(dataclasses.replace(_current.get(), **values))
