"""Markdown made into HTML that is safe to show: `render()`. Pure: it knows no table and keeps nothing.

comrak parses; `tags` leaves only what is well nested; links, headings and code get their final form;
nh3 has the last word. Limits stand before and between them.
"""
from typing import NamedTuple

import comrak

from kuma_lite.markup import code, headings, limits, links, policy, tags
from kuma_lite.markup.elsewhere import elsewhere
from kuma_lite.markup.limits import TooComplex

__all__ = ['Rendered', 'TooComplex', 'elsewhere', 'outline', 'places', 'render', 'to_html']

EXTENSIONS = ('alerts', 'autolink', 'footnotes', 'strikethrough', 'table', 'tasklist',
              'wikilinks_title_after_pipe')


class Rendered(NamedTuple):
    html: str
    headings: list      # (level, id, text) of each heading
    links: list         # the paths of the pages that it links to, and those that it names, each once


def render(text, resolve, path=''):
    """Render Markdown. Raises TooComplex, with a sentence for people, for what would take too long.

    `resolve` is called once with the set of the keys (`text.path_key`) of all pages linked to. It returns
    {key: None} for those at which there is a page, and {key: path} for those that are the title of a page
    elsewhere, to which [[wiki links]] lead then. All other links lead to creating the page. Relative links
    start at `path`, that of the page for which the text is.
    """
    pieces = tags.split(to_html(text))
    paths = links.point(pieces, resolve, path)
    found = headings.mark(pieces)
    code.colour(pieces)
    html = ''.join(pieces)
    limits.check_html(html)
    return Rendered(policy.CLEANER.clean(html), found, paths)


def outline(text):
    """The headings of a text, as `render` would return them. Raises TooComplex."""
    return headings.mark(tags.split(to_html(text)))


def places(text):
    """Where a text can be divided: (line, level, id, text) of each heading that stands in nothing else.

    Raises TooComplex.
    """
    pieces = tags.split(to_html(text, lines=True))
    lines = headings.lines(pieces)
    texts = {name: text for _, name, text in headings.mark(pieces)}
    return [(line, *heading, texts[heading[1]])
            for index, line in lines.items() if (heading := headings.marked(pieces[index]))]


def to_html(text, link=None, image=None, lines=False):
    """What comrak makes of a text: raw HTML is still in it, nothing is safe yet. Raises TooComplex.

    `link(address)` and `image(address)` return what is to stand in place of an address. With `lines`
    each tag says which lines of the text it comes from.
    """
    text = text.replace('\r\n', '\n').replace('\r', '\n')
    try:
        limits.check_source(text)
    except UnicodeEncodeError:
        raise TooComplex('This text has half of a character in it (a lone surrogate).') from None
    html = comrak.render_markdown(text, *_options(link, image, lines))
    limits.check(len(html), limits.MAX_HTML, 'characters of HTML')
    return html


def _options(link, image, lines):
    extensions, rendering = comrak.ExtensionOptions(), comrak.RenderOptions()
    for name in EXTENSIONS:
        setattr(extensions, name, True)
    extensions.link_url_rewriter, extensions.image_url_rewriter = link, image
    rendering.unsafe_ = rendering.tasklist_classes = True
    rendering.sourcepos = lines
    return extensions, comrak.ParseOptions(), rendering
