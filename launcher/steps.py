"""Set-up steps: each has a stamp holding the hash of its inputs, written when it is complete."""

import contextlib
import fcntl
import hashlib
import os

from . import paths
from .ui import say

SKIP_FOLDERS = {"__pycache__", ".git", "node_modules", ".ruff_cache", ".pytest_cache"}


def digest(*parts):
    """A short hash of strings and of the files and folders given as paths."""
    value = hashlib.sha256()
    for part in parts:
        if isinstance(part, os.PathLike):
            for path in _files(part):
                value.update(str(path.relative_to(part.parent)).encode() + b"\0")
                value.update(hashlib.sha256(path.read_bytes()).digest())
        else:
            value.update(repr(part).encode())
        value.update(b"\1")
    return value.hexdigest()[:16]


def _files(path):
    if path.is_file():
        return [path]
    found = []
    for folder, names, files in os.walk(path):
        names[:] = sorted(name for name in names if name not in SKIP_FOLDERS)
        found += [
            type(path)(folder) / name for name in sorted(files) if not name.endswith(".pyc")
        ]
    return found


def is_done(name, key):
    """Has this step been completed with these inputs?"""
    with contextlib.suppress(OSError):
        return (paths.STAMPS / name).read_text().strip() == key
    return False


def stamp_of(name):
    """The key with which the step was last completed, or an empty string."""
    with contextlib.suppress(OSError):
        return (paths.STAMPS / name).read_text().strip()
    return ""


def mark_done(name, key):
    """Write the stamp, whole or not at all."""
    temporary = paths.STAMPS / (name + ".tmp")
    temporary.write_text(key + "\n")
    temporary.replace(paths.STAMPS / name)


def forget(name):
    """Drop a stamp: the step will be done again."""
    (paths.STAMPS / name).unlink(missing_ok=True)


@contextlib.contextmanager
def lock(name="setup"):
    """One set-up at a time on the same state folder."""
    with open(paths.HOME / f"{name}.lock", "w") as handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            say("Another ./pa is working on this folder: waiting for it ...")
            fcntl.flock(handle, fcntl.LOCK_EX)
        yield
