"""The dashboard of spam, for moderators. No browser keeps it: `web.headers` sees to that for whoever is
logged in."""
import bottle

from kuma_lite import web
from kuma_lite.spam import counts
from kuma_lite.spam.models import Attempt
from kuma_lite.stats import days, figures, plots, prepared
from kuma_lite.web import session
from kuma_lite.wiki import access

app = bottle.Bottle()


@app.get('/dashboards/spam')
def spam():
    access.require(session.person(), access.MODERATE)
    stopped, person = Attempt.since(days.start(days.yesterday() + days.DAY)), session.person()
    return web.page('stats/spam.html', answer=prepared.current(),
                    stopped=counts.count(stopped, person), waiting=counts.count(Attempt.unjudged(), person),
                    published=prepared.recent.get('newest'), active=_active, plotted=_plotted, change=_change)


@app.get('/dashboards/spam/figures')
def only_figures():
    """The figures by themselves, for a page that was sent before they were ready; until then 204."""
    access.require(session.person(), access.MODERATE)
    answer = prepared.current()
    if not answer.fresh:
        return bottle.HTTPResponse(status=204)
    html = web.render('stats/spam_figures.html', answer=answer, plotted=_plotted, change=_change)
    return bottle.HTTPResponse(html, headers={'Content-Type': 'text/html; charset=utf-8'})


def _plotted(by_day):
    """[(title, [(kind, word, number), …], Plot), …] of [(date, Figures as a list), …]"""
    found = [figures.Figures(*numbers) for _, numbers in by_day]
    total = figures.total(found)
    spam = plots.plot([(one.published_spam, one.blocked_spam) for one in found], ('published', 'blocked'))
    viewers = plots.plot([(one.viewers,) for one in found], ('viewers',))
    return [('Spam', [('published', 'published', total.published_spam),
                      ('blocked', 'blocked', total.blocked_spam)], spam),
            ('Spam viewers', [('viewers', 'views of pages with spam', total.viewers)], viewers)]


def _change(percent):
    """"+12.5%" or "–" where there was nothing before."""
    return '–' if percent is None else f'{percent:+.1f}%'.replace('-', '−')


def _active(row):
    """For how long published spam could be seen: "Current" if it still can, else "2 h 5 min"."""
    if row['until'] is None:
        return 'Current'
    minutes = max(0, round((row['until'] - row['at']) / 60))
    if minutes < 60:
        return f'{minutes} min'
    if minutes < 48 * 60:
        return f'{minutes // 60} h {minutes % 60} min'
    return f'{minutes // (24 * 60)} days'
