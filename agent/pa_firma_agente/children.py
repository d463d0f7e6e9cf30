"""Processes of the agent's own: what crashes or hangs in them can be ended without ending the agent."""

import subprocess
import sys
import threading
from contextlib import contextmanager
from pathlib import Path

# They start from where the package is: never from a folder whose files could pass themselves off as a library.
_FOLDER = Path(__file__).resolve().parents[1]


@contextmanager
def child(module, seconds, **options):
    """(process, event set when it was ended for taking too long) of a module of this package."""
    process = subprocess.Popen(
        [sys.executable, "-m", f"pa_firma_agente.{module}"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        cwd=_FOLDER,
        **options,
    )
    late = threading.Event()

    def end():
        late.set()
        process.terminate()
        try:
            process.wait(5)
        except subprocess.TimeoutExpired:
            process.kill()

    timer = threading.Timer(seconds, end)
    timer.start()
    try:
        with process:
            yield process, late
    finally:
        timer.cancel()
