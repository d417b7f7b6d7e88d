"""What Markdown becomes: headings, links, code and the rest, as HTML for a page."""
import re
import threading
from html import unescape
from urllib.parse import quote

import pytest
from pygments.token import Keyword

from kuma_lite import markup
from kuma_lite.markup import code, limits
from kuma_lite.markup.headings import slug


def render(text, *existing):
    return markup.render(text, lambda keys: dict.fromkeys(keys & set(existing)))


def html(text, *existing):
    return render(text, *existing).html.strip()


def test_a_page():
    rendered = render('# Tea\n\nSee [[Green tea]] and [[cup|a cup]].\n', 'green_tea')
    assert rendered.html == (
        '<h1 id="doc-tea">Tea<a class="anchor" href="#doc-tea" aria-label="Link to “Tea”"></a></h1>\n'
        '<p>See <a href="/docs/Green_tea">Green tea</a> '
        'and <a class="missing" href="/docs/cup$edit">a cup</a>.</p>\n')
    assert rendered.headings == [(1, 'doc-tea', 'Tea')]
    assert rendered.links == ['Green_tea', 'cup']


def test_headings_have_ids_of_their_own_in_every_script():
    rendered = render('# A *b* `c`\n## A b c\n### Überschrift 日本\n#### हिन्दी\n##### ???\n###### \n\nx\n=\n',
    )
    assert rendered.headings == [
        (1, 'doc-a-b-c', 'A b c'), (2, 'doc-a-b-c-1', 'A b c'),
        (3, 'doc-überschrift-日本', 'Überschrift 日本'),
        (4, 'doc-हिन्दी', 'हिन्दी'), (5, 'doc-section', '???'), (1, 'doc-x', 'x')]
    for _, name, _ in rendered.headings:
        assert f'id="{name}"' in rendered.html and f'href="#{name}"' in rendered.html


def test_numbered_headings_do_not_collide_with_written_numbers():
    names = [name for _, name, _ in render('# a\n# a-1\n# a\n# a\n# a-1\n').headings]
    assert len(set(names)) == 5


@pytest.mark.parametrize('text, name', [('C++ & more', 'c--more'), ('A_b-c', 'a_b-c'), ('', 'section'),
('x' * 200, 'x' * 80)])
def test_slugs(text, name):
    assert slug(text) == name


@pytest.mark.parametrize('text, wanted', [
    ('[[A b/C]]', '<a href="/docs/A_b/C">A b/C</a>'),
    ('[[a b/c#Some part|x]]', '<a href="/docs/a_b/c#doc-some-part">x</a>'),
    ('[x](/docs/A_b/C)', '<a href="/docs/A_b/C">x</a>'),
    ('[x](/docs/a%20b/c?y=1#z)', '<a href="/docs/a_b/c?y=1#doc-z">x</a>'),
    ('[x](/docs/A_b/C$history)', '<a href="/docs/A_b/C$history">x</a>'),
    ('[[Tea|]]', '<a class="missing" href="/docs/Tea$edit">Tea</a>'),
    ('[[Tea#Leaves]]', '<a class="missing" href="/docs/Tea$edit">Tea#Leaves</a>'),
    ('[x](/docs/Tea?y#z)', '<a class="missing" href="/docs/Tea$edit">x</a>'),
    ('[[Tee und Käse]]', '<a class="missing" href="/docs/Tee_und_K%C3%A4se$edit">Tee und Käse</a>'),
    ('[[a?b]]', '<a class="missing" href="/docs/ab$edit">a?b</a>'),
    ('[[A_b??/C]]', '<a href="/docs/A_b/C">A_b??/C</a>'),
    ('[[?]]', '<a>?</a>'), ('[[../x]]', '<a>../x</a>'), ('[[#Part]]', '<a href="#doc-part">#Part</a>'),
    ('[x](#part)', '<a href="#doc-part">x</a>'), ('[x](#top)', '<a href="#top">x</a>'), ('[x](#)',
    '<a href="#">x</a>'),
    ('[x](/search?q=a)', '<a href="/search?q=a">x</a>'), ('[x](other)', '<a href="other">x</a>'),
])
def test_links_on_this_site(text, wanted):
    assert html(text, 'a_b/c') == f'<p>{wanted}</p>'


@pytest.mark.parametrize('address', [
    'http://x.example', 'https://x.example/a#b', '//x.example', 'mailto:a@b.example', 'HTTP://x.example',
    '/\\x.example'])
def test_links_elsewhere_lend_no_weight(address):
    assert 'rel="nofollow noopener"' in html(f'<a href="{address}">x</a>')


def test_every_page_is_asked_for_once_and_by_its_key():
    asked = []
    rendered = markup.render('[[Tea]] [[tea]] [x](/docs/TEA) [[Cup]] [[?]]',
                             lambda keys: asked.append(keys) or dict.fromkeys(keys))
    assert asked == [{'tea', 'cup'}]
    assert rendered.links == ['Tea', 'tea', 'TEA', 'Cup']
    assert 'missing' not in rendered.html


def test_a_wiki_link_may_mean_a_title():
    rendered = markup.render('[[Tea]] [[tea#Leaves]] [[Tea|]] [x](/docs/Tea) [y](Tea)',
                             lambda keys: {'tea': 'Guides/About_tea'}, 'Home')
    assert rendered.html.strip() == (
        '<p><a href="/docs/Guides/About_tea">Tea</a> '
        '<a href="/docs/Guides/About_tea#doc-leaves">tea#Leaves</a> '
        '<a href="/docs/Guides/About_tea">Tea</a> <a class="missing" href="/docs/Tea$edit">x</a> '
        '<a class="missing" href="/docs/Tea$edit">y</a></p>')
    assert rendered.links == ['Tea', 'tea', 'Guides/About_tea']


RELATIVE = [    # as a browser has it on /docs/A b/C, whether there is such a page or not
    ('D', 'A_b/D'), ('D e', 'A_b/D_e'), ('./D', 'A_b/D'), ('../D', 'D'), ('..', None), ('D/', 'A_b/D'),
    ('.', 'A_b'), ('D#Part', 'A_b/D'), ('D?x=1', 'A_b/D'), ('D%2FE', 'A_b/D/E'), ('../../docs/D', 'D'),
    ('Käse', 'A_b/Käse'),
    ('D//E', 'A_b/D/E'), ('d.md', 'A_b/d.md'), ('../D/../E', 'E')]


@pytest.mark.parametrize('address, path', RELATIVE)
def test_relative_links_start_at_the_page(address, path):
    rendered = markup.render(f'[x](<{address}>)', dict.fromkeys, 'A_b/C')
    assert rendered.links == ([path] if path else [])
    wanted = [f'/docs/{quote(path)}'] if path else ['/docs/']
    assert [link.partition('#')[0].partition('?')[0] for link in hrefs(rendered.html)] == wanted
    missing = markup.render(f'[x](<{address}>)', lambda keys: {}, 'A_b/C').html
    assert hrefs(missing) == ([f'/docs/{quote(path)}$edit'] if path else ['/docs/'])


def test_a_relative_link_keeps_its_part():
    assert hrefs(markup.render('[x](D?y=1#z)', dict.fromkeys, 'A/C').html) == ['/docs/A/D?y=1#doc-z']


@pytest.mark.parametrize('address', [
    '//host/D', 'javascript:D', 'java%0ascript:D', 'JAVASCRIPT:D', 'mailto:a@b.example', 'https:D', 'x-y:D',
    ' //host', '\\\\host', '\\/host', '/\\host', '/D', '?D', '#D', '', '../..//host', '../../../..//host',
    '../../D', '../../../../etc/passwd', '%2e%2e/D', '..%2F..%2FD', 'D%00', 'D$edit', 'D$delete',
    '../D$purge', 'D%24edit', 'D%3Fx', 'D%23x', 'a:b', ':', '%5C%5Chost'])
def test_what_is_no_relative_link_to_a_page_is_none(address):
    """Neither in Markdown nor in HTML."""
    for text in (f'[x](<{address}>)', f'<a href="{address}">x</a>'):
        rendered = markup.render(text, dict.fromkeys, 'A_b/C')
        plain = markup.render(text, dict.fromkeys)
        assert rendered.links == []
        assert rendered.html == plain.html or hrefs(rendered.html)[0].startswith('/docs/')


def hrefs(html):
    return [unescape(address) for address in re.findall('href="([^"]*)"', html)]


def test_a_link_in_a_table():
    assert '<a class="missing" href="/docs/a$edit">b</a>' in html('|x|\n|-|\n|[[a\\|b]]|')


def test_no_links_in_code():
    assert render('`[[a]]`\n\n```\n[[b]]\n```\n\n    [[c]]\n').links == []


def test_code_is_coloured_when_its_language_is_known():
    assert '<code class="language-python"><span class="k">def</span>' in html('```python\ndef f(): pass\n```')
    assert '<code class="language-rust"><span class="kd">let</span>' in html('```rust,editable\nlet x;\n```')
    assert html('```klingon\n<b>\n```') == '<pre><code>&lt;b&gt;\n</code></pre>'
    assert html('```\nx\n```') == '<pre><code>x\n</code></pre>'


def test_time_that_others_take_costs_no_colours(monkeypatch):
    """A busy machine: this thread waits for longer than it may work."""
    class Waits:
        def get_tokens(self, code):
            threading.Event().wait(0.02)
            yield Keyword, code

    monkeypatch.setattr(code, 'MAX_TIME', 0.01)
    monkeypatch.setattr(code, 'get_lexer_by_name', lambda *args, **options: Waits())
    assert '<span class="k">' in html('```python\nif\n```')


def test_coloured_code_reads_as_it_was_written():
    code = '\n\n  if a < b && "c" > \'&lt;\':\t# é\n\n'
    spans = html(f'```python\n{code}\n```')
    assert markup.policy.CLEANER.clean(spans) == spans
    assert ''.join(part.rpartition('>')[2] for part in spans.split('<')) == code.replace(
        '&', '&amp;').replace('<', '&lt;').replace('>', '&gt;') + '\n'


def test_much_code_stays_plain():
    assert '<span' not in html('```python\n' + 'x = 1\n' * 20_000 + '```')
    assert '<span' not in html('```python\n' + 'x = 1;' * 200 + '\n```')


def test_github_extensions():
    assert '<del>a</del>' in html('~~a~~')
    assert '<td align="right">b</td>' in html('|a|\n|-:|\n|b|')
    assert ('<input type="checkbox" class="task-list-item-checkbox" checked="" disabled="" aria-label="Done">'
            in html('- [x] a'))
    assert 'href="http://www.x.example">www.x.example</a>' in html('www.x.example')
    assert '<div class="markdown-alert markdown-alert-note">' in html('> [!NOTE]\n> a')


def test_footnotes_lead_there_and_back():
    page = html('a[^1]\n\n[^1]: b')
    assert '<a id="doc-fnref-1" href="#doc-fn-1">1</a>' in page
    assert '<li id="doc-fn-1">' in page and 'href="#doc-fnref-1"' in page


@pytest.mark.parametrize('text', [
    '<kbd>a</kbd>', 'a<br>b', 'H<sub>2</sub>O<sup>x</sup>', '<mark>a</mark>', '<abbr title="b">a</abbr>'])
def test_a_little_html_is_allowed(text):
    assert html(text) == f'<p>{text}</p>'


def test_details_hold_markdown():
    assert html('<details><summary>a</summary>\n\n*b*\n\n</details>') == (
        '<details><summary>a</summary>\n<p><em>b</em></p>\n</details>')


def test_other_html_is_shown_as_text():
    assert html('a <center>b</center> <b>c') == '<p>a &lt;center&gt;b&lt;/center&gt; &lt;b&gt;c</p>'


def test_html_cannot_take_the_names_of_the_site():
    page = html('<p id="content" class="site-header missing">a</p>')
    assert 'id="doc-content"' in page and 'site-header' not in page and 'missing' not in page


def test_line_ends_of_every_kind():
    assert html('# a\r\n\r\nb\rc') == html('# a\n\nb\nc')


def test_nothing_is_something():
    assert render('') == markup.Rendered('', [], [])


@pytest.mark.parametrize('text, what', [
    ('x' * (limits.MAX_SOURCE + 1), 'bytes'), ('ä' * 600_000, 'bytes'), ('\n' * 100_001, 'lines'),
    ('> ' * 101, 'levels'), ('<div>' * 251, 'levels'), (' a* ' * 20_001, 'emphasis'),
    ('|a|b|\n|-|-|\n' + '|a|\n' * 5_000, 'table cells'), ('# a\n' * 5_001, 'headings'),
    ('[[a]] [^x]' * 10_001, 'footnote marks'),
    (''.join(f'[[{n}]] ' for n in range(10_001)), 'links to different pages'),
])
def test_too_much_is_refused_with_a_sentence(text, what):
    sentence = rf'^This text has more than .*{what}.*; please divide it among several pages\.$'
    with pytest.raises(markup.TooComplex, match=sentence):
        render(text)


@pytest.mark.parametrize('text', [
    'x ' * 499_000, '> ' * 100 + 'a', '- ' * 100 + 'a', '<div>' * 200 + '</div>' * 200,
    '|a|b|\n|-|-|\n' + '|a|\n' * 4_990,
    '- **a** *b* `c` [d](/e)\n' * 10_000,
    'Some words, **bold** ones; "quoted" and [linked](http://x.example).\n\n' * 8_000,
    '\n'.join(' ' * 4 * n + '- a' for n in range(40)),
])
def test_long_texts_are_fine(text):
    assert render(text).html
