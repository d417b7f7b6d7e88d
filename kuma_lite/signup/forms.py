"""Whether a form was filled in by a person: a field that nobody sees, and the time it took."""
import re

from kuma_lite import clock
from kuma_lite.accounts.rules import Invalid
from kuma_lite.web import signing

TRAP = 'website'        # hidden from people; robots fill it in
LEAST, MOST = 3, 24 * 3600      # seconds from the form to its sending
ROBOT = ('This form was filled in the way robots do it. If you are none, leave the field “Website” empty '
         'and send it once more.')
FAST = 'That was fast, as robots are. Please wait a few seconds and send it once more.'
OLD = 'This form was open for too long. Please send it once more.'


def began():
    """The signed time for a hidden field of a new form."""
    now = str(int(clock.now()))
    return f'{now}.{signing.sign("signup", now)}'


def check(trap, stamp):
    """Raise Invalid for what no person has sent."""
    if trap:
        raise Invalid(ROBOT)
    since = started(stamp)
    if since is None or clock.now() - since > MOST:
        raise Invalid(OLD)
    if clock.now() - since < LEAST:
        raise Invalid(FAST)


def started(stamp):
    """When the form was made, or None if we did not make it."""
    then, _, signature = stamp.partition('.')
    if re.fullmatch('[0-9]{1,12}', then) and signing.matches('signup', then, signature):
        return int(then)
    return None


def renewed(stamp):
    """The time for a form that is shown again: the same, so that who was too fast need only wait."""
    since = started(stamp)
    return stamp if since is not None and 0 <= clock.now() - since < MOST else began()
