"""The page of a clean-up follows it."""
import subprocess
import sys

from conftest import set_up, write

from process import CHECKOUT


def tasks(process, verb):
    program = str(CHECKOUT / 'kuma_lite.py')
    subprocess.run([sys.executable, program, 'tasks', verb, '--data', str(process.data)], check=True,
                   stdout=subprocess.DEVNULL)


def test_it_says_by_itself_that_all_is_done(open_browser, process):
    page = open_browser()
    set_up(page, process)
    write(page, 'Tea', 'Buy pills.')
    tasks(process, 'pause')
    page.goto('/moderation/cleanup/Ada')
    page.check('main li input')
    page.fill('#reason', 'Spam')
    page.click('button[value=clean]')
    page.wait_for_selector('text=0 of 1 pages are done')
    tasks(process, 'resume')
    page.wait_for_selector('text=All of it is done. Nothing is left to look at.')
    assert page.inner_text('#progress .badge') == 'done'
