"""What moderators and admins decide and mend, with scripts and without."""
import pytest
from conftest import enter, press
from filled import SETTINGS
from playwright.sync_api import expect


@pytest.fixture
def wiki(filled_wiki):
    return filled_wiki


@pytest.fixture
def environ():
    return SETTINGS


@pytest.fixture
def ada(page, process):
    enter(page, process)
    return page


def row(page, words):
    return page.locator('main li', has_text=words)


def test_a_ban_is_made_and_lifted(ada):
    ada.goto('/moderation/bans')
    ada.fill('[name=name]', 'edda')
    ada.fill('[name=reason]', 'Not that way')
    press(ada, 'button:text-is("Ban")')
    expect(row(ada, 'edda')).to_contain_text('Not that way')
    press(ada, 'main li:has-text("edda") button')
    expect(row(ada, 'edda')).to_contain_text('lifted')
    ada.goto('/moderation/log')
    expect(ada.locator('main li').first).to_contain_text('edda')


def test_what_waits_for_moderators_is_decided(ada):
    ada.goto('/signups')
    ada.check('main li:has-text("Rosa") input')
    press(ada, 'text=Accept those ticked')
    expect(row(ada, 'Rosa')).to_have_count(0)
    expect(row(ada, 'Theodora')).to_have_count(1)
    ada.goto('/spam/attempts')
    press(ada, 'main li:has-text("Cake") button[value=ham]')
    expect(row(ada, 'Cake')).to_have_count(0)
    ada.goto('/docs/Cake')
    expect(ada.locator('article')).to_have_text('Butter, eggs and flour.')
    ada.goto('/bin')
    press(ada, 'main a:text-is("Old")')
    press(ada, 'button:has-text("Restore")')
    expect(ada.locator('article')).to_have_text('Over.')


def test_a_mail_is_sent_again(ada):
    ada.goto('/mails?state=refused')
    press(ada, 'main td a')
    expect(ada.locator('main')).to_contain_text('no such person here')
    press(ada, 'text=Send it again')
    while ada.locator('main .badge').text_content().strip() != 'sent':      # a task does it
        ada.reload()


def test_a_task_tells_why_it_failed(ada):
    ada.goto('/tasks')
    press(ada, '.tabs a:has-text("dead")')
    press(ada, 'main td a')
    expect(ada.locator('main')).to_contain_text('does not answer')
    expect(ada.locator('main')).to_contain_text('Traceback')


def test_the_doctor_says_what_to_do_and_does_it(ada, process):
    (process.data / 'wiki.db').chmod(0o644)
    ada.goto('/doctor')
    finding = ada.locator('section', has_text='Other users of this machine can reach')
    expect(finding).to_contain_text(f'chmod -R go= {process.data}')
    press(ada, 'text=Mend what can be mended')
    expect(ada.locator('.flash')).to_contain_text('Closed to others')
    expect(finding).to_have_count(0)
    assert (process.data / 'wiki.db').stat().st_mode & 0o077 == 0
