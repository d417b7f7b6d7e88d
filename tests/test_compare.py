"""Any two revisions of a page compared, and the ways from one comparison to others."""
import re

import pytest


@pytest.fixture
def page(site):
    """Tea in four revisions; returns their ids."""
    return [site.page('Tea', content, author=author).current_id
            for content, author in (('One\n', 'edda'), ('One\nTwo\n', 'mona'), ('Two\n', 'ada'),
                                    ('Two and a half\n', 'mona'))]


def compared(site, old, new, **more):
    return site.app.get('/docs/Tea$compare', {'from': old, 'to': new, **more})


def lines(answer, kind):
    return [line.text for line in answer.html.select(f'.diff .{kind} .words')]


def heads(answer):
    return [int(link['href'].rpartition('/')[2]) for link in answer.html.select('.versus h2 a')]


def test_any_two_revisions_are_chosen_in_the_history(site, page):
    form = site.app.get('/docs/Tea$history').forms['compare-form']
    assert (form['from'].value, form['to'].value) == (str(page[2]), str(page[3]))
    form['from'], form['to'] = str(page[0]), str(page[2])
    shown = form.submit()
    assert (lines(shown, 'removed'), lines(shown, 'added')) == (['One'], ['Two'])
    assert heads(shown) == [page[0], page[2]]


def test_or_on_the_comparison_itself(site, page):
    form = compared(site, page[0], page[1], view='unified').forms['compare-form']
    assert [option[0] for option in form['from'].options] == [str(number) for number in page[::-1]]
    form['to'] = str(page[3])
    shown = form.submit()
    assert heads(shown) == [page[0], page[3]] and shown.html.select('.diff.unified')


def test_of_a_long_history_the_newest_and_those_compared_are_offered(site):
    numbers = [site.page('Tea', str(number)).current_id for number in range(53)]
    form = compared(site, numbers[0], numbers[1]).forms['compare-form']
    assert len(form['to'].options) == 52 and (form['from'].value, form['to'].value) == ('1', '2')


def test_one_steps_through_the_changes(site, page):
    middle = compared(site, page[1], page[2])
    assert heads(middle.click('Previous change')) == page[:2]
    last = middle.click('Next change')
    assert heads(last) == page[2:] and 'Next change' not in last
    assert 'Previous change' not in compared(site, page[0], page[3])


def test_the_sides_can_be_swapped(site, page):
    swapped = compared(site, page[0], page[1]).click('Swap sides')
    assert heads(swapped) == [page[1], page[0]] and lines(swapped, 'removed') == ['Two']
    assert heads(swapped.click('Next change')) == page[1:3]


def test_one_view_leads_to_the_other_and_stays_while_one_steps(site, page):
    split = compared(site, page[0], page[1])
    assert split.html.select('.diff.split') and not split.html.select('.unified')
    unified = split.click('One above the other')
    assert unified.html.select('.diff.unified')
    assert unified.click('Next change').html.select('.diff.unified')
    assert unified.click('Side by side').html.select('.diff.split')


def test_words_say_what_colours_say(site, page):
    shown = compared(site, page[2], page[3]).html
    assert shown.select_one('del .visually-hidden').text == 'removed: '
    assert shown.select_one('ins .visually-hidden').text == 'added: '
    assert [mark.text for mark in shown.select('ins mark')] == [' and a half']
    assert '1 line removed, 1 line added.' in shown.text


def test_a_block_that_moved_leads_to_where_it_stands(site):
    block, rest = '# Milk\nCold milk.\nWarm milk.\n', 'A line.\nAnother one.\nA third.\nA fourth.\n'
    old, new = (site.page('Tea', text).current_id for text in (block + rest, rest + block))
    shown = compared(site, old, new).html
    notes = shown.select('a.note')
    assert [note.text for note in notes] == ['moved to line 5', 'moved from line 1']
    assert [shown.find(id=note['href'][1:]).find(class_='words').text for note in notes] == ['# Milk'] * 2


def test_what_is_the_same_is_folded(site):
    text = '\n'.join(f'Line {number}' for number in range(100))
    old, new = (site.page('Tea', content).current_id for content in (text, text + '\nOne more'))
    [fold] = compared(site, old, new).html.select('details.fold')
    assert fold.summary.text == '… 97 unchanged lines …' and len(fold.select('.again')) == 97


def test_spaces_alone_are_told(site):
    texts = 'One  two', 'One two', 'One   two\nThree'
    old, new, newest = (site.page('Tea', text).current_id for text in texts)
    shown = compared(site, old, new)
    assert 'Only spaces or line ends have changed' in shown and not shown.html.select('.note')
    shown = compared(site, new, newest)
    assert shown.html.select_one('ins .note').text == 'only spaces or line ends changed'


def test_two_that_are_too_different_lead_to_both(site):
    old, new = (site.page('Tea', f'{word} line\n\n' * 1_999 + word).current_id for word in ('One', 'Other'))
    shown = compared(site, old, new).html
    told = shown.select_one('main .notice')
    sentences = ' '.join(told.text.split())
    assert 'Too much is different' in sentences and '3,999 lines, 19,993 characters' in sentences
    assert [link['href'][-11:] for link in told.select('a')] == [f'$revision/{old}', f'$revision/{new}']


def test_two_that_are_alike_say_so(site, page):
    assert 'The text is the same.' in compared(site, page[0], page[0])


def test_changed_tags_are_shown(site, page):
    old, new = (site.page('Tea', words=words).current_id for words in ('beta', 'gamma'))
    shown = compared(site, old, new).html
    assert (shown.select_one('p del').text, shown.select_one('p ins').text) == ('beta', 'gamma')
    assert shown.find('link', href=re.compile('/diff.css'))
    assert 'Tags:' not in compared(site, new, new)


def test_a_changed_title_is_shown(site, page):
    new = site.page('Tea', 'Two and a half\n', title='Green tea').current_id
    shown = compared(site, page[3], new).html
    assert (shown.select_one('p del').text, shown.select_one('p ins').text) == ('Tea', 'Green tea')


def test_lines_that_look_like_html_or_a_diff_are_shown_as_what_they_are(site):
    old = site.page('Tea', '-- one\n@@ two\n', comment='<i>').current_id
    new = site.page('Tea', '++ one\n<script>\n').current_id
    shown = compared(site, old, new)
    assert lines(shown, 'removed') == ['-- one', '@@ two']
    assert lines(shown, 'added') == ['++ one', '<script>']
    assert '<i>' not in shown


@pytest.mark.parametrize('query', ['', 'from=1', 'from=a&to=b', 'from=-1&to=1', f'from={"9" * 40}&to=1',
                                   'from=1&from=1&to=1'])
def test_a_comparison_needs_two_numbers(site, page, query):
    site.app.get(f'/docs/Tea$compare?{query}', status=400)
