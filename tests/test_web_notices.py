"""A notice is shown on the next page, once, and only if this site wrote it."""
from webtest import TestApp

from web_base import token


def notice(answer):
    found = answer.html.find(class_='flash')
    return found and found.text


def test_a_notice_is_shown_once(small):
    small.post('/go', {'csrf': token(small), 'next': '/page'})
    assert notice(small.get('/page')) == 'Done & dusted.'
    assert notice(small.get('/page')) is None


def test_a_forged_notice_is_not_shown(small):
    small.post('/go', {'csrf': token(small), 'next': '/page'})
    text, _, signature = small.cookies['kuma_notice'].strip('"').partition('.')
    for forged in (f'{text}A.{signature}', text, f'{text}.', f'.{signature}', 'x.y', '.'):
        assert notice(TestApp(small.app).get('/page', headers={'Cookie': f'kuma_notice={forged}'})) is None
