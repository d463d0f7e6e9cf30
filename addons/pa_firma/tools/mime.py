"""MIME envelopes: .m7m (a signed file with its timestamp) and S/MIME, opened by hand so that binary parts stay whole."""

import base64
import binascii
import datetime as dt
import quopri
import re
from dataclasses import replace

from . import cades, cms_reader, envelopes, timestamp
from .errors import FirmaError
from .facts import UNDETERMINED, blank, reason
from .trust import Evidence

MAX_PARTS = 20
_HEADERS = re.compile(rb"\A(.*?)\r?\n\r?\n", re.DOTALL)
_SIGNATURES = ("application/pkcs7-mime", "application/x-pkcs7-mime")
_DETACHED = ("application/pkcs7-signature", "application/x-pkcs7-signature")
_STAMPS = ("application/timestamp-reply", "application/timestamp-response", "application/timestamped-data")


class Part:
    """One part: its type, parameters and decoded bytes (`raw` is as it came, headers included).

    `followed`: whether something comes after the last part, which programs that show messages should leave out (RFC 2046,
    5.1.1); lists and antivirus programs write there.
    """

    def __init__(self, raw):
        match = _HEADERS.match(raw[:65536])
        head, body = (match.group(1), raw[match.end() :]) if match else (b"", raw)
        self.raw, self.followed = raw, False
        self.headers = _headers(head)
        value = self.headers.get("content-type", "text/plain")
        self.type = value.split(";")[0].strip().lower()
        self.boundary = _parameter(value, "boundary")
        self.name = _parameter(value, "name") or _parameter(self.headers.get("content-disposition", ""), "filename")
        self.body = body

    def decoded(self):
        coding = self.headers.get("content-transfer-encoding", "binary").strip().lower()
        try:
            if coding == "base64":
                return base64.b64decode(b"".join(self.body.split()), validate=True)
            if coding == "quoted-printable":
                return quopri.decodestring(self.body)
        except (binascii.Error, ValueError) as error:
            raise FirmaError("malformed", "A part of the message cannot be decoded.") from error
        return self.body

    def parts(self):
        """The parts of a multipart, cut at its boundary lines."""
        if not self.boundary:
            raise FirmaError("malformed", "The message does not say where its parts end.")
        mark = re.escape(self.boundary.encode("latin-1"))
        if self.body.count(b"--" + self.boundary.encode("latin-1")) > 2 * MAX_PARTS:
            raise FirmaError("too_large", "The message has too many parts.")
        pieces = re.split(rb"(?:\A|\r?\n)--" + mark + rb"(?=--|[ \t]*\r?\n)", self.body)
        parts = []
        for number, piece in enumerate(pieces[1:], 1):
            if piece.startswith(b"--"):
                if any(rest.strip() for rest in pieces[number + 1 :]):
                    raise FirmaError("trailing", "Other parts follow the last part of the message.")
                self.followed = bool(piece[2:].strip())
                break
            parts.append(Part(re.sub(rb"\A[ \t]*\r?\n", b"", piece, count=1)))
        if len(parts) > MAX_PARTS:
            raise FirmaError("too_large", "The message has too many parts.")
        return parts


def _headers(head):
    text = re.sub(r"\r?\n[ \t]+", " ", head.decode("latin-1"))
    found = {}
    for line in text.splitlines():
        name, colon, value = line.partition(":")
        name = name.strip().lower()
        if colon and name in found and name.startswith("content-"):
            raise FirmaError("malformed", "The message says twice what a part of it is: programs could read it in two ways.")
        if colon:
            found[name] = value.strip()
    return found


def _parameter(value, name):
    match = re.search(rf';\s*{name}\s*=\s*("([^"]*)"|[^;\s]+)', value, re.IGNORECASE)
    return (match.group(2) if match.group(2) is not None else match.group(1)) if match else ""


def open_message(job, layer):
    """Open a message: a signed file alone, signed with a detached signature, or with its timestamp (.m7m)."""
    message = Part(layer.data)
    if message.type in _SIGNATURES:
        _inside(job, layer, message.decoded(), layer.proofs)
    elif message.type == "multipart/signed":
        _multipart_signed(job, layer, message)
    elif message.type.startswith("multipart/"):
        _stamped(job, layer, message)
    else:
        raise FirmaError("unsigned", "The message holds no signature.")


def _inside(job, layer, data, proofs):
    job.open(replace(layer, data=data, proofs=proofs, depth=layer.depth + 1))


def _parts(job, message):
    """Its parts. Text after them is not signed, and some programs show it: whoever reads must not take it for the document."""
    parts = message.parts()
    if message.followed:
        detail = "Text follows the signed message: nobody signed it, and some programs show it. Only the signed file counts."
        reason(job.report, UNDETERMINED, "trailing", detail)
    return parts


def _multipart_signed(job, layer, message):
    parts = _parts(job, message)
    if len(parts) != 2 or parts[1].type not in _DETACHED:
        raise FirmaError("unsupported", "The message is signed in a way that is not known.")
    signed = cms_reader.load(parts[1].decoded())
    canonical = re.sub(rb"\r?\n", b"\r\n", parts[0].raw)  # RFC 8551, 3.1.1
    found, _raw = cades.verify_signed_data(signed, canonical, job.trust, layer.proofs, layer.prefix)
    if any(facts["integrity"] is False for facts in found) and canonical != parts[0].raw:
        again, _raw = cades.verify_signed_data(signed, parts[0].raw, job.trust, layer.proofs, layer.prefix)
        found = again if all(facts["integrity"] for facts in again) else found
    job.add(found)
    job.match(parts[0].decoded())


def _stamped(job, layer, message):
    """The signed file, and the timestamp of its bytes."""
    parts = _parts(job, message)
    stamps = [part for part in parts if part.type in _STAMPS or part.name.lower().endswith((".tsr", ".tst"))]
    files = [part for part in parts if part not in stamps]
    if len(files) != 1:
        raise FirmaError("unsupported", "The message does not hold exactly one file.")
    if not stamps:
        _inside(job, layer, files[0].decoded(), layer.proofs)
        return
    data, proofs = files[0].decoded(), list(layer.proofs)
    for number, part in enumerate(stamps, 1):
        facts = _stamp(job, layer, part, data, number if len(stamps) > 1 else "")
        if facts["proved_time"]:
            proofs.append(dt.datetime.fromisoformat(facts["proved_time"]))
        job.add([facts])
    job.open_content(data, layer, proofs)


def _stamp(job, layer, part, data, number):
    facts = blank(f"{layer.prefix}timestamp {number}".rstrip(), "M7M")
    at = min(layer.proofs, default=job.trust.moment)
    token = timestamp.load_token(part.decoded())
    covered = envelopes.digest_of(data)
    envelopes.judge(facts, timestamp.verify_token(token, covered, job.trust, Evidence(), at, "external"))
    return facts
