"""How the person is asked. Windows and terminal questions live in a process of their own, ended when nobody answers."""

import importlib.util
import json
import os
import sys
from typing import Protocol

from .children import child
from .problems import Problem

ASK_SECONDS = 180


class Consent(Protocol):
    """What the agent needs to ask. Each may raise Problem("timeout")."""

    def pair(self, origin: str, code: str) -> bool:
        """May this site be paired? The page shows `code` too."""

    def certificates(self, origin: str) -> bool:
        """May this site read the card's certificates?"""

    def sign(self, request: dict) -> tuple[bool, str | None]:
        """(yes or no, PIN): see Service._consent for what the request holds; no PIN when the reader has a key pad."""


class ProcessConsent:
    """Asks through `pa_firma_agente.window` or `pa_firma_agente.terminal`."""

    def __init__(self, module, language="it", seconds=ASK_SECONDS):
        self._module = module
        self._language = language
        self._seconds = seconds

    def pair(self, origin, code):
        return self._ask({"ask": "pair", "origin": origin, "code": code})["yes"] is True

    def certificates(self, origin):
        return self._ask({"ask": "certificates", "origin": origin})["yes"] is True

    def sign(self, request):
        answer = self._ask({"ask": "sign", **request})
        return answer["yes"] is True, answer.get("pin")

    def _ask(self, question):
        with child(self._module, self._seconds) as (process, late):
            out, _err = process.communicate(
                json.dumps({**question, "language": self._language}).encode()
            )
        try:
            return json.loads(out)
        except ValueError:
            raise Problem("timeout" if late.is_set() else "internal") from None


def screen_available():
    """Whether a window can be opened here."""
    if importlib.util.find_spec("tkinter") is None or importlib.util.find_spec("_tkinter") is None:
        return False
    return sys.platform in ("win32", "darwin") or bool(os.environ.get("DISPLAY"))


def choose(language, terminal=False):
    """The window where there is a screen, else the terminal; None when there is neither."""
    if not terminal and screen_available():
        return ProcessConsent("window", language)
    return ProcessConsent("terminal", language) if sys.stdin and sys.stdin.isatty() else None
