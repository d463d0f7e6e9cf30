"""Verification in a process of its own, with limits on time and memory.

One helper process per server process is kept warm (importing the libraries costs more than verifying); it forks a
limited child for every file. Whatever happens to the child, the caller gets a report: a crash or a time-out is
"undetermined", never "valid".
"""

import atexit
import contextlib
import datetime as dt
import hashlib
import json
import os
import select
import struct
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

SECONDS = 30
MEMORY = 2 * 1024**3
_HELPER = os.path.join(os.path.dirname(os.path.abspath(__file__)), "sandbox_helper.py")
_lock = threading.Lock()
_helper = None  # (pid of the owner, Popen)
_sent = set()  # SHA-256 of the accepted lists that the helper holds
MAX_LISTS = 100


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


def read_list(data, signers, seconds=SECONDS * 2, memory=MEMORY):
    """Like `trusted_list.read`, isolated."""
    return _told(_verify("list", data, None, signers, None, seconds, memory))


def ask(cert, pool, seconds=5, memory=MEMORY):
    """Like `online.ask`, isolated."""
    return _told(_verify("ask", cert, None, pool, None, seconds, memory))


def told(answer, cert, issuer, nonce=b"", seconds=10, memory=MEMORY):
    """Like `online.told`, isolated."""
    return _told(_verify("told", answer, None, (), None, seconds, memory, cert=cert, issuer=issuer, nonce=nonce))


def issuers(data, cert, seconds=5, memory=MEMORY):
    """Like `online.issuers`, isolated."""
    return _told(_verify("issuers", data, None, (), None, seconds, memory, cert=cert))


def _told(found):
    """What a reading said; when it was cut short, that."""
    if "verdict" not in found:
        return found
    return {"error": found["reasons"][0]["code"], "detail": found["reasons"][0]["detail"]}


def _verify(
    kind, data, original, trust, at, seconds, memory,
    *, trust_lists=(), accepted_lists=(), evidence=None, chains=False, **attached,
):  # fmt: skip
    attached |= {"data": data, "original": original}
    blobs = [(name, raw) for name, raw in attached.items() if raw is not None]
    blobs += [("trust", item.encode() if isinstance(item, str) else item) for item in trust]
    blobs += [("trust_lists", item) for item in trust_lists]
    blobs += [(name, raw) for name in ("certs", "ocsps", "crls") for raw in (evidence or {}).get(name, ())]
    header = {
        "kind": kind,
        "at": at.isoformat() if at else None,
        "chains": chains,
        "seconds": seconds,
        "memory": memory,
    }
    with _lock:
        try:
            return json.loads(_ask(header, blobs, accepted_lists, seconds + 5))
        except (OSError, ValueError, EOFError, struct.error) as error:
            _discard()
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


def _ask(header, blobs, lists, seconds):
    process = _running()
    if len(_sent) > MAX_LISTS:
        _discard()
        process = _running()
    missing = {item.sha256: item for item in lists if item.sha256 not in _sent}
    blobs = [*((f"list:{sha}", item.read()) for sha, item in missing.items()), *blobs]
    header |= {"blobs": [(name, len(raw)) for name, raw in blobs], "lists": [item.sha256 for item in lists]}
    raw = json.dumps(header).encode()
    process.stdin.write(struct.pack(">I", len(raw)) + raw)
    for _name, blob in blobs:
        process.stdin.write(blob)
    _sent.update(missing)
    process.stdin.flush()
    deadline = time.monotonic() + seconds
    size = struct.unpack(">I", _read(process.stdout, 4, deadline))[0]
    return _read(process.stdout, size, deadline)


def _read(stream, size, deadline):
    chunks = bytearray()
    while len(chunks) < size:
        ready, _w, _x = select.select([stream], [], [], max(0, deadline - time.monotonic()))
        if not ready:
            raise TimeoutError
        chunk = os.read(stream.fileno(), size - len(chunks))
        if not chunk:
            raise EOFError
        chunks += chunk
    return bytes(chunks)


def _running():
    global _helper
    if _helper and _helper[0] == os.getpid() and _helper[1].poll() is None:
        return _helper[1]
    process = subprocess.Popen(
        [sys.executable, "-I", _HELPER, *[path for path in sys.path if path]],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env={"PATH": os.environ.get("PATH", ""), "LANG": "C.UTF-8"},
        start_new_session=True,
        close_fds=True,
    )
    _helper = (os.getpid(), process)
    _sent.clear()
    return process


def _discard():
    global _helper
    if _helper and _helper[0] == os.getpid():
        process = _helper[1]
        with contextlib.suppress(OSError):
            process.kill()
        with contextlib.suppress(Exception):
            process.communicate(timeout=5)
    _helper = None


atexit.register(_discard)
