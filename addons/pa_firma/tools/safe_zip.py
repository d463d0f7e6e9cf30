"""Reads a ZIP in memory, whole or not at all: no surprise in its names, its sizes or its form."""

import io
import re
import unicodedata
import zipfile
import zlib

from .errors import FirmaError

MAX_FILES = 1000
MAX_RATIO = 200
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
    if min(item.header_offset for item in entries) or archive.comment or not _ends_well(data):
        raise FirmaError("unsafe_archive", "Other bytes are before or after what the container lists.")
    total = sum(item.file_size for item in entries)
    if total > max_bytes or total > MAX_RATIO * len(data) + _SPARE:
        raise FirmaError("too_large", "The container is too large once unpacked.")
    seen = set()
    for item in entries:
        name = item.filename
        if item.flag_bits & 1:
            raise FirmaError("encrypted", "The container is encrypted.")
        if not _plain(name) or item.orig_filename != name:
            raise FirmaError("unsafe_archive", "A file of the container has a name that is refused.")
        key = unicodedata.normalize("NFC", name).casefold()
        if key in seen:
            raise FirmaError("unsafe_archive", "Two files of the container have the same name.")
        seen.add(key)


def _ends_well(data):
    end = data.rfind(b"PK\x05\x06")
    return end >= 0 and end + 22 == len(data)


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
