"""Pictures by their bytes: what they are, how large, and nothing in them but the picture.

Comments, places and whatever stands behind the end are left out. Names and types that a sender gives are
nobody's business here, and SVG is no picture but a document that can do things.
"""
import struct
import zlib
from typing import NamedTuple

PIXELS = 4_000      # each way: a small file may unfold to a very large picture
PNG, GIF, RIFF = b'\x89PNG\r\n\x1a\n', (b'GIF87a', b'GIF89a'), b'RIFF'
KEPT_CHUNKS = {b'IHDR', b'PLTE', b'IDAT', b'IEND', b'tRNS', b'gAMA', b'cHRM', b'sRGB', b'iCCP', b'sBIT',
               b'bKGD', b'pHYs', b'acTL', b'fcTL', b'fdAT'}
KEPT_SEGMENTS = {0xe0, 0xe2, 0xee, *range(0xc0, 0xd0), 0xda, 0xdb, 0xdd}     # of JPEG: no Exif, no comment
FRAMES = {*range(0xc0, 0xd0)} - {0xc4, 0xc8, 0xcc}
DROPPED_RIFF = {b'EXIF', b'XMP '}


class NoPicture(ValueError):
    """The message is a sentence that says what is wanted."""


class Image(NamedTuple):
    extension: str
    width: int
    height: int
    data: bytes


def read(data):
    """The Image that stands in these bytes. Raises NoPicture."""
    read_kind = (_png if data.startswith(PNG) else _gif if data.startswith(GIF) else
                 _webp if data.startswith(RIFF) and data[8:12] == b'WEBP' else
                 _jpeg if data.startswith(b'\xff\xd8\xff') else None)
    if read_kind is None:
        raise NoPicture('This is no picture that can be used here: choose a PNG, JPEG, GIF or WebP file.')
    try:
        image = read_kind(data)
    except (struct.error, IndexError, KeyError, ValueError):
        raise NoPicture('This picture is damaged: open it in another program, and save it anew.') from None
    if not (1 <= image.width <= PIXELS and 1 <= image.height <= PIXELS):
        size = f'{image.width:,} × {image.height:,}'
        raise NoPicture(f'This picture has {size} pixels; {PIXELS:,} each way fit.')
    return image


def _png(data):
    kept, at, kind, seen = [PNG], len(PNG), b'', set()
    while kind != b'IEND':
        length, kind = struct.unpack_from('>I4s', data, at)
        end = at + 12 + length
        if struct.unpack_from('>I', data, end - 4)[0] != zlib.crc32(data[at + 4:end - 4]):
            raise ValueError
        if kind in KEPT_CHUNKS:
            kept.append(data[at:end])
        seen.add(kind)
        at = end
    if kept[1][4:8] != b'IHDR' or b'IDAT' not in seen:
        raise ValueError
    return Image('png', *struct.unpack_from('>II', kept[1], 8), b''.join(kept))


def _jpeg(data):
    kept, at, size = [b'\xff\xd8'], 2, None
    while True:
        if data[at] != 0xff:
            raise ValueError
        marker = data[at + 1]
        if marker == 0xff:      # filling
            at += 1
            continue
        if marker == 0xd9:
            break
        end = at + 2 + struct.unpack_from('>H', data, at + 2)[0]
        if marker in FRAMES:
            if size:        # some programs go by the first, some by the last
                raise ValueError
            height, width = struct.unpack_from('>HH', data, at + 5)
            size = width, height
        if marker == 0xda:
            end = _end_of_scan(data, end)
        if marker in KEPT_SEGMENTS:
            kept.append(data[at:end])
        at = end
    if size is None:
        raise ValueError
    return Image('jpg', *size, b''.join([*kept, b'\xff\xd9']))


def _end_of_scan(data, at):
    """Where the next marker stands that is part of no scan."""
    while True:
        at = data.index(b'\xff', at)
        if data[at + 1] == 0 or 0xd0 <= data[at + 1] <= 0xd7:
            at += 2
        elif data[at + 1] == 0xff:
            at += 1
        else:
            return at


def _gif(data):
    width, height, flags = struct.unpack_from('<HHB', data, 6)
    at = 13 + _colours(flags)
    kept, pictures = [data[:at]], 0
    while data[at] != 0x3b:
        start, kind = at, data[at]
        if kind == 0x21:
            at = _end_of_blocks(data, at + 2)
        elif kind == 0x2c:
            left, top, *size = struct.unpack_from('<HHHH', data, at + 1)
            width, height = max(width, left + size[0]), max(height, top + size[1])     # browsers make room
            at = _end_of_blocks(data, at + 11 + _colours(data[at + 9]))
            pictures += 1
        else:
            raise ValueError
        if kind == 0x2c or data[start + 1] in (0xf9, 0xff) and b'XMP' not in data[start:start + 14]:
            kept.append(data[start:at])
    if not pictures:
        raise ValueError
    return Image('gif', width, height, b''.join([*kept, b';']))


def _colours(flags):
    return 3 * 2 ** ((flags & 7) + 1) if flags & 0x80 else 0


def _end_of_blocks(data, at):
    while data[at]:
        at += 1 + data[at]
    return at + 1


def _webp(data):
    whole = data[:8 + struct.unpack_from('<I', data, 4)[0]]
    kept, at, size = [], 12, None
    while at < len(whole):
        kind, length = struct.unpack_from('<4sI', whole, at)
        end = at + 8 + length + length % 2
        if end > len(whole):
            raise ValueError
        size = size or _webp_size(kind, whole[at + 8:end])
        if kind not in DROPPED_RIFF:
            kept.append(whole[at:end] if kind != b'VP8X' else _without_extras(whole[at:end]))
        at = end
    if size is None:
        raise ValueError
    body = b'WEBP' + b''.join(kept)
    return Image('webp', *size, RIFF + struct.pack('<I', len(body)) + body)


def _webp_size(kind, body):
    """(width, height), of the first chunk."""
    if kind == b'VP8X':
        return 1 + int.from_bytes(body[4:7], 'little'), 1 + int.from_bytes(body[7:10], 'little')
    if kind == b'VP8L' and body[0] == 0x2f:
        bits = int.from_bytes(body[1:5], 'little')
        return 1 + (bits & 0x3fff), 1 + (bits >> 14 & 0x3fff)
    if kind == b'VP8 ' and body[3:6] == b'\x9d\x01\x2a':
        width, height = struct.unpack_from('<HH', body, 6)
        return width & 0x3fff, height & 0x3fff
    raise ValueError


def _without_extras(chunk):
    """VP8X, which no longer says that places and comments follow."""
    return chunk[:8] + bytes([chunk[8] & ~0x0c]) + chunk[9:]
