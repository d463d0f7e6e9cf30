"""What follows a signed revision in the bytes: complete revisions, made of the objects that their tables list and no others.

A program that finds something wrong in a file looks for objects by itself, and takes those that no table lists too.
"""

import re

from pyhanko.pdf_utils import generic

_SPACE = rb"[\0\t\n\f\r ]"
_HEADER = re.compile(rb"\d{1,10}" + _SPACE + rb"+\d{1,5}" + _SPACE + rb"+obj")
_OBJECT = re.compile(rb"(?<=[\0\t\n\f\r 0-9])obj(?![A-Za-z0-9])")


def are_complete(reader, data, end, signed_revision):
    """Whether what follows `end` is as many complete revisions as the reader sees, and nothing after the last."""
    later = reader.xrefs.total_revisions - 1 - signed_revision
    return later > 0 and data.count(b"startxref", end) == later and data[-32:].rstrip(b"\r\n").endswith(b"%%EOF")


def hold_more(reader, data, end, signed_revision):
    """Whether there are objects after `end` that no table of the later revisions lists there."""
    starts = sorted(_listed(reader, signed_revision))
    ends = {match.end() for start in starts if (match := _HEADER.match(data, start))}
    return any(
        match.end() not in ends and not _in_stream(reader, data, starts, match.start())
        for match in _OBJECT.finditer(data, end)
    )


def _listed(reader, signed_revision):
    """Where the tables say that the objects of the later revisions are."""
    found = set()
    for revision in range(signed_revision + 1, reader.xrefs.total_revisions):
        info = reader.xrefs.get_xref_container_info(revision)
        if info.stream_ref is not None:
            found.add(info.start_location)
        found |= {place for _generation, place in reader.xrefs.get_xref_data(revision).standard_xrefs.values()}
    return found


def _in_stream(reader, data, starts, place):
    """Whether a place is inside the stream of an object that a table lists (it may hold any bytes)."""
    start = max((item for item in starts if item < place), default=None)
    header = _HEADER.match(data, start) if start is not None else None
    if header is None:
        return False
    number, generation = (int(word) for word in header.group()[:-3].split())
    node = reader.get_object(generic.Reference(number, generation, reader))
    if not isinstance(node, generic.StreamObject):
        return False
    begin = data.find(b"stream", header.end())
    return begin >= 0 and begin < place < begin + 8 + len(node.encoded_data)
