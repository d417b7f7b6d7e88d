"""The file of a backup, a .tar.gz: written as it is read, and read without believing anything in it.

The first member lists the others with their sizes and hashes (see `manifest`). Nothing but plain files is
taken, no extension of the format that could change a name or a size, and nothing behind the end. Knows
nothing of wikis, and writes to no place but those that the caller opens.
"""
import gzip
import hashlib
import tarfile
import zlib
from typing import NamedTuple

CHUNK = 1 << 20         # bytes, also what one step of progress is
BLOCK = tarfile.BLOCKSIZE
END = tarfile.RECORDSIZE        # the end is filled up with zeros to a multiple of this
LEVEL = 3               # of compression: pages get half as large in a third of the time that 6 takes
LARGEST = 8 ** 11 - 1   # bytes that the plain header can tell; beyond, that of GNU
MODE = 0o600


class Damaged(Exception):
    """The file is no backup, or not all of one; the message says why, as the end of a sentence."""


class Changed(Exception):
    """A file that is being copied is not what it was a moment ago."""


class Source(NamedTuple):
    """A file that becomes a member."""
    name: str
    file: object            # a Path
    size: int
    sha256: str


def measured(name, file):
    """The Source for a file."""
    size, digest = 0, hashlib.sha256()
    with open(file, 'rb') as stream:
        while chunk := stream.read(CHUNK):
            size += len(chunk)
            digest.update(chunk)
    return Source(name, file, size, digest.hexdigest())


def digest(chunks):
    """The hash of these chunks, as a manifest has it."""
    found = hashlib.sha256()
    for chunk in chunks:
        found.update(chunk)
    return found.hexdigest()


def steps(sizes):
    """How many chunks files of these sizes have: the total for who shows progress."""
    return sum(-(-size // CHUNK) for size in sizes)


def fits(name):
    """Whether the format can hold a member of this name."""
    try:
        return bool(_header(name, 0))
    except ValueError:
        return False


# Write

def write(stream, first, sources, modified):
    """Write `first`, a (name, bytes), and all Sources; yields after each chunk of these. `modified` is in
    epoch seconds. Raises Changed."""
    with gzip.GzipFile('', 'wb', LEVEL, stream, mtime=0) as packed:
        name, content = first
        packed.write(_header(name, len(content), modified) + content + _fill(len(content)))
        for source in sources:
            packed.write(_header(source.name, source.size, modified))
            yield from _copy(source, packed)
            packed.write(_fill(source.size))
        packed.write(bytes(2 * BLOCK))


def _copy(source, packed):
    left, digest = source.size, hashlib.sha256()
    with open(source.file, 'rb') as stream:
        while left:
            chunk = stream.read(min(CHUNK, left))
            if not chunk:
                raise Changed(f'{source.name} was changed while it was copied; try again.')
            packed.write(chunk)
            digest.update(chunk)
            left -= len(chunk)
            yield
    if digest.hexdigest() != source.sha256:
        raise Changed(f'{source.name} was changed while it was copied; try again.')


def _header(name, size, modified=0):
    info = tarfile.TarInfo(name)
    info.size, info.mtime, info.mode = size, int(modified), MODE
    kind = tarfile.USTAR_FORMAT if size <= LARGEST else tarfile.GNU_FORMAT
    header = info.tobuf(kind, 'utf-8', 'strict')
    if len(header) != BLOCK:
        raise ValueError('name is too long')
    return header


def _fill(size):
    return bytes(-size % BLOCK)


# Read

class Member(NamedTuple):
    name: str
    size: int
    chunks: object      # its bytes, to be read once, before the next member


def read(path):
    """Yield the members of a file in their order; raises Damaged where it is not what `write` makes.

    Who goes on to the next member has read all of this one; after the last one, all of the file was read.
    """
    with open(path, 'rb') as file:
        stream = _Unpacked(file)
        while header := _next_header(stream):
            yield from _member(stream, header)
        _check_end(stream)


class _Unpacked:
    """The bytes inside of a .gz, checksum included. In large pieces, of which each leaves Python to others
    while it is unpacked; gzip.open takes 8 KB at a time, and who saves meanwhile waits longer."""

    def __init__(self, file):
        self._file, self._packed = file, b''
        self._unpacker = zlib.decompressobj(zlib.MAX_WBITS | 16)

    def read(self, size):
        """So many bytes, fewer only at the end. Raises Damaged."""
        found = bytearray()
        while len(found) < size and not self._unpacker.eof:
            self._packed = self._packed or self._file.read(CHUNK // 4)
            if not self._packed:
                raise Damaged('it is cut off')
            try:
                found += self._unpacker.decompress(self._packed, size - len(found))
            except zlib.error:
                raise Damaged('its bytes are not those that were written') from None
            self._packed = self._unpacker.unconsumed_tail
        return bytes(found)

    def ends(self):
        """Whether nothing follows what is packed."""
        return self._unpacker.eof and not self._unpacker.unused_data and not self._file.read(1)


def _next_header(stream):
    block = _exactly(stream, BLOCK)
    if block == bytes(BLOCK):
        return None
    try:
        header = tarfile.TarInfo.frombuf(block, 'utf-8', 'strict')
    except (tarfile.HeaderError, ValueError):
        raise Damaged('it holds something that is no file') from None
    if header.type != tarfile.REGTYPE or header.mode != MODE or header.size < 0:
        raise Damaged('it holds something else than plain files')
    return header


def _member(stream, header):
    left = header.size

    def chunks():
        nonlocal left
        while left:
            chunk = _exactly(stream, min(CHUNK, left))
            left -= len(chunk)
            yield chunk

    yield Member(header.name, header.size, chunks())
    if left or any(_exactly(stream, -header.size % BLOCK)):
        raise Damaged('there is something between its members')


def _exactly(stream, size):
    found = stream.read(size)
    if len(found) < size:
        raise Damaged('it is cut off')
    return found


def _check_end(stream):
    """Only zeros, and not many, until the file ends; with that its checksum is read, too."""
    rest = stream.read(END + 1)
    if len(rest) > END or rest.strip(b'\0') or not stream.ends():
        raise Damaged('there is something behind its end')
