"""Every page fits phone, tablet and desk, in both schemes, and has what screen readers need."""
import pytest
from conftest import set_up, write

TEXT = '''# Tea

## One

| a | wide | table | with | many | columns | that | go | on | and | on |
|---|---|---|---|---|---|---|---|---|---|---|
| some | cells | of | ordinary | length | and | then | a_very_long_word_without_any_space | more | x | y |

## Two

```python
def a_function_with_a_long_name(and_many_arguments, that_do_not_fit, on_a_phone): return "a long line of code"
```

## Three

https://example.org/an/address/that/is/much/longer/than/any/phone/is/wide/and/then/some/more

- [ ] a task
- [x] another
'''
PAGES = ['/', '/search', '/search?q=cells', '/search?q=zebra',
         '/all', '/all/list', '/recent', '/recent?by=Ada&under=Tea', '/tags', '/docs/Tea$children',
         '/docs/Tea$links',
         '/docs/Tea$toc', '/new', '/login', '/mails', '/mails/1',
         '/tasks', '/tasks/1', '/tasks/schedule', '/users/Ada', '/doctor',
         '/docs/Nowhere', '/docs/Tea', '/docs/Tea$edit', '/docs/Tea$history', '/docs/Tea$compare?from=1&to=2',
         '/docs/Tea$compare?from=1&to=2&view=unified',
         '/docs/Tea$revision/1', '/docs/Tea$revert/1', '/drafts', '/drafts/1',
         '/dashboards/revisions?page=e', '/dashboards/revisions/2', '/dashboards/spam',
         '/watches', '/your-mail', '/account', '/account/name', '/account/address', '/account/password',
         '/account/leave', '/account/second-factor', '/login/forgotten', '/recover?link=1.x',
         '/signups', '/spam/attempts', '/spam/rules', '/docs/Tea$verdict/2',
         '/moderation/bans', '/moderation/log', '/moderation/cleanup/Ada', '/bin', '/docs/Tea$delete']


@pytest.mark.parametrize('scheme', ['light', 'dark'])
@pytest.mark.parametrize('width', [360, 768, 1440])
def test_no_page_is_wider_than_the_screen(open_browser, process, width, scheme, tmp_path):
    page = open_browser(viewport={'width': width, 'height': 900}, color_scheme=scheme)
    set_up(page, process)
    write(page, 'Tea', TEXT)
    write(page, 'Tea', TEXT.replace('another', 'one more'))
    keep_draft(page)
    for number, path in enumerate(PAGES):
        page.goto(path)
        page.screenshot(path=tmp_path / f'{number}.png', full_page=True)
        assert page.evaluate('document.documentElement.scrollWidth') <= width, path
        assert len(page.query_selector_all('h1:visible')) == 1, path
        assert page.query_selector('main') and page.query_selector('a.skip'), path
        assert not unlabelled(page), path


def keep_draft(page):
    page.goto('/docs/Tea$edit')
    page.fill('#text', TEXT.replace('another', 'nothing yet'))
    page.click('text=Keep as draft')
    page.wait_for_selector('text=Draft kept')


def unlabelled(page):
    """Fields without a label."""
    return page.evaluate('''() => [...document.querySelectorAll('input, textarea, select')]
        .filter(field => field.type !== 'hidden' && !field.disabled)
        .filter(field => !field.labels.length && !field.getAttribute('aria-label'))
        .map(field => field.name)''')


def test_on_paper_addresses_stand_behind_words_and_not_behind_themselves(open_browser, process):
    page = open_browser()
    set_up(page, process)
    write(page, 'Tea', 'https://example.org/bare and [words](https://example.org/hidden) www.example.org')
    page.wait_for_selector('article')
    page.emulate_media(media='print')
    printed = page.evaluate('''() => [...document.querySelectorAll('article a')]
        .map(link => getComputedStyle(link, '::after').content.includes('example.org'))''')
    assert printed == [False, True, False]


def test_a_table_that_is_cut_off_has_a_shadow_at_its_edge(open_browser, process):
    page = open_browser(viewport={'width': 360, 'height': 900})
    set_up(page, process)
    write(page, 'Tea', 'Hot.')
    page.goto('/tasks')
    wide, shown = page.eval_on_selector(
        '.scroll', 'box => [box.scrollWidth > box.clientWidth, getComputedStyle(box).backgroundImage]')
    assert wide and 'gradient' in shown
