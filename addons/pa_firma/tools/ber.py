"""The skeleton of a CMS, read from its bytes: nothing may stand in it that the standard does not put there.

asn1crypto passes over what follows the elements that it looks for: another program could take that for the content.
Contents in pieces of definite length, which it does not read, are put together here (X.690, 8.7).
"""

import re

from asn1crypto import parser

from .errors import FirmaError

MAX_ELEMENTS = 1_000_000
_SIGNED_DATA = bytes.fromhex("06092a864886f70d010702")
# tags of the children, in hexadecimal: RFC 5652, 3, 5.1, 5.2 and 5.3
_INFO, _ONLY, _CONTENT = re.compile("06a0"), re.compile("30"), re.compile("06(a0)?")
_SIGNED = re.compile("023130(a0)?(a1)?31")
_SIGNER = re.compile("02(30|80|a0)30(a0)?30(04|24)(a1)?")


class _Element:
    """One element: its tag byte, where its body begins and ends, where it ends."""

    __slots__ = ("tag", "body", "body_end", "end", "indefinite")

    def __init__(self, data, place, limit):
        self.tag, self.body, size = _header(data, place, limit)
        self.indefinite = size is None
        self.end = _end(data, self.body, limit) if self.indefinite else self.body + size
        self.body_end = self.end - 2 if self.indefinite else self.end
        if self.end > limit:
            raise FirmaError("malformed", "The signature is truncated or is not ASN.1.")


def _header(data, place, limit):
    """(tag byte, where the body begins, its size or None when it is not said)."""
    if place + 2 > limit or data[place] & 0x1F == 0x1F:
        raise FirmaError("malformed", "The signature is truncated or is not ASN.1.")
    size, place, tag = data[place + 1], place + 2, data[place]
    if size == 0x80:
        return tag, place, None
    if size > 0x80:
        count = size - 0x80
        size, place = int.from_bytes(data[place : place + count], "big"), place + count
    return tag, place, size


def _end(data, place, limit):
    """Where an element of indefinite length ends, its end marker included."""
    depth = 1
    for _count in range(MAX_ELEMENTS):
        if data[place : place + 2] == b"\0\0":
            depth, place = depth - 1, place + 2
            if not depth:
                return place
            continue
        _tag, place, size = _header(data, place, limit)
        depth, place = (depth + 1, place) if size is None else (depth, place + size)
    raise FirmaError("too_large", "The signature is in too many pieces.")


def _children(data, parent):
    found, place = [], parent.body
    while place < parent.body_end:
        found.append(_Element(data, place, parent.body_end))
        place = found[-1].end
        if len(found) > MAX_ELEMENTS:
            raise FirmaError("too_large", "The signature is in too many pieces.")
    return found


def _matching(data, parent, pattern):
    """The children of an element, whose tags are those that the standard puts there."""
    found = _children(data, parent)
    if not pattern.fullmatch("".join(f"{item.tag:02x}" for item in found[:10])) or len(found) > 10:
        raise FirmaError("malformed", "The signature holds something that does not belong there.")
    return found


def plain(data):
    """The bytes of a ContentInfo that holds a SignedData, its content in one piece; FirmaError when there is more in it.

    Whatever is not a SignedData comes back as it is.
    """
    info = _Element(data, 0, len(data))
    if data[info.body : info.body + len(_SIGNED_DATA)] != _SIGNED_DATA:
        return data
    kind, holder = _matching(data, info, _INFO)
    (signed,) = _matching(data, holder, _ONLY)
    parts = _matching(data, signed, _SIGNED)
    for signer in _children(data, parts[-1]):
        _matching(data, signer, _SIGNER)
    encapsulated = parts[2]
    content = _matching(data, encapsulated, _CONTENT)
    if len(content) == 1:
        return data
    inside = _children(data, content[1])
    if len(inside) != 1:
        raise FirmaError("malformed", "The signature holds something that does not belong there.")
    if inside[0].tag != 0x24 or inside[0].indefinite:
        return data
    octets = parser.emit(0, 0, 4, _joined(data, inside[0]))
    again = _sequence(data[content[0].body - 2 : content[0].end] + parser.emit(2, 1, 0, octets))
    before, after = data[signed.body : parts[1].end], data[encapsulated.end : signed.body_end]
    return _sequence(data[info.body : kind.end] + parser.emit(2, 1, 0, _sequence(before + again + after)))


def _sequence(body):
    return parser.emit(0, 1, 16, body)


def _joined(data, pieces):
    """The octets of a string in pieces, which may be in pieces in their turn."""
    found, stack, count = [], [pieces], 0
    while stack:
        item, count = stack.pop(), count + 1
        if count > MAX_ELEMENTS:
            raise FirmaError("too_large", "The signature is in too many pieces.")
        if item.tag == 0x24:
            stack += _children(data, item)[::-1]
        elif item.tag == 0x04:
            found.append(data[item.body : item.body_end])
        else:
            raise FirmaError("malformed", "The signature holds something that does not belong there.")
    return b"".join(found)
