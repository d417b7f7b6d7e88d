"""Long texts are rendered one at a time; who has to wait too long is told so, short ones do not wait."""
import threading

from kuma_lite.wiki import turns

LONG = 'Some *words* of a paragraph.\n\n' * 4_000


def test_a_reader_of_a_long_old_revision_is_told_to_come_back(site, monkeypatch):
    monkeypatch.setattr(turns, 'READING', 0.05)
    page = site.page('Long', LONG)
    address = f'/docs/Long$revision/{page.current_id}'
    assert site.app.get(address).status_int == 200
    with turns.turn(LONG, 1):
        assert 'busy' in site.app.get(address, status=503)
        assert site.app.get('/docs/Long').status_int == 200      # the current one is there already


def test_an_edit_waits_for_its_turn(site):
    held, release, order = threading.Event(), threading.Event(), []

    def hold():
        with turns.turn(LONG, 1):
            held.set()
            release.wait(30)
            order.append('released')
    holder = threading.Thread(target=hold)
    holder.start()
    held.wait()
    threading.Timer(0.2, release.set).start()
    site.page('Long', LONG)
    order.append('saved')
    assert order == ['released', 'saved']
    holder.join()


def test_a_short_text_needs_no_turn(site):
    with turns.turn(LONG, 1):
        assert site.page('Short', 'Hello.').html
