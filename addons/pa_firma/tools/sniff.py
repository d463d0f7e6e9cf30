"""Which form a file has, by its bytes: its name proves nothing."""

import base64
import binascii
import io
import re
import zipfile

from asn1crypto import cms, tsp

from . import xml_canonical
from .errors import FirmaError

_MIME = re.compile(rb"\A(?:[A-Za-z0-9-]{1,60}:[^\r\n]*(?:\r?\n[ \t][^\r\n]*)*\r?\n){1,40}", re.ASCII)
_BASE64 = re.compile(rb"[A-Za-z0-9+/=\s]+\Z")
_PEM = re.compile(rb"-----BEGIN ([A-Z0-9# ]{1,40})-----[ \t]*\r?\n([^-]*)-----END \1-----")
_SIGNED_PART = re.compile(rb"(?im)^content-type:\s*(multipart/signed|application/(x-)?(pkcs7|timestamp))")
# signatures and timestamps in a container
CONTAINED = re.compile(r"META-INF/([^/]*signatures?[^/]*\.xml|[^/]+\.(p7s|p7m|tst|tsr))", re.IGNORECASE)
_SIGNED_DATA = bytes.fromhex("06092a864886f70d010702")
MAX_ARMOR = 3
TEXT_AFTER = "There is text after the signed block that nobody signed: take it away and verify the block alone."
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


def under_text(data):
    """The signed block of a PEM file with text above it, as openssl writes some ("subject=…"); None when there is none."""
    place = data.find(b"-----BEGIN ")
    if place <= 0 or data.count(b"-----BEGIN ") > 1 or data[place - 1 : place] != b"\n":
        return None
    try:
        found = kind(data[place:])[0]
    except FirmaError:
        return None
    return data[place:] if found in ("cms", "tsd") else None


def inner_kind(data):
    """Kind of what an envelope holds; empty when it is a plain document, whatever it looks like at its beginning."""
    if data.startswith(b"%PDF-"):
        return "pdf"
    try:
        found, plain = kind(data)
    except (FirmaError, ValueError):
        return ""
    signed = _SIGNED.get(found)
    return found if signed is None or signed(plain) else ""


def _is_answer(data):
    """Any text that begins with "0" looks like ASN.1; a broken signature is for who opens it to say."""
    if _SIGNED_DATA in data[:64]:
        return True
    try:
        return bool(tsp.TimeStampResp.load(data, strict=True)["status"]["status"].native)
    except (ValueError, TypeError, KeyError):
        return False


def _is_signed_xml(data):
    try:
        return next(xml_canonical.parse(data).iter(xml_canonical.tag("Signature")), None) is not None
    except FirmaError:  # when it tries to be signed, it is for who opens it to say what is wrong
        return xml_canonical.DS.encode() in data


def _is_signed_container(data):
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            return any(CONTAINED.fullmatch(item.filename) for item in archive.infolist())
    except Exception:  # whatever it is, it is no container that could be signed
        return False


_SIGNED = {
    "tsr": _is_answer,
    "xml": _is_signed_xml,
    "zip": _is_signed_container,
    "mime": lambda data: bool(_SIGNED_PART.search(data[:20000])),
}


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
            follows = re.match(_PEM, text)
            raise FirmaError("malformed", TEXT_AFTER if follows else "The PEM file cannot be read.")
        text = block.group(2)
    elif len(text) < 64 or not _BASE64.match(text):
        return None
    try:
        return base64.b64decode(b"".join(text.split()), validate=True)
    except (binascii.Error, ValueError) as error:
        if not data.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"-----BEGIN"):
            return None
        raise FirmaError("malformed", "The PEM file cannot be read.") from error
