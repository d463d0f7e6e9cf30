"""Messages, progress and the one exception that ends a command with a clear sentence."""

import os
import subprocess
import sys
import threading
import time

from . import paths


class Fail(Exception):
    """A foreseeable problem: its text is shown to the user, without a traceback."""


def say(text):
    """Tell the user what is going on (standard error: results go to standard output)."""
    print(text, file=sys.stderr, flush=True)


class Progress:
    """A bar on a terminal, a plain line now and then elsewhere."""

    def __init__(self, label, total=None, unit=""):
        self.label, self.total, self.unit = label, total, unit
        # a bar only from the main thread: the tests write at the same time as the others
        main = threading.current_thread() is threading.main_thread()
        self.tty = main and sys.stderr.isatty()
        self.start = time.monotonic()
        self.shown = None
        if main and not self.tty:
            say(f"{label} ...")

    def update(self, done, note=""):
        """Show that `done` of the total is done."""
        if not self.tty:
            return
        if self.total:
            ratio = min(1.0, done / self.total)
            full = int(ratio * 30)
            text = f"[{'#' * full}{'.' * (30 - full)}] {ratio:4.0%}"
        else:
            text = f"[{time.monotonic() - self.start:4.0f} s]"
        line = f"{self.label} {text} {note}"[:110]
        if line != self.shown:
            sys.stderr.write("\r\x1b[K" + line)
            sys.stderr.flush()
            self.shown = line

    def close(self, text="done"):
        """End the bar."""
        seconds = time.monotonic() - self.start
        if self.tty:
            sys.stderr.write("\r\x1b[K")
        say(f"{self.label}: {text} ({seconds:.0f} s)")


def tail(path, lines=15):
    """The last lines of a log."""
    try:
        return "\n".join(path.read_text(errors="replace").splitlines()[-lines:])
    except OSError:
        return ""


def run_logged(command, log, label=None, on_poll=None, on_line=None, env=None, cwd=None):
    """Run a command with its output in LOGS/log; return the exit status."""
    path = paths.LOGS / log
    bar = Progress(label) if label and not (on_poll or on_line) else None
    with open(path, "wb") as out:
        process = subprocess.Popen(
            [str(part) for part in command],
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=subprocess.STDOUT,
            env={**os.environ, **(env or {})},
            cwd=cwd,
        )
    try:
        with open(path, errors="replace") as follow:
            while process.poll() is None:
                if on_line:
                    for line in follow:
                        on_line(line)
                if on_poll:
                    on_poll()
                if bar:
                    bar.update(0)
                time.sleep(0.1)
    except BaseException:
        process.terminate()
        process.wait()
        raise
    if bar:
        bar.close("done" if process.returncode == 0 else "failed")
    return process.returncode
