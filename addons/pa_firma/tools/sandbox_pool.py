"""The warm helper processes behind `sandbox`: as many as there are cores, each started when the others are busy."""

import atexit
import contextlib
import json
import os
import select
import struct
import subprocess
import sys
import threading
import time

LIMIT = max(1, min(4, os.cpu_count() or 1))
MAX_LISTS = 60
_HELPER = os.path.join(os.path.dirname(os.path.abspath(__file__)), "sandbox_helper.py")
_free = threading.Condition()
_idle, _busy = [], []  # helpers of this process; those of a parent that forked are forgotten


class Helper:
    """One warm process. `sent`: SHA-256 of the accepted lists that it holds."""

    def __init__(self):
        self.owner, self.sent = os.getpid(), set()
        self.process = subprocess.Popen(
            [sys.executable, "-I", _HELPER, *[path for path in sys.path if path]],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env={"PATH": os.environ.get("PATH", ""), "LANG": "C.UTF-8"},
            start_new_session=True,
            close_fds=True,
        )

    def usable(self):
        return self.owner == os.getpid() and self.process.poll() is None and len(self.sent) <= MAX_LISTS

    def ask(self, header, blobs, lists, seconds):
        """The raw answer; `lists` go with the first question that needs them."""
        missing = {item.sha256: item for item in lists if item.sha256 not in self.sent}
        blobs = [*((f"list:{sha}", item.read()) for sha, item in missing.items()), *blobs]
        header |= {"blobs": [(name, len(raw)) for name, raw in blobs], "lists": [item.sha256 for item in lists]}
        raw, stdin = json.dumps(header).encode(), self.process.stdin
        stdin.write(struct.pack(">I", len(raw)) + raw)
        for _name, blob in blobs:
            stdin.write(blob)
        self.sent.update(missing)
        stdin.flush()
        deadline = time.monotonic() + seconds
        size = struct.unpack(">I", _read(self.process.stdout, 4, deadline))[0]
        return _read(self.process.stdout, size, deadline)

    def end(self):
        if self.owner != os.getpid():  # a parent's: its own process ends it
            return
        with contextlib.suppress(OSError):
            self.process.kill()
        with contextlib.suppress(Exception):
            self.process.communicate(timeout=5)


@contextlib.contextmanager
def borrowed():
    """A helper of one's own for one question; whatever goes wrong with it, it is not used again."""
    helper = _borrow()
    try:
        yield helper
    except BaseException:
        helper.end()  # half an answer may be on its way
        raise
    finally:
        good = helper.usable()
        with _free:
            _busy.remove(helper)
            if good:
                _idle.append(helper)
            _free.notify()
        if not good:
            helper.end()


def _borrow():
    with _free:
        while True:
            if any(helper.owner != os.getpid() for helper in (*_idle, *_busy)):  # this process is a fork of theirs
                _idle[:], _busy[:] = [], []
            while _idle:
                helper = _idle.pop()
                if helper.usable():
                    _busy.append(helper)
                    return helper
                helper.end()
            if len(_busy) < LIMIT:
                _busy.append(helper := Helper())
                return helper
            _free.wait()


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


@atexit.register
def close():
    """End the helpers that nobody is using."""
    while _idle:
        _idle.pop().end()
