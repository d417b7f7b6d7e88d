"""What a text may cost: each limit is checked where it is still cheap to say no.

The Markdown parser holds the interpreter while it works, and a failed allocation in it ends the
process. So what it is slow or greedy with is counted in the source first; the numbers were measured
to keep any text of 1 MB below a second and 200 MB.
"""
import re

MAX_SOURCE = 1_000_000      # bytes
MAX_LINES = 100_000
MAX_SIGNS = 300_000         # each becomes a node of some 250 bytes
MAX_FOOTNOTES = 10_000      # each is repeated in the list at the end
MAX_DEPTH = 100             # lists and quotes
MAX_NESTING = 250           # HTML elements: a list in a list is two of them
MAX_CELLS = 10_000          # a short row of a wide table is filled up with empty cells
MAX_EMPHASIS = 20_000       # in one paragraph: the search for partners is quadratic
MAX_ADDRESSES = 5 * 10**7   # addresses × length of their line: each makes the parser copy the rest
MAX_HTML = 4_000_000        # characters
MAX_TAGS = 150_000
MAX_ESCAPES = 2 * 10**10    # signs to escape × length of their text: each makes the sanitizer search the rest
MAX_MISPLACED = 1_000       # things between the cells of a table, which browsers move out one by one
MAX_LINKS = 10_000          # different pages
MAX_HEADINGS = 5_000

SIGNS = '[]!<&\\`:^$w.\'"*~_|@-\n'
PARAGRAPH_END = re.compile(r'\n(?:[ \t>]*(?=\n)|(?= {0,3}[-+*][ \t]+\S))')     # a blank line or a list item
EMPHASIS = re.compile(r'[*_~]+')
CONTAINER = r'>|[-+*](?=\s)|\d{1,9}[.)](?=\s)|\[\^[^\]\s]+\]:'
CONTAINERS = re.compile(rf'^(?:[ \t]*(?:{CONTAINER})){{1,200}}', re.M)
TABLE_RULE = re.compile(r'^.*(?:\|[ \t\v\f]*:?-|-:?[ \t\v\f]*\|).*$', re.M)
DASHES = re.compile('-+')
ESCAPED = re.compile('&(?!lt;|gt;|quot;)|[\x80-\xbf]')
ADDRESSES = re.compile(r'^.*(?:@|://|www\.).*$', re.M)


class TooComplex(ValueError):
    """The text would cost too much; the message is a sentence for people."""


def check(count, most, what):
    if count > most:
        raise TooComplex(f'This text has more than {most:,} {what}; please divide it among several pages.')


def check_source(text):
    """Raise TooComplex for Markdown that would take the parser too long or too much memory."""
    check(len(text.encode()), MAX_SOURCE, 'bytes')
    check(text.count('\n'), MAX_LINES, 'lines')
    check(sum(map(text.count, SIGNS)), MAX_SIGNS, 'signs that mean something in Markdown')
    check(text.count('[^'), MAX_FOOTNOTES, 'footnote marks')
    check(_depth(text), MAX_DEPTH, 'levels of lists and quotes')
    check(_link_work(text), MAX_ADDRESSES, 'characters to search for addresses')
    paragraphs = PARAGRAPH_END.split(text)
    check(max(map(_emphasis, paragraphs)), MAX_EMPHASIS, 'marks of emphasis in one paragraph')
    check(sum(map(_cells, paragraphs)), MAX_CELLS, 'table cells')


def check_html(html):
    """Raise TooComplex for HTML, of whole tags and text only, that would take the sanitizer too long."""
    check(_escape_work(html), MAX_ESCAPES, 'characters to search for signs to escape')


def _escape_work(html):
    return sum(len(piece) * len(ESCAPED.findall(piece)) for piece in html.split('<') if len(piece) > 10_000)


def _depth(text):
    """At most how deep lists and quotes are nested: by their marks, and by two columns of indent each."""
    return max((_level(match[0]) for match in CONTAINERS.finditer(text)), default=0)


def _level(prefix):
    marks = sum(1 for _ in re.finditer(CONTAINER, f'{prefix} '))
    return marks + max(0, prefix.expandtabs(4).count(' ') - marks) // 2


def _link_work(text):
    return sum(len(line) * (line.count('@') + line.count('://') + line.count('www.'))
               for line in ADDRESSES.findall(text))


def _emphasis(paragraph):
    return sum(1 for _ in EMPHASIS.finditer(paragraph))


def _cells(paragraph):
    """At most how many cells its tables have, each row being filled up to the width of the widest."""
    width = max((len(DASHES.findall(rule)) for rule in TABLE_RULE.findall(paragraph)), default=0)
    return width * (paragraph.count('\n') + 1)
