"""The data folder: made private, refused when it is not, with one secret and one holder."""
import stat
import threading

import pytest

from kuma_lite import folder


def test_it_is_made_for_this_user_alone(tmp_path):
    path = folder.prepare(tmp_path / 'a' / 'data')
    assert stat.S_IMODE(path.stat().st_mode) == 0o700


def test_one_that_others_can_enter_is_refused_with_the_cure(tmp_path):
    tmp_path.chmod(0o750)
    with pytest.raises(folder.FolderError, match=f'chmod -R go= {tmp_path}'):
        folder.prepare(tmp_path)


def test_a_file_in_its_place_is_refused(tmp_path):
    (tmp_path / 'data').write_text('')
    with pytest.raises(folder.FolderError, match='cannot be used'):
        folder.prepare(tmp_path / 'data')


def test_a_place_that_cannot_be_made_is_refused():
    with pytest.raises(folder.FolderError, match='cannot be used'):
        folder.prepare('/proc/nowhere/data')


def test_the_secret_is_made_once_also_by_many_at_once(tmp_path):
    found = set()
    threads = [threading.Thread(target=lambda: found.add(folder.secret(tmp_path))) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 1 and len(found.pop()) == 64
    assert stat.S_IMODE((tmp_path / 'secret.key').stat().st_mode) == 0o600
    assert [path.name for path in tmp_path.iterdir()] == ['secret.key']


def test_a_damaged_secret_is_refused(tmp_path):
    (tmp_path / 'secret.key').write_text('short')
    with pytest.raises(folder.FolderError, match='damaged'):
        folder.secret(tmp_path)


def test_one_holder_at_a_time(tmp_path):
    with folder.Lock(tmp_path):
        with pytest.raises(folder.FolderError, match=r'process \d+'):
            folder.Lock(tmp_path).acquire()
    with folder.Lock(tmp_path):
        pass
