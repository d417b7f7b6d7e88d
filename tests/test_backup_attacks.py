"""Backups that are broken, and archives that mean no good: refused in a sentence, with nothing unpacked."""
import gzip
import json
import random
import shutil
import time
import tracemalloc
import zipfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from backup_base import Packed, contents, forged, header, listed, tar_of, tree
from kuma_lite import db
from kuma_lite.backup import actions, manifest
from kuma_lite.backup.making import Failed

ATTACKS = Path(__file__).parents[2] / 'shared/attacks/archive-layouts.json'
LAYOUTS = json.loads(ATTACKS.read_text('utf-8')) if ATTACKS.exists() else []
OWN = [{'name': 'own up', 'members': [{'type': 'file', 'name': '../moo', 'content': 'x'}]},
       {'name': 'own link', 'members': [{'type': 'symlink', 'name': 'files', 'target': '/tmp'},
                                        {'type': 'file', 'name': 'files/moo', 'content': 'x'}]},
       {'name': 'own device', 'members': [{'type': 'chardev', 'name': 'files/null'}]},
       {'name': 'own twice', 'members': [{'type': 'file', 'name': 'files/a', 'content': '1'},
                                         {'type': 'file', 'name': 'files/a', 'content': '2'}]}]
SECONDS, MEMORY = 2, 64 << 20
MADE = []       # the bytes of a good backup


@pytest.fixture
def backup(request, tmp_path):
    """The path of a good backup; what lies beside it is the work of the test."""
    path = tmp_path / 'good.tar.gz'
    if not MADE:        # once is enough
        with request.getfixturevalue('site_in')('inline') as site:
            site.page('Tea', 'Hot.')
            MADE.append(actions.create(tmp_path / 'first.tar.gz').path.read_bytes())
        db.database.close_all()
        shutil.rmtree(tmp_path / 'data')
        (tmp_path / 'first.tar.gz').unlink()
    path.write_bytes(MADE[0])
    return path


def refused(path, where, says=''):
    """The restore and the check both refuse it, and leave everything as it was, with little time and room."""
    before = tree(where)
    for call in (lambda: actions.restore(path, where / 'new'), lambda: actions.verify(path)):
        tracemalloc.start()
        began = time.process_time()
        with pytest.raises(Failed, match=says or None) as caught:
            call()
        assert time.process_time() - began < SECONDS and tracemalloc.get_traced_memory()[1] < MEMORY
        tracemalloc.stop()
        assert '\n' not in str(caught.value) and str(caught.value).endswith('.')
    assert tree(where) == before
    return str(caught.value)


@pytest.mark.parametrize('layout', OWN + LAYOUTS, ids=lambda layout: layout['name'])
def test_layouts_of_others(backup, tmp_path, layout):
    """As they are, and behind a good backup whose manifest lists their members, too."""
    bad = tmp_path / 'bad.tar.gz'
    if layout['members'][0]['type'] == 'overlap':       # there is no such thing but in a zip
        with zipfile.ZipFile(bad, 'w') as archive:
            archive.writestr('wiki.db', 'x')
        refused(bad, tmp_path)
        return
    bad.write_bytes(tar_of(layout['members']))
    refused(bad, tmp_path)
    good = contents(backup)
    good[manifest.NAME]['members'] += [entry(member['name'], size(member)) for member in layout['members']]
    good[manifest.NAME] = json.dumps(good[manifest.NAME]).encode()
    before = b''.join(header(name, len(content)) + content + bytes(-len(content) % 512)
                      for name, content in good.items())
    bad.write_bytes(tar_of(layout['members'], before))
    refused(bad, tmp_path)


def entry(name, size=1):
    return {'name': name, 'size': size, 'sha256': '0' * 64}


def size(member):
    return member.get('declared_size', member.get('zeros', len(member.get('content', ''))))


@pytest.mark.parametrize('name', [
    'files/../../moo', 'files//moo', '/files/moo', 'files/./moo', 'files/moo/', 'files/', 'files/.moo',
    'files/a\\b', 'files/C:moo', 'files/a\nb', 'files/ moo', 'files/moo.', 'moo', 'Wiki.db', 'wiki.db-wal',
    'wiki.db/moo', 'config.ini/moo', 'lock', 'backups/moo.tar.gz', 'files/a\u202eb', '../wiki.db'])
def test_a_name_that_no_file_of_a_wiki_has(backup, tmp_path, name):
    bad = forged(tmp_path / 'bad.tar.gz', contents(backup), more={name: b'x'})
    refused(bad, tmp_path, 'it lists|it begins|it holds')


def test_the_same_attack_with_an_innocent_name_is_no_attack(backup, tmp_path):
    """So that the tests above fail for their own reason."""
    good = forged(tmp_path / 'b.tar.gz', contents(backup), more={'files/moo': b'x'})
    assert actions.verify(good).members[-1].name == 'files/moo'


def change(**values):
    def apply(info):
        if info.name == 'files/moo':
            for name, value in values.items():
                setattr(info, name, value)
    return apply


@pytest.mark.parametrize('values', [
    {'type': b'2', 'linkname': '/etc/passwd'}, {'type': b'1', 'linkname': 'wiki.db'}, {'type': b'3'},
    {'type': b'4'}, {'type': b'5'}, {'type': b'6'}, {'type': b'7'}, {'type': b'L'}, {'type': b'K'},
    {'type': b'x'}, {'type': b'g'}, {'type': b'S'}, {'type': b'0', 'mode': 0o4755}, {'size': 0},
    {'size': 600}, {'size': -1}, {'size': 1 << 62}, {'name': 'files/other'}])
def test_a_header_that_is_not_that_of_a_listed_file(backup, tmp_path, values):
    bad = forged(tmp_path / 'bad.tar.gz', contents(backup), change(**values), {'files/moo': b'x'})
    refused(bad, tmp_path)


@pytest.mark.parametrize('fields', [
    {'format': None}, {'format': 'one'}, {'format': True}, {'format': -1}, {'pages': 7}, {'revisions': -1},
    {'generation': 1.5}, {'pages': '1'}, {'people': None}, {'version': 1}, {'site': ['x']},
    {'migrations': 'x'}, {'migrations': [1]}, {'migrations': []}, {'secrets': 'no'}, {'site': 'x' * 5000},
    {'members': {}}, {'members': []}, {'members': [1]}, {'members': [{'name': 'wiki.db'}]},
    {'members': [entry('wiki.db', -1)]}, {'members': [entry('wiki.db')] * 2},
    {'members': [entry('wiki.db')]}])
def test_a_manifest_that_is_not_what_it_should_be(backup, tmp_path, fields):
    refused(forged(tmp_path / 'bad.tar.gz', contents(backup), **fields), tmp_path)


@pytest.mark.parametrize('content', [b'', b'[]', b'{', b'null', b'[' * 200_000, b'\xff', b'{"format": 1e999}',
                                     b'{"format": ' + b'9' * 5000 + b'}'])
def test_a_manifest_that_is_none(backup, tmp_path, content):
    bad = tmp_path / 'bad.tar.gz'
    bad.write_bytes(gzip.compress(header(manifest.NAME, len(content)) + content + bytes(-len(content) % 512)))
    refused(bad, tmp_path)


def test_a_manifest_of_a_million_files_is_not_read(tmp_path):
    bad = tmp_path / 'bad.tar.gz'
    packed = Packed()
    packed.add(header(manifest.NAME, 130_000_000))
    packed.add_zeros(130_000_000)
    bad.write_bytes(packed.bytes())
    refused(bad, tmp_path, 'does not begin with a manifest')


def test_a_database_that_is_none_or_another(backup, tmp_path):
    cut = contents(backup)['wiki.db'][:-4096]
    for content in (b'', b'x' * 5000, b'SQLite format 3\0' + bytes(4080), cut):
        refused(forged(tmp_path / 'bad.tar.gz', contents(backup), more={'wiki.db': content}), tmp_path,
                'its database')


def test_one_without_a_database_or_with_less_than_listed(backup, tmp_path):
    bad = forged(tmp_path / 'bad.tar.gz', contents(backup), more={'wiki.db': None})
    refused(bad, tmp_path, 'holds no database')
    more = listed({'wiki.db': contents(backup)['wiki.db'], 'files/more': b'x'})
    good = {name: content for name, content in contents(backup).items() if name != 'config.ini'}
    refused(forged(tmp_path / 'bad.tar.gz', good, members=more), tmp_path, 'not there')


def test_a_member_that_is_not_what_its_hash_says(backup, tmp_path):
    good = contents(backup)
    members = [{**member, 'sha256': '0' * 64} if member['name'] == 'config.ini' else member
               for member in good[manifest.NAME]['members']]
    refused(forged(tmp_path / 'bad.tar.gz', good, members=members), tmp_path, 'config.ini is not what it was')


def test_a_database_with_a_broken_page_whose_hash_is_right(backup, tmp_path):
    whole = contents(backup)['wiki.db']
    broken = whole[:-4096] + bytes(4096)
    refused(forged(tmp_path / 'bad.tar.gz', contents(backup), more={'wiki.db': broken}), tmp_path,
            'its database (is damaged|cannot be read)')     # it depends on what lies on that page


@pytest.mark.parametrize('names', [('files/a', 'files/A'), ('files/\uff41', 'files/a'), ('files/a',) * 2])
def test_names_that_some_system_takes_for_one(backup, tmp_path, names):
    good = contents(backup)
    members = [*good[manifest.NAME]['members'], *map(entry, names)]
    refused(forged(tmp_path / 'bad.tar.gz', good, members=members), tmp_path, 'lists the same file twice')


def test_ten_gigabytes_of_nothing(backup, tmp_path):
    """In a file that a wiki might have, with all that the manifest can say about it."""
    size, good = 10 << 30, contents(backup)
    good[manifest.NAME]['members'].append(entry('files/a', size))
    good[manifest.NAME] = json.dumps(good[manifest.NAME]).encode()
    before = b''.join(header(name, len(content)) + content + bytes(-len(content) % 512)
                      for name, content in good.items())
    bad = tmp_path / 'bad.tar.gz'
    bad.write_bytes(tar_of([{'type': 'file', 'name': 'files/a', 'zeros': size}], before))
    refused(bad, tmp_path, 'far too large')


# Broken on the way

def test_cut_at_every_tenth_of_it(backup, tmp_path):
    whole, bad = backup.read_bytes(), tmp_path / 'bad.tar.gz'
    for tenth in range(10):
        bad.write_bytes(whole[:len(whole) * tenth // 10])
        refused(bad, tmp_path, 'it is cut off')
    bad.write_bytes(whole[:-1])
    refused(bad, tmp_path, 'it is cut off')


def test_a_flipped_byte_is_found_or_means_nothing(backup, tmp_path):
    whole, bad = backup.read_bytes(), tmp_path / 'bad.tar.gz'
    good = actions.verify(backup)
    chosen = random.Random(7).sample(range(len(whole)), 25)
    for place in [*range(12), *chosen, len(whole) - 5, len(whole) - 1]:
        bad.write_bytes(whole[:place] + bytes([whole[place] ^ 0x41]) + whole[place + 1:])
        try:
            assert actions.verify(bad) == good      # what the packer says of itself, or another way to say it
        except Failed:
            pass
    assert sorted(path.name for path in tmp_path.iterdir()) == ['bad.tar.gz', 'good.tar.gz']


@pytest.mark.parametrize('more', [b'x', b'x' * 20_000, gzip.compress(b'x'), gzip.compress(bytes(20_000))],
                         ids=['byte', 'bytes', 'packed', 'packed zeros'])
def test_nothing_may_follow(backup, tmp_path, more):
    bad = tmp_path / 'bad.tar.gz'
    bad.write_bytes(backup.read_bytes() + more)
    refused(bad, tmp_path)


def test_what_is_no_backup_at_all(backup, tmp_path):
    text = b'Hello.' * 500
    for name, content in [('empty', b''), ('text', text), ('other.gz', gzip.compress(text)),
                          ('wiki.db', contents(backup)['wiki.db'])]:
        (tmp_path / name).write_bytes(content)
        refused(tmp_path / name, tmp_path, 'is no whole backup of Kuma Lite')
    (tmp_path / 'folder').mkdir()
    refused(tmp_path / 'folder', tmp_path, 'is a folder; name the backup itself')
    refused(Path('/dev/zero'), tmp_path, 'is no plain file')


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.data())
def test_whatever_stands_in_a_tar(tmp_path, data):
    """However blocks are put together."""
    blocks = st.one_of(st.binary(max_size=600), st.builds(
        header, st.sampled_from(['manifest.json', 'wiki.db', '../x', 'files/a']), st.integers(0, 10 ** 12)))
    bad = tmp_path / 'bad.tar.gz'
    bad.write_bytes(gzip.compress(b''.join(data.draw(st.lists(blocks, max_size=5)))))
    with pytest.raises(Failed):
        actions.restore(bad, tmp_path / 'new')
    assert [path.name for path in tmp_path.iterdir()] == ['bad.tar.gz']
