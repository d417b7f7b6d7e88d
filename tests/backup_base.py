"""What the tests of backups share: a small wiki with its backup, and archives that mean no good."""
import contextlib
import functools
import gzip
import hashlib
import json
import struct
import tarfile
import zlib

from base import settings_for
from kuma_lite import app, db
from kuma_lite.backup import manifest


@contextlib.contextmanager
def opened(data):
    """The wiki in a data folder, with a connection to it."""
    app.configure(settings_for(data))
    with db.connection():
        yield
    db.database.close_all()


def tree(folder):
    """{path below: bytes, or None for a folder} of everything that lies in one."""
    return {path.relative_to(folder).as_posix(): path.read_bytes() if path.is_file() else None
            for path in sorted(folder.rglob('*'))}


def contents(path):
    """{member: bytes} of a backup, its manifest as JSON."""
    with tarfile.open(path) as archive:
        found = {member.name: archive.extractfile(member).read() for member in archive}
    return {**found, manifest.NAME: json.loads(found[manifest.NAME])}


def listed(members):
    """What a manifest says of {member: bytes}."""
    return [{'name': name, 'size': len(content), 'sha256': hashlib.sha256(content).hexdigest()}
            for name, content in members.items()]


def forged(path, original, change=None, more=None, **fields):
    """Write a backup like `original` ({member: bytes}) with other fields in its manifest and more members;
    `change(TarInfo)` may change their headers."""
    inside = {name: content for name, content in original.items() if name != manifest.NAME}
    inside.update(more or {})
    inside = {name: content for name, content in inside.items() if content is not None}
    about = {**original[manifest.NAME], 'members': listed(inside), **fields}
    first = {manifest.NAME: json.dumps(about).encode()}
    raw = b''.join(header(name, len(content), change) + content + bytes(-len(content) % 512)
                   for name, content in {**first, **inside}.items())
    path.write_bytes(gzip.compress(raw + bytes(1024), 1))
    return path


def header(name, size, change=None):
    info = tarfile.TarInfo(name)
    info.size, info.mode = size, 0o600
    if change:
        change(info)
    return info.tobuf(tarfile.GNU_FORMAT, 'utf-8', 'surrogateescape')


KINDS = {'file': tarfile.REGTYPE, 'symlink': tarfile.SYMTYPE, 'hardlink': tarfile.LNKTYPE,
         'chardev': tarfile.CHRTYPE, 'fifo': tarfile.FIFOTYPE}


class Packed:
    """A .gz that is written quickly, however many zeros there are in it."""
    MANY = 1 << 20

    def __init__(self):
        self._parts, self._crc, self._size = [b'\x1f\x8b\x08' + bytes(7)], 0, 0

    def add(self, content):
        self._parts.append(_deflated(content))
        self._crc, self._size = zlib.crc32(content, self._crc), self._size + len(content)

    def add_zeros(self, size):
        if size > 1 << 30:      # nobody will get as far as the checksum
            self._parts.append(_deflated(bytes(self.MANY)) * (size // self.MANY))
            return
        for begin in range(0, size, self.MANY):
            self.add(bytes(min(self.MANY, size - begin)))

    def bytes(self):
        last = zlib.compressobj(1, zlib.DEFLATED, -15).flush()
        return b''.join([*self._parts, last, struct.pack('<II', self._crc, self._size & 0xffffffff)])


@functools.lru_cache(maxsize=4)
def _deflated(content):
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    return packer.compress(content) + packer.flush(zlib.Z_FULL_FLUSH)


def tar_of(members, before=b''):
    """The bytes of a .tar.gz with the members of a layout in archive-layouts.json; `before` are blocks that
    come first."""
    packed = Packed()
    packed.add(before)
    for member in members:
        if member['type'] == 'repeat':      # who has not noticed by then never does
            names = [member['name'] % number for number in range(min(member['count'], 5_000))]
            packed.add(b''.join(header(name, 0) for name in names))
        else:
            _add(packed, member)
    packed.add(bytes(1024))
    return packed.bytes()


def _add(packed, member):
    def change(info):
        info.type, info.linkname = KINDS[member['type']], member.get('target', '')
        info.mode = int(member.get('mode', '0600'), 8)
    content = member.get('content', '').encode()
    size = member.get('zeros', len(content))
    packed.add(header(member['name'], member.get('declared_size', size), change) + content)
    packed.add_zeros(member.get('zeros', 0))
    packed.add(bytes(-size % 512))
