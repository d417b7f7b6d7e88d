"""The answers that views return: a page, JSON, plain text, or "look there"."""
import json as _json

import bottle

from kuma_lite.web import addresses, notices, templates


def page(template, /, status=200, headers=None, **values):
    """A whole page: templates/TEMPLATE, which says `% rebase('base.html', title=…)`."""
    values.setdefault('notice', notices.take())
    values.setdefault('path', bottle.request.path)
    html = templates.render(template, **values)
    return _answer(html, 'text/html; charset=utf-8', status, headers)


def json(data, status=200, headers=None):
    return _answer(_json.dumps(data, ensure_ascii=False, allow_nan=False) + '\n',
                   'application/json; charset=utf-8', status, headers)


def plain(text, status=200, headers=None):
    """Plain text, which no browser takes for anything else."""
    return _answer(text, 'text/plain; charset=utf-8', status, headers)


def see_other(address, notice=''):
    """Send the browser to an address of this site with a GET; `notice` is shown there, once.

    A target that is not local becomes the home page.
    """
    if notice:
        notices.say(notice)
    return _answer('', 'text/plain; charset=utf-8', 303, {'Location': addresses.local(address)})


def _answer(text, kind, status, headers):
    return bottle.HTTPResponse(text.encode('utf-8', 'replace'), status,
                               {'Content-Type': kind, **(headers or {})})
