"""What somebody typed, made into expressions for FTS5. Any text will do: nothing in it is syntax but
"a phrase" and -without, and only words that `words` cut out, each in quotes, reach the database.
"""
import re
from typing import NamedTuple

from kuma_lite.search import words

LONGEST = 2_000     # characters that are read
MOST = 32           # tokens that are looked for
# Words of a question that may be beginnings; those that pages must not have. Each on half of 50,000 pages
# takes 2 to 5 ms (a phrase of two words 6, `word -word` 3), and the worst question of all about 50.
MANY = 6

QUOTES = str.maketrans(dict.fromkeys('“”„‟«»＂', '"'))
PIECE = re.compile(r'(?:(?<!\S)(-))?"([^"]*)"?|([^\s"]+)')
WITHOUT = re.compile(r'-(?:\w\w|[^\x00-\x7f])')      # a single letter, as in -l, is an option of a command


class Term(NamedTuple):
    """Words to be found one right after the other; mostly it is one."""
    text: str           # as it was typed
    tokens: tuple
    quoted: bool = False

    def exact(self, mark=''):
        """This and nothing else; but of a script without blanks, one letter is found wherever it stands."""
        single = len(self.tokens[-1]) == 1 and words.is_unspaced(self.tokens[-1])
        return f'"{" ".join(mark + token for token in self.tokens)}"{"*" if single else ""}'

    def beginning(self, mark=''):
        """This, or words that begin with it."""
        exact = self.exact(mark)
        return exact if self.quoted or len(self.tokens[-1]) == 1 else f'{exact}*'


class Query(NamedTuple):
    terms: list         # all of these
    without: list       # none of these
    is_cut: bool        # there was more, which does not count

    def expressions(self):
        """FTS5 expressions, each finding more than the one before: titles that begin so, titles with these
        words, titles and headings with them, texts with these words, texts with words that begin so."""
        tokens = tuple(token for term in self.terms for token in term.tokens)
        start = Term('', tokens, self.terms[-1].quoted).beginning(words.HEAD)
        heads = ' AND '.join(term.beginning(words.HEAD) for term in self.terms)
        found = [f'title : ^ {start}', f'title : ({heads})', heads, *self._in_texts()]
        return [self.except_without(expression) for expression in dict.fromkeys(found)]

    def _in_texts(self):
        """Of many words only the last may be a beginning, as somebody may be typing it."""
        exact = [term.exact() for term in self.terms]
        beginnings = [term.beginning() for term in self.terms]
        if len(exact) > MANY:
            return [' AND '.join([*exact[:-1], beginnings[-1]])]
        return [' AND '.join(exact), ' AND '.join(beginnings)]

    def any(self):
        """What finds pages with some of the words."""
        heads = ' OR '.join(term.beginning(words.HEAD) for term in self.terms)
        found = ' OR '.join(term.beginning() for term in self.terms)
        return [self.except_without(f'title : ({heads})'), self.except_without(found)]

    def except_without(self, expression):
        if not self.without:
            return expression
        return f'({expression}) NOT ({" OR ".join(term.exact() for term in self.without)})'


def parse(text):
    """Any text at all, as a Query. It may hold no terms: then there is nothing to look for."""
    query, left = Query([], [], len(text) > LONGEST), MOST
    for minus, quoted, bare in PIECE.findall(text[:LONGEST].translate(QUOTES)):
        without = minus or WITHOUT.match(bare)
        shown = quoted.strip() if bare == '' else bare[1:] if without else bare
        tokens = words.tokens_sought(shown)
        if len(tokens) > left:
            query = query._replace(is_cut=True)
        if tokens[:left]:
            (query.without if without else query.terms).append(Term(shown, tuple(tokens[:left]), bare == ''))
            left -= len(tokens[:left])
    return query._replace(without=query.without[:MANY], is_cut=query.is_cut or len(query.without) > MANY)
