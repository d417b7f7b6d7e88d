"""All checks in their order, and what comes of them. A check that breaks stops nobody: the edit is held."""
import logging
from typing import NamedTuple

from kuma_lite.spam import akismet, classifier, rules

log = logging.getLogger(__name__)

PASSED, SPAM, FAILED = 'passed', 'spam', 'failed'

# (name, fn(addition), a hint for its author or ''). The quick ones first; Akismet only if nobody else
# has an opinion.
CHECKS = [
    ('Flood', rules.flood, 'Please wait a minute before you save it again.'),
    ('Repeated text', rules.repeated, ''),
    ('Links', rules.links, 'Fewer links to other sites may help.'),
    ('List of words', rules.listed, ''),
    ('Classifier', classifier.check, ''),
    ('Akismet', akismet.check, ''),
]


class Finding(NamedTuple):
    outcome: str        # PASSED, SPAM or FAILED
    why: str = ''       # which check said what
    hint: str = ''      # what its author can do about it


def judge(new):
    """What the checks say about an Addition: the first that calls it spam decides."""
    failed = None
    for name, check, hint in CHECKS:
        found = _asked(name, check, new, hint)
        if found.outcome == SPAM:
            return found
        failed = failed or (found if found.outcome == FAILED else None)
    return failed or Finding(PASSED)


def _asked(name, check, new, hint):
    try:
        said = check(new)
    except akismet.Unanswered as error:
        log.warning('Akismet could not say whether an edit is spam: %s', error)
        return Finding(FAILED, f'{name} could not decide: {error}')
    except Exception as error:
        log.exception('The spam check "%s" failed', name)
        return Finding(FAILED, f'{name} could not decide: {type(error).__name__}')
    return Finding(SPAM, f'{name}: {said}', hint) if said else Finding(PASSED)
