"""The page of a person: who they are, for those who may read the wiki."""
from kuma_lite.config import settings


def test_it_says_who_it_is_but_not_where_to_write(site):
    page = site.app.get('/users/Mona')
    assert 'mona' in page and 'moderator' in page
    assert 'mona@' not in page
    site.app.get('/users/otto', status=404)


def test_who_is_here_is_not_told_to_those_who_may_not_read(site):
    settings.site.read = 'members'
    mona, otto = [site.app.get(f'/users/{name}', status=401) for name in ('mona', 'otto')]
    assert mona.text.replace('mona', 'otto') == otto.text
    site.login('wanda').get('/users/mona')
