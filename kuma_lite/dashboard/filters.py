"""Which tasks an address asks for: `?state=dead&user=edda`, the same for pages and for JSON."""
from kuma_lite import web
from kuma_lite.dashboard import describe


def wanted():
    """The filters in the address that are not empty, for `describe.chosen`."""
    found = {name: value for name in describe.FILTERS if (value := web.query(name))}
    if found.get('state', 'queued') not in describe.STATES:
        raise web.Refused(422, f'A state is one of {", ".join(describe.STATES)}.')
    for name in found.keys() & {'parent', 'batch'}:
        found[name] = web.whole(found[name], name, least=1)
    return found
