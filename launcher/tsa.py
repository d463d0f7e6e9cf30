"""The demo's timestamp authority: a process on loopback that lives as long as the server."""

import contextlib
import json
import os
import signal
import subprocess
import time

from . import paths
from .ports import port_is_free
from .ui import Fail, tail

PKI = paths.HOME / "pki"
SCRIPT = paths.ADDONS / "pa_firma" / "tools" / "pki.py"
PID = paths.HOME / "tsa.pid"
LOG = "tsa.log"


def _state():
    """Process id and address of our authority, or None."""
    try:
        pid, url = PID.read_text().split()
        with open(f"/proc/{pid}/cmdline", "rb") as handle:
            return (int(pid), url) if str(SCRIPT).encode() in handle.read() else None
    except (OSError, ValueError):
        return None


def ensure():
    """Start the authority unless it runs; return its address, the same as last time if the port is free."""
    running = _state()
    if running:
        return running[1]
    port = 0
    with contextlib.suppress(OSError, ValueError):
        port = int(PID.read_text().rpartition(":")[2].split("/")[0])
    if port and not port_is_free(port):
        port = 0
    with open(paths.LOGS / LOG, "w") as log:
        process = subprocess.Popen(
            [str(paths.PYTHON), str(SCRIPT), str(PKI), str(port)],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            cwd=paths.HOME,
            start_new_session=True,
        )
    deadline = time.monotonic() + 60
    while process.poll() is None and time.monotonic() < deadline:
        lines = (paths.LOGS / LOG).read_text().splitlines()
        if lines and lines[-1].startswith("{"):
            url = json.loads(lines[-1])["url"]
            PID.write_text(f"{process.pid} {url}\n")
            return url
        time.sleep(0.1)
    process.kill()
    raise Fail("The demo's timestamp authority does not start:\n" + tail(paths.LOGS / LOG))


def stop():
    """End the authority; its address stays written, to be used again."""
    running = _state()
    if not running:
        return
    with contextlib.suppress(ProcessLookupError):
        os.kill(running[0], signal.SIGTERM)
    with contextlib.suppress(ChildProcessError):
        os.waitpid(running[0], 0)
