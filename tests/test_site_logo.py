"""The logo: what is taken, that nothing in it can run or tell where it was made, how it is sent, and that no
other form takes files."""
import base64
import re
import struct

import pytest
from logos import GIF, JPEG, WEBP, WEBP_LOSSLESS, chunk, png, send, take_back

from kuma_lite import db
from kuma_lite.moderation.models import Entry
from kuma_lite.site import actions, images
from kuma_lite.site.models import Picture, Setting
from kuma_lite.web import Refused, uploads
from web_base import attacks

KINDS = {'image/png': png(), 'image/jpeg': JPEG, 'image/gif': GIF, 'image/webp': WEBP}


def shown(site):
    """The address of the logo on a page, or ''."""
    found = re.search('/logo/[^"]+', site.app.get('/login').text)
    return found[0] if found else ''


def test_a_picture_of_each_kind_becomes_the_logo_of_every_page(site):
    ada = site.login('ada')
    for kind, data in KINDS.items():
        assert send(ada, data, 'x.png').status_int == 303
        answer = site.app.get(shown(site))
        assert (answer.content_type, answer.body) == (kind, data)
        assert answer.headers['X-Content-Type-Options'] == 'nosniff'
        assert answer.headers['Cache-Control'] == 'public, max-age=31536000, immutable'
        assert 'sandbox' in answer.headers['Content-Security-Policy']


def test_it_has_words_and_keeps_its_shape(site):
    ada = site.login('ada')
    send(ada, png(90, 60), words='A "cup"')
    assert 'alt="A &quot;cup&quot;" width="42" height="28"' in site.app.get('/login')
    first = shown(site)
    form = ada.get('/site').forms['logo-form']      # no other file
    form['words'] = 'A pot'
    form.submit()
    assert 'alt="A pot"' in site.app.get('/login') and shown(site) == first
    assert [entry.reason for entry in Entry.listed()] == ['other words', 'another picture']


def test_another_picture_has_another_address_and_removing_it_goes_back(site):
    ada = site.login('ada')
    send(ada, png(3, 2))
    first = shown(site)
    send(ada, png(4, 4))
    assert shown(site) not in ('', first)
    assert f'<link rel="icon" href="{shown(site)}">' in site.app.get('/login')     # it is square
    ada.get('/site').forms['remove-form'].submit()
    assert shown(site) == '' and '/static/favicon.svg' in site.app.get('/login')
    assert Picture.select().count() == 1            # what can still be taken back
    take_back(ada)
    assert 'width="4" height="4"' in ada.get('/site') and shown(site)


@pytest.mark.parametrize('value', ['{', '1', '["a"]', 'null'])
def test_a_damaged_row_takes_only_the_logo_away(site, value):
    with db.atomic():
        Setting.create(key='logo', value=value, person=site.people.ada)
    assert shown(site) == '' and site.login('ada').get('/site').status_int == 200


def test_what_is_too_large_is_told_by_its_size(site):
    answer = send(site.login('ada'), png(extra=chunk(b'IDAT', b'\0' * 300 * 1024)))
    assert answer.status_int == 422 and '301 KB; 256 KB fit' in answer and not shown(site)


@pytest.mark.parametrize('data, words', [
    (b'', 'no picture'), (b'hello', 'no picture'), (png()[:-5], 'damaged'),
    (png(5_000, 1), '4,000 each way'),
    (png().replace(b'IEND', b'IENX'), 'damaged'), (JPEG[:-20], 'damaged'), (GIF[:20], 'damaged'),
    (WEBP[:20], 'damaged'), (b'\xff\xd8\xff', 'damaged'), (b'RIFF\0\0\0\0WEBP', 'damaged'),
    (b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>', 'no picture'),
    (b'\x89PNG\r\n\x1a\n<script>alert(1)</script>', 'damaged')])
def test_what_is_no_picture_is_refused_in_a_sentence(data, words):
    with pytest.raises(images.NoPicture, match=words):
        images.read(data)


FRAME, START = JPEG.index(b'\xff\xc0'), GIF.index(b',\0\0\0\0')


@pytest.mark.parametrize('data, words', [
    (JPEG[:FRAME + 5] + b'\xff' * 4 + JPEG[FRAME + 9:-2] + JPEG[FRAME:FRAME + 13] + b'\xff\xd9', 'damaged'),
    (GIF[:START + 5] + b'\xff' * 4 + GIF[START + 9:], '65,535 × 65,535'),
    (GIF[:START + 1] + b'\xff' * 4 + GIF[START + 5:], '65,536 × 65,536')])
def test_no_second_size_hides_a_very_large_picture(data, words):
    with pytest.raises(images.NoPicture, match=words):
        images.read(data)


def test_what_was_typed_beside_it_stays_in_the_form(site):
    answer = send(site.login('ada'), b'hello', words='A cup')
    assert answer.status_int == 422 and 'no picture' in answer and not shown(site)
    assert answer.forms['logo-form']['words'].value == 'A cup'
    assert 'Please choose a file' in send(site.login('ada'), b'')


def test_no_active_file_of_others_is_taken(site):
    ada = site.login('ada')
    form = ada.get('/site').forms['logo-form']
    for case in attacks('upload-active-content.json'):
        data = base64.b64decode(case['content_base64'])
        for behind in (data, png() + data, GIF + data):
            try:
                kept = images.read(behind)
            except images.NoPicture:
                continue
            assert kept.data in (png(), GIF)        # and nothing of what stood behind it
    form['logo'] = ('a.svg', b'<svg onload="alert(1)"/>')
    assert form.submit(expect_errors=True).status_int == 422 and not shown(site)


COMMENT = b'<script>alert(1)</script>'


@pytest.mark.parametrize('data, clean', [
    (png(extra=chunk(b'tEXt', b'Comment\0' + COMMENT) + chunk(b'eXIf', COMMENT)), png()),
    (JPEG[:2] + b'\xff\xe1' + struct.pack('>H', 2 + len(COMMENT)) + COMMENT + JPEG[2:], JPEG),
    (JPEG[:2] + b'\xff\xfe' + struct.pack('>H', 2 + len(COMMENT)) + COMMENT + JPEG[2:] + COMMENT, JPEG),
    (GIF[:-1] + b'!\xfe' + bytes([len(COMMENT)]) + COMMENT + b'\0;' + COMMENT, GIF),
    (b'RIFF' + struct.pack('<I', len(WEBP) - 8 + 8 + len(COMMENT) + 1) + WEBP[8:] + b'EXIF'
     + struct.pack('<I', len(COMMENT)) + COMMENT + b'\0' + COMMENT, WEBP)])
def test_comments_and_places_are_left_out(data, clean):
    assert COMMENT in data and images.read(data).data == clean


@pytest.mark.parametrize('data, size', [(png(7, 5), (7, 5)), (JPEG, (2, 2)), (GIF, (1, 1)), (WEBP, (1, 1)),
                                        (WEBP_LOSSLESS, (1, 1))])
def test_the_size_is_read_from_the_bytes(data, size):
    image = images.read(data)
    assert (image.width, image.height) == size


def test_half_of_any_picture_is_refused_and_never_an_error():
    for data in [*KINDS.values(), WEBP_LOSSLESS]:
        for end in range(len(data) - 1):
            with pytest.raises(images.NoPicture):
                images.read(data[:end])


def test_no_name_of_a_file_matters(site):
    ada = site.login('ada')
    names = ['../../x.php', 'a"; filename="b.svg', *(case['name'] for case in attacks('evil-filenames.json'))]
    names += [case['filename'] for case in attacks('content-disposition.json') if case['filename']]
    whole, headers = multipart(ada, 'filename="NAME"', png())
    for name in names:
        body = whole.replace(b'NAME', name.encode('utf-8', 'replace'))
        assert parts(headers['Content-Type'], body) in (['csrf', 'words', 'logo'], None), name
    for name in names[:3]:
        ada.post('/site/logo', whole.replace(b'NAME', name.encode()), headers, expect_errors=True)
    assert re.fullmatch('/logo/[0-9a-f]{16}[.]png', shown(site))
    assert [row.file for row in Picture.select()] == [shown(site).rpartition('/')[2]]


def parts(kind, body):
    """The names of what is in a form, None if it is refused."""
    try:
        fields, files = uploads.read(kind, body)
    except Refused:
        return None
    return [name for name, _ in fields + files]


def multipart(browser, how, data, boundary='x'):
    """The body of an upload written by hand, and its headers."""
    csrf = browser.get('/site').forms['logo-form']['csrf'].value
    parts = [f'name="csrf"\r\n\r\n{csrf}', 'name="words"\r\n\r\n', f'name="logo"; {how}\r\n\r\n']
    body = ''.join(f'\r\n--{boundary}\r\nContent-Disposition: form-data; {part}' for part in parts)[2:]
    body = body.encode('utf-8', 'replace') + data + f'\r\n--{boundary}--\r\n'.encode()
    return body, {'Content-Type': f'multipart/form-data; boundary={boundary}'}


CHANGES = [
    lambda body: body[:-6], lambda body: body[20:], lambda body: b'',
    lambda body: body.replace(b'\r\n', b'\n'), lambda body: body.replace(b'name="words"', b'name="csrf"'),
    lambda body: body.replace(b'name="words"', b'name="' + b'x' * 2000 + b'"'),
    lambda body: (b'--x\r\nContent-Disposition: form-data; name="a"\r\n\r\n\r\n' * 30) + body,
    lambda body: body.replace(b'; name="words"', b'; name="logo"; filename="b"'),
    lambda body: body.replace(b'name="words"\r\n', b'name="words"\r\nX: ' + b'y' * 5000 + b'\r\n')]
KIND = 'multipart/form-data'


def test_a_form_that_is_not_whole_or_says_things_twice_is_refused(site):
    ada = site.login('ada')
    body, headers = multipart(ada, 'filename="a.png"', png())
    sent = [(change(body), headers) for change in CHANGES]
    kinds = (KIND, f'{KIND}; boundary=', f'{KIND}; boundary={"x" * 71}')
    sent += [(body, {'Content-Type': kind}) for kind in kinds]
    for number, form in enumerate(sent):
        assert ada.post('/site/logo', *form, expect_errors=True).status_int in (400, 403), number
    assert not shown(site)


def test_a_file_is_no_field_and_so_no_proof_and_what_is_far_too_large_is_not_read(site):
    ada = site.login('ada')
    body, headers = multipart(ada, 'filename="a.png"', png())
    as_file = body.replace(b'name="csrf"', b'name="csrf"; filename="c"')
    assert ada.post('/site/logo', as_file, headers, expect_errors=True).status_int == 403
    large = body.replace(b'IEND', b'\0' * 1024 * 1024)
    assert ada.post('/site/logo', large, headers, expect_errors=True).status_int == 413


def test_no_other_form_takes_files(site):
    ada = site.login('ada')
    body, headers = multipart(ada, 'filename="a.png"', png())
    for address in ('/site', '/site/logo/remove', '/docs/Tea$edit', '/preview', '/login'):
        answer = ada.post(address, body, headers, expect_errors=True)
        assert answer.status_int == 415 and 'No files are taken here' in answer


def test_many_parts_cost_little():
    head = b'--x\r\nContent-Disposition: form-data; name="a"; filename="b"\r\n\r\n'
    body = head + b'\r\n--' * 250_000 + b'\r\n--x--'
    fields, [(name, data)] = uploads.read('multipart/form-data; boundary=x', body)
    assert (fields, name, len(data)) == ([], 'a', 1_000_000)
    assert actions.LOGO_LIMIT < len(data)
