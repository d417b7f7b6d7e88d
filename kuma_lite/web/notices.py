"""One sentence for the next page: "Saved." It travels in a signed cookie and is shown once."""
import base64
import binascii

from kuma_lite.web import cookies, signing

COOKIE = 'kuma_notice'
LONGEST = 300     # characters
LIFETIME = 60     # seconds


def say(sentence):
    """Show `sentence` on the next page that this browser gets."""
    text = base64.urlsafe_b64encode(sentence[:LONGEST].encode()).decode().rstrip('=')
    cookies.write(COOKIE, f'{text}.{signing.sign("notice", text)}', LIFETIME)


def take():
    """The sentence that waits for this browser, or ''; it is gone afterwards."""
    value = cookies.read(COOKIE)
    if not value:
        return ''
    cookies.drop(COOKIE)
    text, _, signature = value.partition('.')
    return _decoded(text) if signing.matches('notice', text, signature) else ''


def _decoded(text):
    try:
        return base64.urlsafe_b64decode(text + '=' * (-len(text) % 4)).decode()
    except (binascii.Error, UnicodeDecodeError):
        return ''
