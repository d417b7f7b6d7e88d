"""Signing up, with the link that confirms the address, open and by approval; and a time zone."""
import time

import pytest
from conftest import enter, log_in, press
from playwright.sync_api import expect
from test_account import link_of_mail, see

from kuma_lite.signup.forms import LEAST
from process import wait_for

NORA, PASSWORD = 'nora@example.org', 'a quiet green lake'


@pytest.fixture
def environ(request):
    return {'KUMA_ACCOUNTS_SIGNUP': getattr(request, 'param', 'open')}


def sign_up(page, name='Nora'):
    """As long as people take."""
    page.goto('/')
    began = time.monotonic()
    page.goto('/signup')
    page.fill('#signup [name=name]', name)
    page.fill('#email', NORA)
    page.fill('#password', PASSWORD)
    wait_for(lambda: time.monotonic() - began > LEAST + 1)
    press(page, '#signup button')
    see(page, f'A link is on its way to {NORA}')


def test_from_the_form_to_the_account(page, process, open_browser):
    sign_up(page)
    log_in(page, 'Nora', PASSWORD)
    see(page, 'do not belong together')
    see(page, 'Follow the link that was mailed to you first')
    elsewhere = open_browser()      # the mail may be read on another device
    elsewhere.goto(link_of_mail(process, NORA))
    expect(elsewhere.locator('#name')).to_have_value('Nora')
    elsewhere.fill('#password', 'another green lake')
    press(elsewhere, 'main button')
    see(elsewhere, 'not the password that you chose')
    elsewhere.fill('#password', PASSWORD)
    press(elsewhere, 'main button')
    see(elsewhere, 'Welcome, Nora')
    log_in(page, 'Nora', PASSWORD)
    expect(page.locator('summary:has-text("Nora")')).to_be_visible()
    page.goto(link_of_mail(process, NORA))
    see(page, 'This link has ended')


def test_a_name_that_is_taken_is_told_behind_the_link(page, process):
    sign_up(page, 'edda')
    page.goto(link_of_mail(process, NORA))
    page.fill('#password', PASSWORD)
    press(page, 'main button')
    see(page, 'There is an account named "edda" already')
    page.fill('#name', 'Nora')
    page.fill('#password', PASSWORD)
    press(page, 'main button')
    see(page, 'Welcome, Nora')


@pytest.mark.parametrize('environ', ['approval'], indirect=True)
def test_a_moderator_decides_about_who_confirmed(page, process, open_browser):
    sign_up(page)
    ada = open_browser()
    enter(ada, process)
    ada.goto('/signups')
    see(ada, 'Nobody waits for an account')
    press(ada, 'text=One has not confirmed the address yet')
    see(ada, NORA)
    page.goto(link_of_mail(process, NORA))
    page.fill('#password', PASSWORD)
    press(page, 'main button')
    see(page, 'A moderator will look at it')
    ada.goto('/signups')
    ada.check('text=Nora')
    press(ada, 'text=Accept those ticked')
    see(ada, 'One account was made')
    log_in(page, 'Nora', PASSWORD)
    expect(page.locator('summary:has-text("Nora")')).to_be_visible()


def test_a_time_zone(page, process):
    enter(page, process)
    page.goto('/account/time-zone')
    page.fill('#zone', 'Middle/Earth')
    press(page, 'main button')
    see(page, 'is no time zone')
    page.fill('#zone', 'Asia/Seoul')
    press(page, 'main button')
    see(page, 'Times are in Asia/Seoul from now on')
    assert page.locator('main time').first.get_attribute('title').endswith('KST')
