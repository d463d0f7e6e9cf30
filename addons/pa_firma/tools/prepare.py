"""Preparing the signature of a PDF in a process of its own, with limits on time and memory.

The document may come from anybody: reading it, refusing active content and writing the new revision must neither hang nor bring
down the server. Only bytes and certificates go there, never a key; what comes back is checked before a key signs it. Several
documents use as many cores as there are.
"""

import json
from base64 import b64decode, b64encode

from asn1crypto import x509

from . import mark as marks
from . import pades, sandbox, two_phase
from .errors import FirmaError
from .pdf_guard import check_plain

_SAID = ("name", "reason", "location", "max_bytes")


def prepare_pdf(data, cert, chain=(), request=None, seconds=sandbox.SECONDS, memory=sandbox.MEMORY):
    """Like `two_phase.prepare_pdf`, isolated."""
    request = request or pades.SignatureRequest()
    check_plain(data, request.max_bytes)
    certs = [cert.dump(), *(item.dump() for item in chain)]
    asked = {name: getattr(request, name) for name in _SAID}
    asked |= {"certificates": [b64encode(item).decode() for item in certs]}
    drawing = request.mark and (request.mark.drawing or marks.draw(request.mark))
    if request.mark:
        asked["address"] = request.mark.address
    found = sandbox.prepare(data, json.dumps(asked).encode(), drawing, seconds, memory)
    if "error" in found:
        raise FirmaError(found["error"], found["detail"])
    return two_phase.Prepared(
        given=data,
        hole=tuple(found["hole"]),
        certificate=certs[0],
        chain=tuple(certs[1:]),
        **{name: b64decode(found[name]) for name in ("tail", "to_sign")},
    ).check()


def prepared(data, asked, drawing=None, **_ours):
    """In that process: what `prepare_pdf` asked, as JSON."""
    asked = json.loads(asked)
    cert, *chain = [x509.Certificate.load(b64decode(item)) for item in asked.pop("certificates")]
    address = asked.pop("address", "")
    mark = marks.Mark(drawing=drawing, address=address) if drawing else None
    request = pades.SignatureRequest(**asked, mark=mark)
    try:
        made = two_phase.prepare_pdf(data, cert, chain, request)
    except FirmaError as error:
        return {"error": error.code, "detail": error.detail}
    binary = {name: b64encode(getattr(made, name)).decode() for name in ("tail", "to_sign")}
    return binary | {"hole": made.hole}
