"""The look: enough contrast in both schemes, nothing from elsewhere, pages that need no script."""
import re

import pytest

from kuma_lite.web.assets import FOLDER

CSS = (FOLDER / 'kuma.css').read_text()
GROUNDS = ('paper', 'surface', 'sunk')
TINTED = ('good', 'bad', 'warn', 'note', 'other')


def schemes():
    return [dict(re.findall(r'--([a-z-]+): (#[0-9a-f]{6});', block))
            for block in re.findall(r':root \{(.*?)\n\s*\}', CSS, re.DOTALL)]


def contrast(one, other):
    """As WCAG 2.2 defines it."""
    low, high = sorted((_luminance(one), _luminance(other)))
    return (high + .05) / (low + .05)


def _luminance(colour):
    parts = [int(colour[at:at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = [part / 12.92 if part <= .04045 else ((part + .055) / 1.055) ** 2.4 for part in parts]
    return .2126 * red + .7152 * green + .0722 * blue


@pytest.mark.parametrize('colours', schemes(), ids=['light', 'dark'])
def test_text_can_be_read_and_borders_can_be_seen(colours):
    texts = ['ink', 'muted', 'accent', *TINTED, *(name for name in colours if name.startswith('code-'))]
    pairs = [(text, ground) for text in texts for ground in GROUNDS]
    pairs += [(name, f'{name}-tint') for name in TINTED]
    pairs += [('on-accent', 'accent'), ('on-accent', 'accent-strong')]
    pairs += [(text, f'{name}-tint') for text in ('ink', 'accent', 'bad', 'muted') for name in TINTED]
    assert not [pair for pair in pairs if contrast(colours[pair[0]], colours[pair[1]]) < 4.5]
    assert not [ground for ground in GROUNDS if contrast(colours['edge'], colours[ground]) < 3]


@pytest.mark.parametrize('path', sorted(FOLDER.iterdir()), ids=lambda path: path.name)
def test_no_asset_comes_from_another_host(path):
    text = path.read_text().replace('http://www.w3.org/2000/svg', '').replace('href^="http"', '')
    text = text.replace("/^https?:", '').replace("'https://'", '')      # what people type into a link
    assert not re.search(r'https?:|//[a-z]+\.|@import|url\(', text)


def test_pages_have_landmarks_a_skip_link_and_a_language(small):
    html = small.get('/page').html
    assert html.html['lang'] == 'en' and html.find('a', class_='skip', href='#content')
    assert len(html.find_all('main')) == len(html.find_all('h1')) == 1
    assert html.find('header') and html.find('footer') and html.find('nav')['aria-label']
    assert not html.find_all(style=True) and not [tag for tag in html.find_all('script') if tag.text]


def test_assets_are_kept_for_a_year_under_an_address_that_changes(small):
    address = small.get('/page').html.find('link', rel='stylesheet')['href']
    assert 'immutable' in small.get(address).headers['Cache-Control']
    assert small.get('/static/kuma.css?v=old').headers['Cache-Control'] == 'no-cache'
    assert small.get('/favicon.ico').content_type == 'image/svg+xml'
    small.get('/static/nothing.css', status=404)
