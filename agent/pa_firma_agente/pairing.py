"""The sites that the person paired, in a file of theirs that nobody else reads. It holds no secret."""

import datetime as dt
import json
import os
import re
import sys
from pathlib import Path

from .problems import Problem

_ORIGIN = re.compile(r"(https?)://([a-z0-9.-]{1,253}|\[[0-9a-f:]{2,45}\])(:[1-9][0-9]{0,4})?")
_LOOPBACK = {"localhost", "127.0.0.1", "[::1]"}


def check_origin(origin, plain_http=()):
    """The origin as browsers write it; refuses what is not one, or travels in clear text.

    :param plain_http: origins with http that whoever started the agent accepts
    """
    match = _ORIGIN.fullmatch(origin or "")
    if not match:
        raise Problem("origin")
    if match[1] == "http" and match[2] not in _LOOPBACK and origin not in plain_http:
        raise Problem("insecure_origin")
    return origin


def default_folder():
    """Where this user's settings live on this system."""
    if sys.platform == "win32":
        base = Path(os.environ.get("APPDATA") or Path.home() / "AppData" / "Roaming")
    elif sys.platform == "darwin":
        base = Path.home() / "Library" / "Application Support"
    else:
        base = Path(os.environ.get("XDG_CONFIG_HOME") or Path.home() / ".config")
    return base / "pa-firma-agente"


class Pairings:
    """The paired origins, kept in `folder`/origins.json (0600)."""

    def __init__(self, folder):
        self.folder = Path(folder)
        self._path = self.folder / "origins.json"

    def origins(self):
        """{origin: day of pairing}; nothing when the file is missing or spoilt (then sites must be paired again)."""
        try:
            data = json.loads(self._path.read_text(encoding="utf-8"))
            return {str(origin): str(day) for origin, day in data["origins"].items()}
        except (OSError, ValueError, KeyError, TypeError, AttributeError):
            return {}

    def add(self, origin):
        """Remember an origin."""
        self._write({**self.origins(), origin: dt.date.today().isoformat()})

    def forget(self, origin):
        """Forget an origin; False when it was not there."""
        origins = self.origins()
        known = origins.pop(origin, None) is not None
        if known:
            self._write(origins)
        return known

    def _write(self, origins):
        self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        beside = self._path.with_suffix(".new")
        beside.unlink(missing_ok=True)
        handle = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            json.dump({"origins": origins}, file, indent=1)
        beside.replace(self._path)
