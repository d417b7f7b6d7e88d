"""The check of `wiki.checks`: every edit that comes by the network, but for those of moderators."""
import functools

from kuma_lite.config import settings
from kuma_lite.queue import context
from kuma_lite.spam import actions, additions, first, judging


def check(draft):
    """Judge what is new in an edit. Raises Suspected or Held; what follows from saving it is returned.

    What no request has caused comes from the command line of whoever runs the site.
    """
    if not context.current().request_id or first.is_trusted(draft.author):
        return None
    waits = first.waits(draft.author, draft.address)
    new = additions.of(draft) if waits or settings.spam.mode != 'off' else None
    if new is None:
        return None
    found = _judged(new)
    if found.outcome == judging.SPAM and settings.spam.mode == 'on':
        actions.refuse(new, draft, found.why, found.hint)
    if waits:
        actions.hold_first(new, draft, found.why)
    if found.outcome == judging.PASSED:
        return functools.partial(actions.trace, new) if new.text else None
    if settings.spam.mode == 'training':
        return functools.partial(actions.let_through, new, found)
    return actions.hold(new, draft, found.why)


def _judged(new):
    if settings.spam.mode == 'off' or not new.text:
        return judging.Finding(judging.PASSED)
    return judging.judge(new)
