"""Verification in a process of its own, with limits on time and memory.

Helper processes are kept warm (importing the libraries costs more than verifying), as many as there are cores: files
verified by several people at once do not wait for each other. Each forks a limited child for every file. Whatever happens
to the child, the caller gets a report: a crash or a time-out is "undetermined", never "valid".
"""

import datetime as dt
import hashlib
import json
import struct
from collections.abc import Callable
from dataclasses import dataclass

from . import sandbox_pool

SECONDS = 30
MEMORY = 2 * 1024**3


@dataclass(frozen=True)
class Listed:
    """An accepted list in its compact form, read only when the helper process does not have it yet."""

    sha256: str
    read: Callable


def verify_pdf(data, original=None, trust=(), at=None, seconds=SECONDS, memory=MEMORY, **given):
    """Like `verify.verify_pdf`, isolated; `accepted_lists` are `Listed`."""
    return _verify("pdf", data, original, trust, at, seconds, memory, **given)


def verify_document(data, original=None, trust=(), at=None, seconds=SECONDS, memory=MEMORY, **given):
    """Like `document.verify_document` (any signed document), isolated; `accepted_lists` are `Listed`."""
    return _verify("document", data, original, trust, at, seconds, memory, **given)


def read_list(data, signers, pivots=(), options=None, seconds=SECONDS * 2, memory=MEMORY):
    """Like `trusted_list.read`, isolated.

    :param pivots: bytes of the pivots of a list of lists, by their address where it is known
    """
    named = isinstance(pivots, dict)
    given = json.dumps({**(options or {}), "addresses": list(pivots) if named else []}).encode()
    files = list(pivots.values() if named else pivots)
    return _told(_verify("list", data, None, signers, None, seconds, memory, pivots=files, options=given))


def ask(cert, pool, seconds=5, memory=MEMORY):
    """Like `online.ask`, isolated."""
    return _told(_verify("ask", cert, None, pool, None, seconds, memory))


def told(answer, cert, issuer, nonce=b"", seconds=10, memory=MEMORY):
    """Like `online.told`, isolated."""
    return _told(_verify("told", answer, None, (), None, seconds, memory, cert=cert, issuer=issuer, nonce=nonce))


def issuers(data, cert, seconds=5, memory=MEMORY):
    """Like `online.issuers`, isolated."""
    return _told(_verify("issuers", data, None, (), None, seconds, memory, cert=cert))


def prepare(data, asked, drawing=None, seconds=SECONDS, memory=MEMORY):
    """Like `prepare.prepared`, isolated."""
    return _told(_verify("prepare", data, None, (), None, seconds, memory, asked=asked, drawing=drawing))


def _told(found):
    """What a reading said; when it was cut short, that."""
    if "verdict" not in found:
        return found
    return {"error": found["reasons"][0]["code"], "detail": found["reasons"][0]["detail"]}


def _verify(
    kind, data, original, trust, at, seconds, memory,
    *, trust_lists=(), accepted_lists=(), pivots=(), evidence=None, chains=False, **attached,
):  # fmt: skip
    attached |= {"data": data, "original": original}
    blobs = [(name, raw) for name, raw in attached.items() if raw is not None]
    blobs += [("trust", item.encode() if isinstance(item, str) else item) for item in trust]
    blobs += [("trust_lists", item) for item in trust_lists]
    blobs += [("pivot", item) for item in pivots]
    blobs += [(name, raw) for name in ("certs", "ocsps", "crls") for raw in (evidence or {}).get(name, ())]
    header = {
        "kind": kind,
        "at": at.isoformat() if at else None,
        "chains": chains,
        "seconds": seconds,
        "memory": memory,
    }
    try:
        with sandbox_pool.borrowed() as helper:
            return json.loads(helper.ask(header, blobs, accepted_lists, seconds + 5))
    except (OSError, ValueError, EOFError, struct.error) as error:
        return failure(data, "isolation", f"The verification was interrupted ({type(error).__name__}).")


def failure(data, code, detail):
    return {
        "verdict": "undetermined",
        "reasons": [{"code": code, "detail": detail}],
        "warnings": [],
        "sha256": hashlib.sha256(data).hexdigest(),
        "size": len(data),
        "validation_time": dt.datetime.now(dt.timezone.utc).isoformat(timespec="seconds"),
        "signatures": [],
    }
