"""The warm process behind `sandbox`: reads requests on stdin, verifies each in a forked and limited child."""

import ctypes
import datetime as dt
import importlib.util
import json
import os
import resource
import select
import signal
import struct
import sys
import time

_PARENT_DEATH_SIGNAL = 1  # PR_SET_PDEATHSIG, prctl(2)
MAX_ANSWER = 32 * 1024 * 1024
_FOLDER = os.path.dirname(os.path.abspath(__file__))


def _load():
    """Import this folder as a package of its own, so that nothing of Odoo comes along."""
    sys.path[:0] = [path for path in sys.argv[1:] if path not in sys.path]
    spec = importlib.util.spec_from_file_location(
        "pa_firma_tools", os.path.join(_FOLDER, "__init__.py"), submodule_search_locations=[_FOLDER]
    )
    package = importlib.util.module_from_spec(spec)
    sys.modules["pa_firma_tools"] = package
    spec.loader.exec_module(package)
    from pa_firma_tools import document, listed, online, prepare, sandbox, trusted_list, verify

    kinds = {
        "pdf": verify.verify_pdf,
        "document": document.verify_document,
        "list": trusted_list.read,
        "ask": online.ask,
        "told": online.told,
        "issuers": online.issuers,
        "prepare": prepare.prepared,
    }
    return kinds, sandbox, listed.load


def _die_with(parent):
    """When the helper is ended, what it began ends too, and keeps neither memory nor processor (Linux only)."""
    try:
        ctypes.CDLL(None).prctl(_PARENT_DEATH_SIGNAL, signal.SIGKILL)
    except (OSError, AttributeError):
        return
    if os.getppid() != parent:  # ended meanwhile
        os._exit(0)


def _child(verify, request, blobs, output):
    resource.setrlimit(resource.RLIMIT_CPU, (request["seconds"], request["seconds"] + 1))
    resource.setrlimit(resource.RLIMIT_AS, (request["memory"], request["memory"]))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    at = dt.datetime.fromisoformat(request["at"]) if request["at"] else None
    report = verify[request["kind"]](**blobs, at=at)
    raw = json.dumps(report).encode()
    while raw:
        raw = raw[os.write(output, raw) :]


def _answer(verify, sandbox, request, blobs):
    reading, writing = os.pipe()
    parent, pid = os.getpid(), os.fork()
    if not pid:
        try:
            _die_with(parent)
            os.close(reading)
            null = os.open(os.devnull, os.O_RDWR)
            for stream in (0, 1, 2):
                os.dup2(null, stream)
            _child(verify, request, blobs, writing)
        finally:
            os._exit(0)
    os.close(writing)
    raw, deadline = bytearray(), time.monotonic() + request["seconds"]
    while select.select([reading], [], [], max(0, deadline - time.monotonic()))[0]:
        chunk = os.read(reading, 1 << 16)
        if not chunk:
            break
        raw += chunk
        if len(raw) > MAX_ANSWER:  # it would fill the memory of whoever asked
            raw.clear()
            break
    os.close(reading)
    os.kill(pid, signal.SIGKILL)
    os.waitpid(pid, 0)
    try:
        return json.loads(bytes(raw))
    except ValueError:
        return sandbox.failure(blobs["data"], "limits", "The file asks for too much time or memory to be verified.")


def _arguments(request, stdin, lists, load):
    """Arguments of the verification; the accepted lists that are new stay here, ready for every child."""
    found = {"trust": []}
    for name, size in request["blobs"]:
        raw = stdin.read(size)
        if name.startswith("list:"):
            lists[name[5:]] = load(raw)
        elif name in ("trust", "trust_lists", "pivot"):
            found.setdefault(name, []).append(raw)
        elif name in ("certs", "ocsps", "crls"):
            found.setdefault("evidence", {}).setdefault(name, []).append(raw)
        else:
            found[name] = raw
    if request["lists"]:
        found["accepted_lists"] = [lists[sha] for sha in request["lists"]]
    if request["chains"]:
        found["chains"] = True
    return found


def main():
    verify, sandbox, load = _load()
    stdin, stdout = sys.stdin.buffer, sys.stdout.buffer
    lists = {}
    while head := stdin.read(4):
        request = json.loads(stdin.read(struct.unpack(">I", head)[0]))
        blobs = _arguments(request, stdin, lists, load)
        raw = json.dumps(_answer(verify, sandbox, request, blobs)).encode()
        stdout.write(struct.pack(">I", len(raw)) + raw)
        stdout.flush()


if __name__ == "__main__":
    main()
