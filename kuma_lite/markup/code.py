"""Colours for code: Pygments, for languages whose lexers are known to be quick, up to a size."""
import re
import time
from html import escape, unescape

from pygments.lexers import get_lexer_by_name
from pygments.token import STANDARD_TYPES

MAX_CODE = 100_000      # characters of one page; more than that stays plain
MAX_LINE = 1_000        # characters: lexers search long lines again and again
MAX_TIME = 0.5          # seconds of this thread's own work for one page: a busy machine takes no colours away
LANGUAGES = set('''
    bash c c++ cpp cs csharp css diff docker dockerfile go html http ini java javascript js json kotlin lua
    make makefile md markdown nginx perl php powershell py python rb ruby rs rust scala sh shell sql swift
    toml ts typescript xml yaml yml'''.split())
CODE = re.compile(r'<code class="language-([\w+#]*)')


def colour(pieces):
    """Colour the fenced code among the pieces."""
    left, deadline = MAX_CODE, time.thread_time() + MAX_TIME
    for index in range(3, len(pieces) - 2, 2):
        match = CODE.match(pieces[index])
        if match and pieces[index + 2] == '</code>':
            left -= len(pieces[index + 1])
            language = match[1].lower()
            if language not in LANGUAGES:
                pieces[index] = '<code>'
            elif left >= 0:
                pieces[index] = f'<code class="language-{language}">'
                pieces[index + 1] = _coloured(pieces[index + 1], language, deadline)


def _coloured(html, language, deadline):
    code, spans = unescape(html), []
    if max(map(len, code.split('\n'))) > MAX_LINE:
        return html
    for kind, value in get_lexer_by_name(language, stripnl=False, ensurenl=False).get_tokens(code):
        if time.thread_time() > deadline:
            return html
        spans.append(_span(kind, escape(value, quote=False)))
    return ''.join(spans)


def _span(kind, text):
    while kind not in STANDARD_TYPES:
        kind = kind.parent
    name = STANDARD_TYPES[kind]
    return f'<span class="{name}">{text}</span>' if name else text
