"""Hostile Markdown and HTML: nothing of it runs, its text stays, and none of it takes long."""
import json
import resource
import threading
import time
from pathlib import Path

import pytest

from kuma_lite import markup
from kuma_lite.markup import limits, tags
from oracle import violations, words_of

ATTACKS = Path(__file__).parents[1].parent / 'shared/attacks'
OWN = [
    '<script>alert(1)</script>', '<img src=x onerror=alert(1)>', '[x](javascript:alert(1))',
    '<javascript:alert(1)>', '[[javascript:alert(1)|x]]', '[[x" onclick="alert(1)]]',
    '[x](/docs/"onclick=alert(1))', '![x](data:text/html,x)', '<a href="jav&#x09;ascript:alert(1)">x</a>',
    '<a data-wikilink href="//evil.example">x</a>', '<a/href=x/onclick=alert(1)>x</a>',
    '<form action=//evil.example><input name=password></form>', '<input type=password value=x>',
    '<style>*{}</style>', '<svg><a xlink:href="javascript:alert(1)">x</a></svg>',
    '<base href=//evil.example>', '<math><mtext><table><mglyph><style><img src=x onerror=alert(1)>',
    '<noscript><p title="</noscript><img src=x>">', '<b title="</b><img src=x onerror=alert(1)>">x</b>',
    '<p id=content class=site-header style=position:fixed>x</p>', '<div\x0bonclick=alert(1)>x</div>',
    '# <img src=x onerror=alert(1)>', '# x" onclick="alert(1)', '```x" onclick="alert(1)\na\n```',
    '```python\n</code><script>alert(1)</script>\n```', '[^"><script>]\n\n[^"><script>]: x',
    '|a|\n|-|\n|<td onclick=x>|', '<\x00script>alert(1)</script>', '<<!-- -->script>alert(1)</script>',
]
UNREAD = {'alert', 'img', 'onerror', 'quot', 'src'}    # text inside <style> to a browser, marks to us
LONG = [        # to the parser or the sanitizer alone each means seconds to hours, or gigabytes
    ('quotes', '>' * 900_000),
    ('lists by indentation', ''.join(' ' * 2 * n + '* a\n' for n in range(600)) + '\n' * 500_000),
    ('lists on few lines', ''.join(' ' * 200 * n + '- ' * 100 + 'a\n' for n in range(60)) + 'a\n' * 90_000),
    ('short rows of a wide table', '|' + 'a|' * 300 + '\n|' + '-|' * 300 + '\n' + '|a\n' * 99_000),
    ('mail addresses', 'a@b.c ' * 160_000),
    ('web addresses', '_www.' * 190_000),
    ('emphasis', '*a **b' * 160_000),
    ('notes', '[^a]' * 200_000 + '\n\n[^a]: x'),
    ('signs', '<' * 990_000),
    ('ampersands', '&' * 290_000),
    ('signs to escape', '© ' * 300_000),
    ('elements', '<div>' * 190_000),
    ('crossed elements', '<b><p></b>' * 90_000),
    ('kept formatting', '<p>' + '<b>' * 90 + '<p>x</p>' * 100_000),
    ('attributes', '<p ' + ' '.join(map('a{}'.format, range(90_000))) + '>'),
    ('between cells', '<table>' + 'x<br>' * 150_000),
    ('ends without a start', '<div>' * 240 + '</b>' * 140_000),
    ('comments', '</' + '<!--' * 240_000),
    ('headings', '# a\n' * 60_000),
    ('links', '[[a]]' * 90_000),
    ('titles', ''.join(f'[[{"".join(map(chr, range(0x4e00 + n, 0x4ee6 + n)))}?]]' for n in range(1400))),
    ('a long title', '[[' + 'a?' * 450_000 + ']]'),
    ('relative links', ''.join(f'[x]({"../a/" * 30}{n})' for n in range(6000))),
    ('steps up', '[x](' + '../' * 130_000 + ')'),
    ('code', '```python\n' + '"' * 900_000),
    ('one line', 'x' * 990_000),
]


def attack(name):
    path = ATTACKS / name
    return json.loads(path.read_text('utf-8')) if path.exists() else []


def strings(row):
    """Every text of a row, whatever the file calls it."""
    texts = row.get('strings') or [row.get('payload') or row['markdown']]
    return [text for text in texts if isinstance(text, str)]


XSS = [text for name in ('ammonia', 'markdown', 'nh3', 'owasp-filter-evasion', 'recent-advisories')
       for row in attack(f'xss-{name}.json') for text in strings(row)]


def places(text):
    """The text in every place where Markdown puts text."""
    return [text, f'# {text}', f'> - {text}', f'|a|\n|-|\n|{text}|', f'[{text}](/x)', f'[x]({text})',
            f'[[{text}]]', f'[[x|{text}]]', f'![{text}]({text} "{text}")', f'```{text}\n{text}',
            f'a[^1]\n\n[^1]: {text}', f'<b title="{text}">{text}</b>']


@pytest.mark.parametrize('text', OWN + XSS)
def test_nothing_runs(text):
    for source in places(text):
        html = markup.render(source, dict.fromkeys).html
        assert violations(html) == []
        assert markup.policy.CLEANER.clean(html) == html


@pytest.mark.parametrize('text', OWN + XSS)
def test_the_text_is_still_there(text):
    """HTML shows every word that it held, save in comments and attributes."""
    words = ''.join(words_of(markup.render(text, dict.fromkeys).html))
    assert all(word in words for word in words_of(markup.to_html(text)) - UNREAD)


def pathological(row):
    special = row.get('special')
    if not special:
        return ''.join(text * count for text, count in row['parts'])
    kind, *values = special
    return {
        'indent-list': lambda count: ''.join('  ' * n + '* a\n' for n in range(count)),
        'backtick-run': lambda count: ''.join('e' + '`' * n for n in range(1, count)),
        'refs': lambda count, uses: ''.join(f'[{n}]: u\n' for n in range(1, count)) + '[0] ' * uses,
        'repeat': lambda count, parts: ''.join(text * n for text, n in parts) * count,
    }[kind](*values)


PATHOLOGICAL = LONG + [(row['name'], pathological(row)) for row in attack('markdown-pathological.json')]


@pytest.mark.parametrize('text', [text for _, text in PATHOLOGICAL], ids=[name for name, _ in PATHOLOGICAL])
def test_nothing_takes_long(text):
    before, start = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, time.thread_time()
    try:
        assert violations(markup.render(text, dict.fromkeys).html[:10_000]) == []
    except markup.TooComplex as refusal:
        assert str(refusal).endswith('.')
    assert time.thread_time() - start < 2
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 200_000   # kB


def test_other_threads_go_on_meanwhile():
    ticks, done = 0, threading.Event()
    worker = threading.Thread(target=lambda: (markup.render('*a* b. `c` [d](e)\n\n' * 15_000, dict.fromkeys),
    done.set()))
    worker.start()
    while not done.is_set():
        time.sleep(0.001)
        ticks += 1
    worker.join()
    assert ticks > 10


@pytest.mark.parametrize('html, kept', [
    ('<b>a</b>', '<b>a</b>'),
    ('<b>a', '&lt;b>a'),
    ('a</b>', 'a&lt;/b>'),
    ('<b><i>a</b></i>', '<b>&lt;i>a</b>&lt;/i>'),
    ('<b><p>a</p></b>', '&lt;b><p>a</p>&lt;/b>'),
    ('<div><div title="</div>">', '<div>&lt;div title="</div>">'),
    ('<td>a</td>', '&lt;td>a&lt;/td>'),
    ('<table><tr><table></table></tr></table>', '<table>&lt;tr>&lt;table></table>&lt;/tr>&lt;/table>'),
    ('<p>a<!-- <p> -->b</p>', '<p>ab</p>'),
    ('<script>a</script>', '&lt;script>a&lt;/script>'),
])
def test_tags_without_a_partner_are_text(html, kept):
    assert ''.join(tags.split(html)) == kept


def test_a_limit_says_what_there_is_too_much_of():
    with pytest.raises(limits.TooComplex, match='more than 100 levels of lists and quotes; please divide'):
        markup.render('>' * 101, dict.fromkeys)
    assert '<blockquote>' in markup.render('>' * 90 + 'a', dict.fromkeys).html


def test_half_a_character_is_refused():
    with pytest.raises(markup.TooComplex):
        markup.render('a\ud800', dict.fromkeys)
