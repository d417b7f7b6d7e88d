"""/doctor: the same look for admins in a browser. It reads no large database, and no backup."""
from pathlib import Path

import bottle

from kuma_lite import web
from kuma_lite.config import settings
from kuma_lite.doctor import examining
from kuma_lite.findings import WRONG, Visit
from kuma_lite.web import session
from kuma_lite.wiki import access

app = bottle.Bottle()


@app.get('/doctor')
def doctor():
    access.require(session.person(), access.ADMIN)
    found = examining.examine(_visit())
    names = [check.name for check in examining.CHECKS]
    return web.page('doctor/page.html', checks=names, found=found, wrong=WRONG,
                    unasked=examining.unasked(found),
                    is_well=examining.is_well(found), mendable=any(one.finding.mend for one in found))


@app.post('/doctor')
def mend():
    access.require(session.person(), access.ADMIN)
    done = [one.mended for one in examining.mend(examining.examine(_visit())) if one.mended]
    return web.see_other('/doctor', notice=' '.join(done) or 'There was nothing that could be mended.')


def _visit():
    """How the person who asks came here."""
    environ = bottle.request.environ
    return Visit(Path(settings.server.data).absolute(), running=True, thorough=False,
                 host=environ.get('HTTP_HOST', ''), scheme=environ['wsgi.url_scheme'],
                 peer=environ.get('kuma.peer', environ.get('REMOTE_ADDR', '')))
