"""CommonMark and GitHub's extensions by their own examples: exact before the sanitizer, one tree after."""
import json
from pathlib import Path

import html_tree
import pytest

from kuma_lite import markup
from oracle import violations

ATTACKS = Path(__file__).parents[1].parent / 'shared/attacks'
OWN = [
    {'example': 'own 1', 'markdown': '*a* **b** `c`\n',
    'html': '<p><em>a</em> <strong>b</strong> <code>c</code></p>\n'},
    {'example': 'own 2', 'markdown': '1. a\n2. b\n', 'html': '<ol>\n<li>a</li>\n<li>b</li>\n</ol>\n'},
    {'example': 'own 3', 'markdown': 'a\n***\n    b\n',
    'html': '<p>a</p>\n<hr />\n<pre><code>b\n</code></pre>\n'},
]
OWN_OF_GITHUB = [
    {'example': 'own 4', 'markdown': '~~a~~\n', 'html': '<p><del>a</del></p>\n'},
    {'example': 'own 5', 'markdown': '|a|\n|-|\n', 'html': '<table><thead><tr><th>a</th></tr></table>'},
]
EXTENDED = {     # what our extensions make of an example on purpose
    559: '<p><a href="*foo*%20bar" data-wikilink="true">*foo* bar</a></p>\n',
    590: '<p>![[foo]]</p>\n<p><a href="foo" data-wikilink="true">foo</a>: /url &quot;title&quot;</p>\n',
    602: '<p>&lt;<a href="https://foo.bar/baz">https://foo.bar/baz</a> bim&gt;</p>\n',
    608: '<p>&lt; <a href="https://foo.bar">https://foo.bar</a> &gt;</p>\n',
    611: '<p><a href="https://example.com">https://example.com</a></p>\n',
    612: '<p><a href="mailto:foo@bar.example.com">foo@bar.example.com</a></p>\n',
}
SHOWN_AS_TEXT = {    # raw HTML that has no partner, crosses other tags, or is not on the list
    21, 31, 148, 151, 155, 156, 157, 158, 165, 167, 174, 175, 180, 181, 182, 184, 187, 191, 344, 476, 477,
    494, 623,
    626, 627, 628, 629, 630, 631, 642, 643, 653}
COLOURED = {142, 143}
OTHER_IN_COMRAK = {19}       # it makes no links of http://inlines and of a host that is an emoji
OURS = {'id', 'rel', 'loading', 'class', 'disabled', 'aria-label', 'type'}     # the site's own affair


def examples(name):
    path = ATTACKS / name
    return json.loads(path.read_text('utf-8')) if path.exists() else []


def named(rows):
    return [pytest.param(row, id=str(row['example'])) for row in rows]


def tree(html):
    return _node(html_tree.fragment(html))


def _node(element):
    children = []
    for child in element:
        children += [(_node(child) if child.get('class') != 'anchor' else ''), child.tail or '']
    texts = _joined([element.text or '', *children])
    return element.tag, sorted((k, v) for k, v in element.attrib.items() if k not in OURS), texts


def _joined(children):
    """Texts side by side as one, without the blanks at its ends; a line end between blocks is nothing."""
    joined = ['']
    for child in children:
        if isinstance(child, str) and isinstance(joined[-1], str):
            joined[-1] += child
        else:
            joined.append(child)
    return [child.strip() if isinstance(child, str) else child for child in joined if child and child != '\n']


def check_after_the_sanitizer(row, skipped):
    html = markup.render(row['markdown'], dict.fromkeys).html
    assert not violations(html)
    if row['example'] not in skipped and not violations(row['html']):
        assert tree(html.replace('href="#doc-', 'href="#')) == tree(row['html'])


@pytest.mark.parametrize('row', named(OWN + examples('commonmark-0.31.2.json')))
def test_commonmark(row):
    assert markup.to_html(row['markdown']) == EXTENDED.get(row['example'], row['html'])
    check_after_the_sanitizer(row, SHOWN_AS_TEXT | COLOURED | EXTENDED.keys())


@pytest.mark.parametrize('row', named(OWN_OF_GITHUB + examples('gfm-0.29-extensions-only.json')
                                      + examples('gfm-cmark-extension-tests.json')))
def test_github(row):
    check_after_the_sanitizer(row, SHOWN_AS_TEXT | OTHER_IN_COMRAK)


def test_most_examples_are_compared_after_the_sanitizer_too():
    rows = OWN + examples('commonmark-0.31.2.json')
    compared = [row for row in rows if row['example'] not in SHOWN_AS_TEXT and not violations(row['html'])]
    assert len(compared) > 0.9 * len(rows)
