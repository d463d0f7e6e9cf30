"""Reads a ZIP in memory, whole or not at all: no surprise in its names, its sizes or its form."""

import io
import re
import stat
import struct
import unicodedata
import zipfile
import zlib

from .errors import FirmaError

MAX_FILES = 1000
MAX_RATIO = 200
MAX_COMMENT = 1000
_SPARE = 1024 * 1024  # small files may be compressed a lot


def read(data, max_bytes):
    """{name: bytes} of every file; FirmaError for anything that is not plain."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            entries = archive.infolist()
            _check(entries, data, archive, max_bytes)
            return {item.filename: _content(archive, item) for item in entries if not item.is_dir()}
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, UnicodeError) as error:
        raise FirmaError("malformed", "The container cannot be read.") from error


def _check(entries, data, archive, max_bytes):
    if not entries:
        raise FirmaError("empty", "The container is empty.")
    if len(entries) > MAX_FILES:
        raise FirmaError("too_large", f"The container holds more than {MAX_FILES} files.")
    if min(item.header_offset for item in entries) or not _ends_well(data, archive.comment):
        raise FirmaError("unsafe_archive", "Other bytes are before or after what the container lists.")
    total = sum(item.file_size for item in entries)
    if total > max_bytes or total > MAX_RATIO * len(data) + _SPARE:
        raise FirmaError("too_large", "The container is too large once unpacked.")
    _check_places(entries, data, archive.start_dir)
    seen = set()
    for item in entries:
        name = item.filename
        if stat.S_IFMT(item.external_attr >> 16) not in (0, stat.S_IFREG, stat.S_IFDIR):
            raise FirmaError("unsafe_archive", "The container holds something that is neither a file nor a folder.")
        if item.flag_bits & 1:
            raise FirmaError("encrypted", "The container is encrypted.")
        if not _plain(name) or item.orig_filename != name:
            raise FirmaError("unsafe_archive", "A file of the container has a name that is refused.")
        key = unicodedata.normalize("NFC", name).casefold()
        if key in seen:
            raise FirmaError("unsafe_archive", "Two files of the container have the same name.")
        seen.add(key)


def _check_places(entries, data, end):
    """Each entry begins where the one before ends: nothing stands between them, where other programs would find it."""
    places = [*sorted(item.header_offset for item in entries), end]
    for item in sorted(entries, key=lambda entry: entry.header_offset):
        start = item.header_offset
        if data[start : start + 4] != b"PK\x03\x04" or start + 30 > end:
            raise FirmaError("malformed", "The container cannot be read.")
        name, extra = struct.unpack_from("<HH", data, start + 26)
        after = start + 30 + name + extra
        room = places[places.index(start) + 1] - after - item.compress_size
        if room not in ((0, 12, 16, 20, 24) if item.flag_bits & 8 else (0,)):  # a descriptor may follow
            raise FirmaError("unsafe_archive", "Other bytes are between the files of the container.")
        for fields in (item.extra, data[start + 30 + name : after]):
            if item.filename.isascii() and _other_name(fields, item.filename):
                raise FirmaError("unsafe_archive", "A file of the container has two names.")


def _other_name(fields, name):
    """Whether an Info-ZIP Unicode Path field (0x7075) gives another name to a file."""
    while len(fields) >= 4:
        kind, size = struct.unpack_from("<HH", fields)
        if kind == 0x7075 and fields[9 : 4 + size] != name.encode():
            return True
        fields = fields[4 + size :]
    return False


def _ends_well(data, comment):
    """Nothing follows the end record but its comment, which is words and no more.

    ASiC says there the type of the container, `mimetype=…` (EN 319 162-1, A.1; TS 102 918, A.1).
    """
    end = len(data) - 22 - len(comment)
    whole = end >= 0 and data.rfind(b"PK\x05\x06") == end and struct.unpack_from("<H", data, end + 20) == (len(comment),)
    return whole and re.fullmatch(rb"[\x20-\x7e\r\n\t]{0,%d}" % MAX_COMMENT, comment) is not None


def _plain(name):
    parts = name.rstrip("/").split("/")
    return bool(name) and not (
        name.startswith("/")
        or re.search(r"[\\\x00-\x1f\x7f:]", name)
        or any(part in ("", ".", "..") for part in parts)
    )


def _content(archive, item):
    with archive.open(item) as file:
        content = file.read(item.file_size + 1)
    if len(content) != item.file_size:
        raise FirmaError("malformed", "A file of the container is not as long as it says.")
    return content
