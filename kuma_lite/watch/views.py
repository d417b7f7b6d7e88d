"""What the watch button of a page does, and the link in each mail that ends watching."""
import bottle

from kuma_lite import web
from kuma_lite.watch import actions
from kuma_lite.web import session
from kuma_lite.wiki import access, lookups

app = bottle.Bottle()


@app.post(f'{lookups.DOCS}$subscribe')
def subscribe(path):
    page, person = lookups.existing(path, access.SUBSCRIBE), session.person()
    if web.text('watch') == 'yes':
        actions.watch(person, page)
        notice = 'You will get a mail when somebody changes this page.'
    else:
        actions.unwatch(person, page)
        notice = 'You do not watch this page any more.'
    return web.see_other(web.docs_url(page.path), notice)


@app.get('/unsubscribe/<watch_id:re:[0-9]{1,18}>')
def ask(watch_id):
    """Only asks: mail programs and virus scanners open links by themselves."""
    return _page(_watch(watch_id), done=False)


# The secret in the address guards it: the mail programs that post here have neither cookie nor token.
@app.post('/unsubscribe/<watch_id:re:[0-9]{1,18}>', csrf=False)
def unsubscribe(watch_id):
    watch = _watch(watch_id)
    if watch:
        actions.unwatch(watch.person, watch.page)
    return _page(watch, done=True)


def _watch(watch_id):
    """The watch of this link, or None: it has done its work, or it is not the one that was sent."""
    return actions.find_by_secret(int(watch_id), web.query('key'))


def _page(watch, done):
    """Names the wiki page only while its watcher may read it; says the same of every link that is no good."""
    page = watch and access.may(watch.person, access.VIEW, watch.page) and watch.page
    return web.page('watch/unsubscribe.html', headers={'Cache-Control': 'no-store'},
                    watch=watch, page=page, done=done)
