"""What the watch button of a page does, and the link in each mail that ends watching."""
import bottle

from kuma_lite import web
from kuma_lite.watch import actions
from kuma_lite.web import session
from kuma_lite.wiki import access, doors

app = bottle.Bottle()

SPENT = ('This link does not work, or not any more: perhaps you have used it already. '
         'The button "Stop watching" on the page does the same.')


@app.post(f'{doors.DOCS}$subscribe')
def subscribe(path):
    page, person = doors.existing(path, access.SUBSCRIBE), session.person()
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
    return web.page('watch/unsubscribe.html', watch=_watch(watch_id), done=False)


# The secret in the address guards it: the mail programs that post here have neither cookie nor token.
@app.post('/unsubscribe/<watch_id:re:[0-9]{1,18}>', csrf=False)
def unsubscribe(watch_id):
    watch = _watch(watch_id)
    actions.unwatch(watch.person, watch.page)
    return web.page('watch/unsubscribe.html', watch=watch, done=True)


def _watch(watch_id):
    watch = actions.find_by_secret(int(watch_id), web.query('key'))
    if watch is None:
        raise web.NotFound(SPENT)
    return watch
