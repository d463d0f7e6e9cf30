"""ASN.1 as programs write it (BER, ITU-T X.690): lengths that are not said, strings in pieces.

The parser joins the pieces of a string by copying what it has again and again, and refuses pieces under a known length:
a large document signed in a stream would take minutes, or be called unreadable.
"""

from asn1crypto import parser

from .errors import FirmaError

OCTET_STRING, OCTET_PIECES = 0x04, 0x24
MAX_DEPTH = 30
# the way from the outside to the content: ContentInfo, [0], SignedData or TimeStampedData, EncapsulatedContentInfo, [0]
_WAY = (0x30, 0xA0, 0x30, 0x30, 0xA0)
_TRUNCATED = "The signature is truncated or is not ASN.1."


def element(data, at, depth=0):
    """(tag octet, where the contents start, where they end, where the next element starts).

    :raises FirmaError: not a whole element
    """
    try:
        tag, size, start = data[at], data[at + 1], at + 2
        if tag & 0x1F == 0x1F:  # a number in several octets; nothing of what we look for has one
            start = _after_long_tag(data, at)
            size, start = data[start], start + 1
        if size == 0x80:
            return (tag, start, *_end(data, start, tag, depth))
        if size > 0x80:
            count = size & 0x7F
            size = int.from_bytes(data[start : start + count], "big")
            start += count
    except IndexError:
        raise FirmaError("malformed", _TRUNCATED) from None
    if start + size > len(data):
        raise FirmaError("malformed", _TRUNCATED)
    return tag, start, start + size, start + size


def _after_long_tag(data, at):
    at += 1
    while data[at] & 0x80:
        at += 1
    return at + 1


def _end(data, at, tag, depth):
    """Where the contents of an element of unknown length end, and where the next one starts."""
    if depth > MAX_DEPTH or not tag & 0x20:
        raise FirmaError("malformed", _TRUNCATED)
    while data[at : at + 2] != b"\0\0":
        at = element(data, at, depth + 1)[3]
    return at, at + 2


def children(data, start, end):
    """The elements between two places, as `element` tells them, each preceded by where it starts."""
    while start < end:
        found = element(data, start)
        if found[3] > end:
            raise FirmaError("malformed", _TRUNCATED)
        yield (start, *found)
        start = found[3]


def in_one_piece(data):
    """The same ContentInfo with the octet strings of its content whole; the very same bytes where they were already."""
    found = element(data, 0)
    return _rebuilt(data, 0, found, _WAY) if _in_pieces(data, found, _WAY) else data[: found[3]]


def content_as_written(data):
    """The EncapsulatedContentInfo of a ContentInfo that holds SignedData, with the lengths and the pieces that it has.

    :raises FirmaError: there is none
    """
    at, found = 0, element(data, 0)
    for tag in _WAY[1:4]:
        at, *found = next((child for child in children(data, found[1], found[2]) if child[1] == tag), (at,))
        if not found:
            raise FirmaError("malformed", _TRUNCATED)
    return data[at : found[3]]


def _in_pieces(data, found, way):
    tag, start, end, _after = found
    if not way or tag != way[0]:
        return tag == OCTET_PIECES
    return any(_in_pieces(data, child[1:], way[1:]) for child in children(data, start, end))


def _rebuilt(data, at, found, way):
    tag, start, end, after = found
    if tag == OCTET_PIECES:
        return parser.emit(0, 0, OCTET_STRING, b"".join(_pieces(data, start, end)))
    if not _in_pieces(data, found, way):
        return data[at:after]
    new = [_rebuilt(data, child[0], child[1:], way[1:]) for child in children(data, start, end)]
    return parser.emit(tag >> 6, 1, tag & 0x1F, b"".join(new))


def _pieces(data, start, end, depth=0):
    for _at, tag, first, last, _after in children(data, start, end):
        if tag == OCTET_PIECES and depth < MAX_DEPTH:
            yield from _pieces(data, first, last, depth + 1)
        elif tag == OCTET_STRING:
            yield data[first:last]
        else:
            raise FirmaError("malformed", "A string of the signature cannot be read.")


def definite(data, depth=0):
    """An element with every length said in the shortest way, as DER wants (the order of a set stays as it is)."""
    tag, start, end, _after = element(data, 0)
    if tag == OCTET_PIECES:
        return parser.emit(0, 0, OCTET_STRING, b"".join(_pieces(data, start, end)))
    if tag & 0x1F == 0x1F or depth > MAX_DEPTH:
        return data
    body = data[start:end]
    if tag & 0x20:
        body = b"".join(definite(data[at:after], depth + 1) for at, *_rest, after in children(data, start, end))
    return parser.emit(tag >> 6, (tag >> 5) & 1, tag & 0x1F, body)
