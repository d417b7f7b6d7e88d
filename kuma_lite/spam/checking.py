"""The check of `wiki.checks`: every edit that comes by the network, but for those of moderators."""
import functools

from kuma_lite.config import settings
from kuma_lite.queue import context
from kuma_lite.spam import actions, additions, judging


def check(draft):
    """Judge what is new in an edit. Raises Suspected or Held; what follows from saving it is returned.

    What no request has caused comes from the command line of whoever runs the site.
    """
    if settings.spam.mode == 'off' or not context.current().request_id or _is_trusted(draft.author):
        return None
    new = additions.of(draft)
    if new is None:
        return None
    found = judging.judge(new)
    if found.outcome == judging.PASSED:
        return functools.partial(actions.trace, new)
    if settings.spam.mode == 'training':
        return functools.partial(actions.let_through, new, found)
    stop = actions.refuse if found.outcome == judging.SPAM else actions.hold
    return stop(new, draft, found.why, found.hint)


def _is_trusted(person):
    return person is not None and person.at_least('moderator')
