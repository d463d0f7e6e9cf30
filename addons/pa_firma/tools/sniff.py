"""Which form a file has, by its bytes: its name proves nothing."""

import base64
import binascii
import re

from asn1crypto import cms

from .errors import FirmaError

_MIME = re.compile(rb"\A(?:[A-Za-z0-9-]{1,60}:[^\r\n]*(?:\r?\n[ \t][^\r\n]*)*\r?\n){1,40}", re.ASCII)
_BASE64 = re.compile(rb"[A-Za-z0-9+/=\s]+\Z")
_PEM = re.compile(rb"-----BEGIN ([A-Z0-9# ]{1,40})-----[ \t]*\r?\n([^-]*)-----END \1-----")
MAX_ARMOR = 3
_XML = (b"<", b"\xef\xbb\xbf<", b"\xff\xfe<\0", b"\xfe\xff\0<")
_OIDS = {
    "1.2.840.113549.1.7.2": "cms",
    "1.2.840.113549.1.9.16.1.31": "tsd",
}


def kind(data):
    """(kind, bytes to open): base64 and PEM are taken off. FirmaError when the form is not known."""
    found = _binary(data)
    if found:
        return found, data
    plain = _unarmored(data)
    if plain is not None:
        found = _binary(plain)
        if found and found not in ("xml", "mime"):
            return found, plain
    if b"%PDF-" in data[:1024]:
        raise FirmaError("unsupported", "Other bytes come before the PDF's header.")
    raise FirmaError("unknown_format", "The file is not a signed document of a known form.")


def inner_kind(data):
    """Kind of what an envelope holds; empty when it is a plain document."""
    if data.startswith(b"%PDF-"):
        return "pdf"
    if data.startswith(_XML) or data.lstrip()[:1] == b"<":
        return "xml" if b"Signature" in data else ""
    if data.startswith(b"PK\x03\x04"):
        return "zip" if b"META-INF/" in data and b"signature" in data.lower() else ""
    try:
        found, _data = kind(data)
    except (FirmaError, ValueError):
        return ""
    return "" if found == "mime" and b"pkcs7" not in data[:20000].lower() else found


def _binary(data):
    if data.startswith(b"%PDF-"):
        return "pdf"
    if data.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        return "zip"
    if data[:1] == b"\x30":
        return _asn1(data)
    if data.startswith(_XML) or data[:200].lstrip()[:1] == b"<":
        return "xml"
    head = _MIME.match(data[:8192])
    if head and re.search(rb"(?im)^(content-type|mime-version):", head.group()):
        return "mime"
    return ""


def _asn1(data):
    """A ContentInfo by its identifier; else it may be the answer of a timestamp authority."""
    try:
        oid = cms.ContentInfo.load(data)["content_type"].dotted
    except (ValueError, TypeError, KeyError):
        return "tsr"
    if oid not in _OIDS:
        raise FirmaError("unsupported", f"This CMS is not a signature (type {oid}).")
    return _OIDS[oid]


def _unarmored(data):
    """Bytes behind PEM or base64, also one inside another; None when it is neither."""
    for _layer in range(MAX_ARMOR):
        inside = _once_unarmored(data)
        if inside is None or _binary(inside):
            return inside
        data = inside
    return data


def _once_unarmored(data):
    text = data.removeprefix(b"\xef\xbb\xbf").strip()
    if text.startswith(b"-----BEGIN"):
        block = _PEM.fullmatch(text)  # what comes before or after a block is not signed
        if not block:
            raise FirmaError("malformed", "The PEM file cannot be read.")
        text = block.group(2)
    elif len(text) < 64 or not _BASE64.match(text):
        return None
    try:
        return base64.b64decode(b"".join(text.split()), validate=True)
    except (binascii.Error, ValueError) as error:
        if not data.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"-----BEGIN"):
            return None
        raise FirmaError("malformed", "The PEM file cannot be read.") from error
