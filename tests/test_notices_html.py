"""The HTML of a mail: changed words are marked, all that people typed is text, nothing comes from outside."""
import re

import pytest
from selectolax.lexbor import LexborHTMLParser

from kuma_lite.config import settings
from kuma_lite.watch import actions, notices, stories, topics
from tests import smtp

HOSTILE = '<img src=x onerror=alert(1)><script>alert(2)</script>"\'>&amp;</b></del></div><style>*{}</style>'
ALLOWED = {'html', 'head', 'meta', 'title', 'style', 'body', 'h2', 'p', 'a', 'b', 'span', 'blockquote', 'div',
           'del', 'ins', 'hr', 'br'}


@pytest.fixture
def server(site):
    with smtp.Server() as server:
        yield server


def mailed(site, server, before, after, title='Tea', **options):
    """The last mail about an edit of a page that wanda watches, as (mail, its HTML parsed)."""
    site.page('Tea', before, title=title)
    actions.start(site.people.wanda, topics.WHOLE_SITE)
    site.page('Tea', after, title=title, **options)
    site.settle()
    mail = server.mails[-1]
    return mail, LexborHTMLParser(mail.html)


def texts(tree, selector):
    return [node.text() for node in tree.css(selector)]


def test_it_says_who_what_and_why_with_the_changed_words(site, server):
    mail, tree = mailed(site, server, 'Tea is a hot drink.\n\nThe end', 'Tea is a cold drink.\n\nThe end',
                        comment='In summer', words='cup')
    assert [text.strip() for text in texts(tree, 'del')] == ['−\xa0Tea is a hot drink.']
    assert [text.strip() for text in texts(tree, 'ins')] == ['+\xa0Tea is a cold drink.']
    assert texts(tree, 'del b') == ['hot'] and texts(tree, 'ins b') == ['cold']
    assert 'edda changed it' in ' '.join(tree.body.text().split())
    assert texts(tree, 'blockquote') == ['In summer'] and 'Tags: added cup.' in tree.body.text()
    assert 'You get this mail because wanda watches the whole site' in tree.body.text()
    assert {'The page', 'Its history', 'The comparison', 'The editor'} <= set(texts(tree, 'a'))


def test_a_new_page_is_all_added(site, server):
    actions.start(site.people.wanda, topics.NEW_PAGES)
    site.page('Tea', 'One\n\nTwo')
    site.settle()
    tree = LexborHTMLParser(server.mails[0].html)
    assert [text.split() for text in texts(tree, 'ins')] == [['+', 'One'], ['+'], ['+', 'Two']]
    assert texts(tree, 'del') == []


def test_whatever_people_type_is_text(site, server):
    mail, tree = mailed(site, server, 'x', HOSTILE, title=HOSTILE, comment=HOSTILE)
    assert {node.tag for node in tree.css('*')} - {'-text'} <= ALLOWED
    assert not [name for node in tree.css('*') for name in node.attributes if name.startswith('on')]
    assert HOSTILE in tree.css_first('h2').text() and HOSTILE in tree.css_first('ins').text()
    assert len(tree.css('style')) == 1


def test_nothing_comes_from_outside_and_all_links_are_ours(site, server):
    settings.site.base_url = 'https://wiki.example.org'
    mail, tree = mailed(site, server, 'a', 'b https://evil.example/x url(http://evil.example)')
    assert not tree.css('[src], link, img, form, script')
    assert {re.match('https?://[^/]+', node.attributes['href'])[0] for node in tree.css('a')} == {
        'https://wiki.example.org'}


@pytest.mark.parametrize('content', ['word ' * 200_000, 'line\n' * 90_000, 'x' * 900_000, 'a\n\n' * 45_000],
                         ids=['one line', 'lines', 'one word', 'paragraphs'])
def test_a_diff_of_a_megabyte_is_cut(site, server, content):
    mail, tree = mailed(site, server, 'a', content)
    assert len(mail.html) < 100_000 and len(mail.text) < notices.DIFF_LIMIT + 3_000
    assert 'The comparison' in texts(tree, 'a')


def test_the_colours_of_a_line_are_told_by_a_sign_too(site, server):
    mail, tree = mailed(site, server, 'a\n\nb', 'a\n\nc')
    assert re.search(r'<del [^>]*>−\s', mail.html) and re.search(r'<ins [^>]*>\+\s', mail.html)


def test_the_mails_of_a_page_are_one_thread(site, server):
    site.page('Cup')
    mailed(site, server, 'a', 'b')
    site.page('Tea', 'c')
    site.page('Cup', 'd')
    site.settle()
    threads = {mail['X-Kuma-Page']: set() for mail in server.mails}
    for mail in server.mails:
        threads[mail['X-Kuma-Page']].add(mail['References'])
    assert [len(ids) for ids in threads.values()] == [1, 1] and threads['Tea'] != threads['Cup']


def test_the_limit_counts_what_the_lines_become(site):
    page = site.page('Tea', 'a')
    site.page('Tea', '\n'.join(f'Line {number}' for number in range(3_000)))
    new = type(page).at('Tea').current()
    story = stories.Story(page, [], None, new)
    lines = stories.diff_lines(story, 10_000)
    assert len(lines) < 120 and lines[-1][0] == 'note'
