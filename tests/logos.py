"""What tests of the site share: small pictures of each kind, how a form sends one, how that is taken back."""
import base64
import struct
import zlib

import webtest


def chunk(kind, body):
    return struct.pack('>I', len(body)) + kind + body + struct.pack('>I', zlib.crc32(kind + body))


def png(width=3, height=2, extra=b''):
    lines = zlib.compress((b'\0' + b'\x10\x80\x80' * width) * height)
    head = struct.pack('>IIBBBBB', width, height, 8, 2, 0, 0, 0)
    return (b'\x89PNG\r\n\x1a\n' + chunk(b'IHDR', head) + extra + chunk(b'IDAT', lines) + chunk(b'IEND', b''))


GIF = base64.b64decode('R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7')
WEBP = base64.b64decode('UklGRiQAAABXRUJQVlA4IBgAAAAwAQCdASoBAAEAAgA0JaQAA3AA/vuUAAA=')
WEBP_LOSSLESS = base64.b64decode('UklGRhoAAABXRUJQVlA4TA0AAAAvAAAAEAcQERGIiP4HAA==')
# 2 × 2 pixels of one colour
JPEG = base64.b64decode(
    '/9j/4AAQSkZJRgABAQAAAQABAAD/2wBDAP//////////////////////////////////////////////////////////////////////'
    '////////////////wAALCAACAAIBAREA/8QAFAABAAAAAAAAAAAAAAAAAAAAA//EABQQAQAAAAAAAAAAAAAAAAAAAAD/2gAIAQEAAD8A'
    'P//Z')


def send(browser, data, filename='logo.png', kind='image/png', words=''):
    """Upload a logo as the page /site does."""
    form = browser.get('/site').forms['logo-form']
    form['logo'], form['words'] = webtest.Upload(filename, data, kind), words
    return form.submit(expect_errors=True)


def take_back(browser):
    """Press the first button in the moderation log that takes a choice back."""
    forms = browser.get('/moderation/log').forms.values()
    return next(form for form in forms if form.action.endswith('/undo')).submit()


def keep(site, address):
    """Have a page kept in the memory of those who read without an account."""
    site.app.get(address)
    site.settle()           # its contributors are known now
    site.app.get(address)
