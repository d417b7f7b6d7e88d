"""The syntax help: each example becomes what stands below it, and it becomes a page that can be changed."""
import functools
import re

import pytest
from protection_base import protect

from kuma_lite import markup
from kuma_lite.config import settings
from kuma_lite.site import syntax
from kuma_lite.wiki.models import Page

EXAMPLE = re.compile(r'^(`{3,})markdown\n(.*?)\n\1\n\n<blockquote>\n\n(.*?)\n\n</blockquote>$', re.M | re.S)
EXAMPLES = [(source, result) for _, source, result in EXAMPLE.findall(syntax.text())]


@functools.cache
def rendered(text):
    return markup.render(text, lambda keys: {'home': None}, 'Help/Syntax').html


def test_every_example_is_shown_as_source_and_as_what_becomes_of_it():
    assert len(EXAMPLES) == len(re.findall('^`{3,}markdown$', syntax.text(), re.M)) == 12
    assert all(source == result for source, result in EXAMPLES)


MADE = {
    '*Gently*': ['<em>Gently</em>', '<strong>strongly</strong>', '<em><strong>both</strong></em>',
                 '<del>not any more</del>', '<code>as it is typed</code>', 'paragraph;<br>'],
    '### A smaller': ['<h3 id="doc-a-smaller-heading">', '<h4 id="doc-one-below-it">'],
    '* milk': ['<ul>\n<li>milk</li>', '<ul>\n<li>green</li>', '<ol>\n<li>Boil', 'class="task-list-item"',
               'checked=""'],
    '[[Home]]': ['<a href="/docs/Home">Home</a>', '<a href="/docs/Home">in other words</a>',
                 '<a href="/docs/Home#doc-news">', '<a href="#doc-tables">the tables</a>',
                 '<a rel="nofollow noopener" href="https://example.org">Elsewhere</a>',
                 'href="https://example.org">https://example.org</a>', 'href="mailto:mail@example.org"',
                 '<a class="missing" href="/docs/A_page_that_nobody_has_written$edit">'],
    '| Tea': ['<th align="center">Minutes', '<th align="right">Price', '<td>green</td>'],
    '```python': ['<code class="language-python"><span class="k">def</span>'],
    '> Somebody': ['<blockquote>\n<p>Somebody', '<blockquote>\n<p>And', '<hr>'],
    '> [!NOTE]': [f'class="markdown-alert markdown-alert-{kind}"' for kind in
                  ('note', 'tip', 'important', 'warning', 'caution')],
    'Tea came': ['<sup class="footnote-ref"><a id="doc-fnref-sea" href="#doc-fn-sea">1</a></sup>',
                 '<li id="doc-fn-sea">', '<em>chai</em>'],
    '![The sign': ['<img src="/static/favicon.svg" alt="The sign of this wiki"'],
    'Press <kbd>': ['<kbd>Ctrl</kbd>', '<sub>2</sub>', '<sup>2</sup>', '<mark>', '<ins>', '<small>',
                    '<abbr title="in other words">', '<dt>Tea</dt>',
                    '<details>\n<summary>More</summary>\n<p>What is <em>folded', '&lt;script&gt;'],
    '\\*no star': ['<p>*no star*, [[no link]], 1. no list, © →</p>'],
}


@pytest.mark.parametrize('begins', MADE)
def test_it_becomes_what_it_says(begins):
    [source] = [source for source, _ in EXAMPLES if source.startswith(begins)]
    html, page = rendered(source), rendered(syntax.text())
    assert [piece for piece in MADE[begins] if piece not in html or piece not in page] == []
    assert 'Nobody sees' not in html


def test_each_kind_of_thing_that_markdown_can_do_here_is_in_it():
    assert len(MADE) == len(EXAMPLES)
    heads = {text for level, _, text in markup.outline(syntax.text()) if level == 2}
    assert {'Words', 'Headings', 'Lists', 'Links', 'Tables', 'Code', 'Notes', 'Footnotes', 'Pictures', 'Tags',
            'HTML'} <= heads
    assert len(syntax.text().splitlines()) < 300


def test_the_editor_leads_there_in_a_tab_of_its_own(site):
    form = site.login('edda').get('/docs/Tea$edit')
    assert '<a href="/help/syntax" target="_blank" rel="noopener">Syntax help' in form
    assert 'How to write here' in site.login('edda').get('/help/syntax')


def test_an_admin_makes_it_a_page_which_is_shown_from_then_on(site):
    ada = site.login('ada')
    edit = ada.get('/help/syntax').forms['copy-form'].submit()
    assert edit.location.endswith('/docs/Help/Syntax$edit')
    assert Page.at('Help/Syntax').current().content == syntax.text()
    assert site.app.get('/help/syntax', status=302).location.endswith('/docs/Help/Syntax')
    assert (settings.site.help, 'Make it a page' in site.login('edda').get('/help/syntax').follow()) == (
        'Help/Syntax', False)


def test_it_says_so_where_the_environment_has_chosen_another(site, monkeypatch):
    monkeypatch.setitem(settings.forced, ('site', 'help'), 'KUMA_SITE_HELP')
    edit = site.login('ada').get('/help/syntax').forms['copy-form'].submit().follow()
    assert 'KUMA_SITE_HELP has to say' in edit and settings.site.help == ''


def test_a_page_that_is_there_already_stays_as_it_is(site):
    site.page('Help/Syntax', 'Ours.')
    site.login('ada').get('/help/syntax').forms['copy-form'].submit()
    assert site.app.get('/help/syntax').follow().text.count('Ours.') == 1
    assert Page.at('Help/Syntax').current().is_first


def test_who_may_not_read_that_page_gets_the_text_that_comes_with_the_wiki(site):
    site.page('Help/Syntax', 'Ours.')
    site.login('ada').get('/help/syntax').forms['copy-form'].submit()
    protect(site, 'Help/Syntax', 'moderators')
    assert 'This text comes with the wiki' in site.app.get('/help/syntax')
