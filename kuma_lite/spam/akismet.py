"""Akismet, as https://akismet.com/developers/ describes its REST interface 1.1. It is asked only if there is
a key, waited for two seconds at most, and left alone for a minute after it did not answer."""
import logging
import threading
import urllib.parse
import urllib.request

from kuma_lite import __version__, clock
from kuma_lite.config import settings
from kuma_lite.web.addresses import absolute, docs_url

log = logging.getLogger(__name__)

PATIENCE = 2        # seconds in which it has to answer
REST = 60           # seconds without a question after it failed
AT_ONCE = 8         # questions that may be waiting for an answer, also for one that nobody waits for any more
ANSWER = 1000       # bytes of an answer that are read

_asking = threading.BoundedSemaphore(AT_ONCE)
_rests_until = 0


class Unanswered(Exception):
    """It did not say; the message is why."""


def forget():
    """It may be asked again at once."""
    global _rests_until
    _rests_until = 0


def check(new):
    """What Akismet says about an Addition; '' if it is fine or there is no key. Raises Unanswered."""
    if not settings.spam.akismet_key:
        return ''
    if 0 < _rests_until - clock.now() <= REST:      # more: the clock was put back
        raise Unanswered('It did not answer a moment ago.')
    return 'It calls this spam.' if _ask_carefully(about(new)) else ''


def _ask_carefully(fields):
    global _rests_until
    try:
        return _decided(ask('comment-check', fields))
    except Unanswered:
        _rests_until = clock.now() + REST
        raise


def _decided(answer):
    if answer not in ('true', 'false'):
        raise Unanswered('It does not know the key.' if answer == 'invalid' else f'It said “{answer[:100]}”.')
    return answer == 'true'


def about(new):
    """What it is told of an Addition, or of anything else with the same names."""
    return {'user_ip': new.address, 'user_agent': new.agent, 'referrer': getattr(new, 'referrer', ''),
            'permalink': absolute(docs_url(new.path)), 'comment_type': 'wiki-revision',
            'comment_author': new.author.name if new.author else '', 'comment_content': new.text}


def verify():
    """'' if the key is good, or a sentence."""
    try:
        answer = ask('verify-key', {'key': settings.spam.akismet_key})
    except Unanswered as error:
        return f'Akismet cannot be reached: {error}'
    return '' if answer == 'valid' else 'Akismet does not know this key.'


def ask(what, fields):
    """POST `fields`; returns the text of the answer. Raises Unanswered, within PATIENCE seconds.

    In a thread, because a name that is looked up, or an answer that comes letter by letter, heeds no
    time limit of a socket.
    """
    if not _asking.acquire(blocking=False):
        raise Unanswered(f'It has {AT_ONCE} questions to answer already.')
    answers, done = [], threading.Event()

    def call():
        try:
            answers.append(_post(what, fields))
        except Exception as error:      # of the network, or an answer that is no HTTP
            answers.append(Unanswered(_words(error)))
        finally:
            _asking.release()
            done.set()

    threading.Thread(target=call, daemon=True, name='akismet').start()
    if not done.wait(PATIENCE):
        raise Unanswered(_words(TimeoutError()))
    return _or_raise(answers[0])


def _words(error):
    if isinstance(getattr(error, 'reason', error), TimeoutError):       # urllib wraps those of connecting
        return f'It did not answer within {PATIENCE} seconds.'
    return str(error) or type(error).__name__


def _or_raise(answer):
    if isinstance(answer, Exception):
        raise answer
    return answer


class _NoRedirects(urllib.request.HTTPRedirectHandler):
    """It is where the setting says. What somebody typed, and the key, go nowhere else."""

    def redirect_request(self, *question):
        return None     # which makes it an error, like any other answer that is none


def _post(what, fields):
    data = {'api_key': settings.spam.akismet_key, 'blog': absolute('/'), **fields}
    request = urllib.request.Request(f'{settings.spam.akismet_url}/{what}',
                                     urllib.parse.urlencode(data).encode(),
                                     {'User-Agent': f'Kuma Lite/{__version__}'})
    with urllib.request.build_opener(_NoRedirects).open(request, timeout=PATIENCE) as answer:
        return answer.read(ANSWER).decode('utf-8', 'replace').strip()
