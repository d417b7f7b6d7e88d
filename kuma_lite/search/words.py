"""What a word is, in any script. Pure functions.

Case, accents, width and other compatibility forms do not count. Scripts that put no blanks between words,
and Hangul, whose words carry their endings, are cut into pairs of letters, so that any part is found.
"""
import functools
import itertools
import re
from html import unescape

from kuma_lite.markup.tags import INLINE
from kuma_lite.text import normalized

LONGEST = 64        # letters of a word that count
# No word has it. The words of titles and headings stand in the index with it as well: to find them so costs
# as much as there are of them, while the filter of a column reads all places of a word in the texts too.
HEAD = '¶'

# Accents, the points of Hebrew and Arabic, and what shows nothing: writers leave them out or not.
UNWRITTEN = re.compile('[\u00ad\u0300-\u036f\u0591-\u05c7\u0640\u064b-\u065f\u0670\u200b-\u200d\u2060\ufeff]')
# Thai and Lao, Burmese, Khmer, Kana, Bopomofo, Han, Hangul.
UNSPACED = ('\u0e01-\u0e3a\u0e40-\u0e4e\u0e81-\u0ece\u1000-\u103f\u1780-\u17d3\u3005-\u3007\u3041-\u3096'
            '\u3099\u30a1-\u30fa\u30fc-\u30ff\u3105-\u312f\u31a0-\u31bf\u31f0-\u31ff\u3400-\u4dbf\u4e00-\u9fff'
            '\uac00-\ud7a3\uf900-\ufaff\U00020000-\U0003ffff')
INDIC = '\u0900-\u0963\u0966-\u0dff\u0f00-\u0fff'       # their vowel signs are marks, which \w leaves out
WORD = re.compile(rf'([{UNSPACED}]+)|(?:(?![{UNSPACED}])[^\W_]|[{INDIC}])+')
TAG = re.compile(r'<(/?[a-z0-9]+)(?:"[^"]*"|[^">])*>')


def fold(text):
    """The text without what does not count."""
    if text.isascii():
        return text.lower()
    for _ in range(2):      # folding case may bring up what can be taken apart once more
        text = normalized('NFKD', text).casefold()
    return normalized('NFC', UNWRITTEN.sub('', text))


def runs(text):
    """The words of a text as people see them, folded."""
    return [found[0] if found[1] else found[0][:LONGEST] for found in WORD.finditer(fold(text))]


def is_unspaced(word):
    return WORD.match(word)[1] is not None


def tokens(text):
    """What the index holds of a text: its words, and of a run without blanks each pair of letters and
    the last one, so that each of its letters begins a token."""
    found = []
    for word in runs(text):
        if is_unspaced(word):
            found += (word[at:at + 2] for at in range(len(word)))
        else:
            found.append(word)
    return found


def tokens_sought(text):
    """The tokens to look for, one after the other, to find this text: its last run may go on."""
    found, words = tokens(text), runs(text)
    if words and len(words[-1]) > 1 and is_unspaced(words[-1]):
        found.pop()
    return found


def heads(tokens):
    """What the index holds of a title or of headings: their tokens marked as such, and as they are."""
    return [*(HEAD + token for token in tokens), *tokens]


MIXED = 3       # blocks of 128 characters from which a word has its letters, as people write them


def slips(word):
    """What somebody may have meant who typed this: one letter more, less or other, or two in their places."""
    ends = [(word[:at], word[at:]) for at in range(len(word) + 1)]
    meant = {start + end[1:] for start, end in ends}
    meant.update(start + end[1] + end[0] + end[2:] for start, end in ends if len(end) > 1)
    blocks = {ord(letter) // 128 for letter in word}
    if len(blocks) > MIXED:
        return sorted(meant - {word})
    for letter in itertools.chain.from_iterable(map(_letters_near, blocks)):
        meant.update(start + letter + end for start, end in ends)
        meant.update(start + letter + end[1:] for start, end in ends)
    return sorted(meant - {word})


@functools.cache
def _letters_near(block):
    """The letters among 128 characters that stand together in Unicode: mostly those of one script."""
    characters = map(chr, range(block * 128, block * 128 + 128))
    return [character for character in characters if character.isalnum() and fold(character) == character]


def plain(html):
    """The text that readers see of HTML that `markup` made, on one line."""
    return ' '.join(unescape(TAG.sub(_blank, html)).split())


def _blank(tag):
    """Words go on across <b>, and end with a cell or a paragraph."""
    name = tag[1].strip('/')
    return '' if name in INLINE and name != 'br' else ' '
