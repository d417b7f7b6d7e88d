"""How a page looks: whether it fits, and what axe has to say of it."""
import functools
import os
import re
from pathlib import Path

from axe_playwright_python.sync_playwright import Axe

WIDTHS = (360, 800, 1280)       # a phone, a tablet and a desk
SCHEMES = ('light', 'dark')
RULES = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice']
PICTURES = os.environ.get('KUMA_PICTURES')      # a folder for those who want to look at the pages


def fits(page, width, name):
    """Whether nothing is wider than the screen. Where pictures are wanted, two are kept."""
    page.set_viewport_size({'width': width, 'height': 900})
    for scheme in SCHEMES if PICTURES else ():
        page.emulate_media(color_scheme=scheme)
        page.screenshot(path=Path(PICTURES) / f'{name}-{width}-{scheme}.png', full_page=True)
    return page.evaluate('document.documentElement.scrollWidth') <= width


def problems(page):
    """What axe finds, in both schemes; structure is the same in both, so only colours are looked at twice."""
    page.evaluate(_axe())
    found = []
    for scheme, rules in zip(SCHEMES, (RULES, ['color-contrast']), strict=True):
        page.emulate_media(color_scheme=scheme, reduced_motion='reduce')
        found += [f'{scheme}: {problem}' for problem in _problems(page, rules)]
    return found


def sound(page, name):
    """Fail unless the page fits, breaks no rule and has what screen readers need."""
    for width in WIDTHS:
        assert fits(page, width, re.sub(r'\W+', '-', name)), width
    assert len(page.query_selector_all('h1:visible')) == 1
    assert page.query_selector('main') and page.query_selector('a.skip')
    assert not unlabelled(page)
    for width in (WIDTHS[0], WIDTHS[-1]):
        page.set_viewport_size({'width': width, 'height': 900})
        assert problems(page) == []


def unlabelled(page):
    """Fields without a label."""
    return page.evaluate('''() => [...document.querySelectorAll('input, textarea, select')]
        .filter(field => field.type !== 'hidden' && !field.disabled)
        .filter(field => !field.labels.length && !field.getAttribute('aria-label'))
        .map(field => field.name)''')


def _problems(page, rules):
    # Violations alone: all that passes would be a megabyte.
    answer = page.evaluate('rules => axe.run({runOnly: rules, resultTypes: ["violations"]})', rules)
    for violation in answer['violations']:
        for node in violation['nodes']:
            yield f'{violation["id"]}: {node["html"][:120]} ({violation["help"]})'


@functools.cache
def _axe():
    return Axe().axe_script
