"""Whether the site goes by the name that its settings say, and who seems to ask."""
import ipaddress
import ssl
import urllib.error
import urllib.request
from urllib.parse import urlsplit

from kuma_lite.config import settings
from kuma_lite.findings import Finding, note
from kuma_lite.web import addresses

PATIENCE = 4        # seconds for an answer
TRUST = 'Name it in [server] proxy, such as 127.0.0.1; `deploy nginx` and `deploy caddy` print its part.'


def address(visit):
    """base_url as set, as the visitor of the page calls it, and as this machine reaches it."""
    yield from _settings()
    if visit.host:
        yield from _as_called(visit)
    elif visit.running:
        yield from _as_reached()


def _settings():
    url, server = settings.site.base_url, settings.server
    if not url and not _is_loopback(server.host):
        yield note('[site] base_url is empty, so links in mails lead to '
                   f'{addresses.site_root()}.', 'Set it to the address that people use.')
    if url.startswith('http:') and not _is_loopback(urlsplit(url).hostname):
        yield note(f'{url} is not protected: everybody on the way can read passwords.',
                   'Get a certificate (`deploy caddy` prints a file that does), and let base_url begin with '
                   'https://.')
    if url.startswith('https:') and not server.proxy:
        yield Finding('base_url begins with https:, which a reverse proxy speaks, and none is trusted: all '
                      'visitors have its address, and a limit or a ban for one is for all.', TRUST)


def _is_loopback(host):
    if host == 'localhost':
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _as_called(visit):
    own = urlsplit(addresses.site_root())
    if visit.host.lower() != own.netloc.lower():
        yield Finding(f'You came by the name {visit.host}, and base_url is {addresses.site_root()}: links in '
                      'mails and feeds lead there.', 'Set [site] base_url to the address that people use.')
    elif visit.scheme != own.scheme:
        yield Finding(f'You came by {visit.scheme}, as far as the wiki can tell, and base_url says '
                      f'{own.scheme}.', 'The proxy says so in X-Forwarded-Proto. ' + TRUST)
    if _is_loopback(visit.peer) and not _is_loopback(own.hostname) and not settings.server.proxy:
        yield Finding(f'You seem to come from {visit.peer}, so there is a proxy: all visitors have its '
                      'address.', TRUST)


def _as_reached():
    url = addresses.site_root()
    try:
        with urllib.request.urlopen(f'{url}/healthz', timeout=PATIENCE) as answer:
            if answer.read(20).strip() == b'alive':
                return
        what = 'is answered by something else'
    except urllib.error.HTTPError as error:
        what = f'answers {error.code} {error.reason}'
    except (OSError, ValueError) as error:
        why = getattr(error, 'reason', error)
        if isinstance(why, ssl.SSLCertVerificationError):
            yield Finding(f'{url} has a certificate that is not valid: {why.verify_message}.',
                          'Renew it, or let its name be the one in base_url.')
            return
        yield note(f'{url} cannot be reached from this machine ({why}).', 'If people reach it, all is well; '
                   'else look at base_url, the name in the DNS, the proxy and the port; a --port that only '
                   '`serve` was told is not known here.')
        return
    yield Finding(f'{url} {what}.', 'Look at base_url, and at the proxy: its requests must reach this site '
                  'with their Host header.')
