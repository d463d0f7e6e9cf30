"""`./pa soak`: the long runs that `./pa test` only tastes. Here, the fuzzing of what verifies signed documents."""

import os
import subprocess
from concurrent.futures import ThreadPoolExecutor

from . import paths, setup, venv
from .ui import say

REQUIREMENTS = paths.ROOT / "requirements-soak.txt"
SCRIPT = paths.ROOT / "scripts" / "fuzz_verify.py"
ENTRIES = ("pdf", "cms", "tsd", "m7m", "xml", "asic")
FOLDER = paths.HOME / "soak"
LIBRARY = FOLDER / "lib"


def run(seconds, entries=()):
    """Fuzz each entry for so many seconds, guided by coverage, as many at once as there are cores; return the exit status.

    Goes on from what earlier runs found. A file that breaks a rule is kept in `.pa/soak`.
    """
    setup.ensure_python()
    ensure_fuzzer()
    with ThreadPoolExecutor(os.cpu_count() or 1) as threads:
        statuses = list(threads.map(lambda entry: _fuzz(entry, seconds), entries or ENTRIES))
    return 1 if any(statuses) else 0


def ensure_fuzzer():
    """Install atheris beside the environment of the product, which it does not touch."""
    venv.install_apart(REQUIREMENTS, LIBRARY, "soak", "Fuzzer")


def _fuzz(entry, seconds):
    log = paths.LOGS / f"soak-{entry}.log"
    command = [paths.PYTHON, SCRIPT, "--entry", entry, "--seconds", seconds, "--keep", FOLDER / "corpus" / entry]
    with open(log, "w") as output:
        status = subprocess.run(
            [str(part) for part in command],
            cwd=FOLDER,
            env={**os.environ, "PYTHONPATH": str(LIBRARY), "PYTHONDONTWRITEBYTECODE": "1"},
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
        ).returncode
    say(f"{entry}: {_told(log, status)}")
    return status


def _told(log, status):
    """How a run ended, in one line."""
    lines = log.read_text(errors="replace").splitlines()
    words = ("fuzz-",) if status else ("Done ",)
    last = next((line for line in reversed(lines) if line.startswith(words)), "")
    return last or f"ended with status {status}: see {log}"
