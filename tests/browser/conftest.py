"""A site process and Debian's Chromium. Each test gets a fresh site."""
import re
import shutil
import subprocess
import sys

import pytest
from playwright.sync_api import expect, sync_playwright

from process import CHECKOUT, Process

QUIET = ['--no-sandbox', '--disable-gpu', '--disable-background-networking', '--disable-component-update',
         '--disable-sync']
PASSWORD = 'a good long passphrase'
expect.set_options(timeout=30_000)      # milliseconds, as `click` and its like wait


@pytest.fixture(scope='session')
def chromium():
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which('chromium'), args=QUIET)
        yield browser
        browser.close()


@pytest.fixture
def process(tmp_path):
    with Process(tmp_path / 'data') as site:
        site.setup = re.search(r'Set up +(\S+)', ''.join(site.lines))[1]
        yield site


@pytest.fixture
def open_browser(chromium, process):
    """A function that opens a browser of its own; whatever the page's console complains of fails the test."""
    contexts, complaints = [], []

    def new(**options):
        context = chromium.new_context(**{'base_url': process.url, **options})
        context.on('console', lambda message: complaints.append(message.text)
                   if message.type == 'error' and 'Failed to load resource' not in message.text else None)
        context.on('weberror', lambda error: complaints.append(str(error.error)))
        contexts.append(context)
        return context.new_page()
    yield new
    for context in contexts:
        context.close()
    assert complaints == []


@pytest.fixture(params=[True, False], ids=['scripts', 'no scripts'])
def page(request, open_browser):
    """A browser with and one without JavaScript."""
    return open_browser(java_script_enabled=request.param)


def press(page, selector):
    """Click on what leads to another page, and wait until that is loaded."""
    with page.expect_navigation():
        page.click(selector)


def set_up(page, site):
    """Make the first account by the link that `serve` printed."""
    page.goto(site.setup)
    page.fill('[name=name]', 'Ada')
    page.fill('[name=email]', 'ada@example.org')
    page.fill('[name=password]', PASSWORD)
    press(page, 'main button')


def log_in(page, name='Ada'):
    page.goto('/login')
    page.fill('#login [name=name]', name)
    page.fill('#login [name=password]', PASSWORD)
    press(page, '#login button')


def write(page, path, content, title=None):
    page.goto(f'/docs/{path}$edit')
    if title:
        page.fill('#title', title)
    page.fill('#text', content)
    save(page)


def save(page):
    press(page, '#edit-form button:not([type=button], [formaction])')


def add_user(process, name):
    subprocess.run([sys.executable, str(CHECKOUT / 'kuma_lite.py'), 'user', 'add', name, '--role', 'editor',
                    '--email', f'{name}@example.org', '--data', str(process.data)],
                   input=f'{PASSWORD}\n', text=True, check=True, stdout=subprocess.DEVNULL)
