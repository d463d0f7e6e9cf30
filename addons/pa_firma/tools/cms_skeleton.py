"""The skeleton of a CMS, read from its bytes: nothing may stand in it that the standard does not put there.

asn1crypto passes over what follows the elements that it looks for: another program could take that for the content.
"""

import re

from . import ber
from .errors import FirmaError

_SIGNED_DATA = bytes.fromhex("06092a864886f70d010702")
# tags of the children, in hexadecimal: RFC 5652, 3, 5.1, 5.2 and 5.3
_INFO, _ONLY, _CONTENT = re.compile("06a0"), re.compile("30"), re.compile("06(a0)?")
_SIGNED = re.compile("023130(a0)?(a1)?31")
_SIGNER = re.compile("02(30|80|a0)30(a0)?30(04|24)(a1)?")
_ONE = re.compile("..")


def check(data):
    """FirmaError `malformed` when a ContentInfo with a SignedData holds something more; others are not looked at."""
    _tag, body, body_end, _after = ber.element(data, 0)
    if data[body : body + len(_SIGNED_DATA)] != _SIGNED_DATA:
        return
    _kind, holder = _matching(data, body, body_end, _INFO)
    (signed,) = _matching(data, *holder, _ONLY)
    parts = _matching(data, *signed, _SIGNED)
    for _at, _tag, first, last, _next in ber.children(data, *parts[-1]):
        _matching(data, first, last, _SIGNER)
    content = _matching(data, *parts[2], _CONTENT)
    if len(content) == 2:
        _matching(data, *content[1], _ONE)


def _matching(data, start, end, pattern):
    """(start, end) of what each child holds, the tags of the children being those that the standard puts there."""
    found = []
    for item in ber.children(data, start, end):
        found.append(item)
        if len(found) > 10:
            break
    if not pattern.fullmatch("".join(f"{tag:02x}" for _at, tag, *_rest in found)):
        raise FirmaError("malformed", "The signature holds something that does not belong there.")
    return [(first, last) for _at, _tag, first, last, _next in found]
