"""Asks the card's process (card.py) and ends it when it takes too long."""

import base64
import json
import subprocess

from .children import child
from .problems import PROBLEMS, Problem

LIST_SECONDS = 30
SIGN_SECONDS = 60
SECONDS_PER_DOCUMENT = 10


class Card:
    """The tokens that the PKCS#11 libraries in `modules` see."""

    def __init__(self, modules):
        self._modules = list(modules)

    def certificates(self):
        """Facts of each signing certificate (see card.certificates)."""
        return self._ask({"do": "certificates"}, LIST_SECONDS)[0]["certificates"]

    def sign(self, sha256, pin, jobs):
        """(signatures made, Problem or None): what was signed before a card is pulled out stays signed.

        :param pin: None when the reader has its own key pad
        :param jobs: list of (algorithm, bytes to sign)
        :raises Problem: nothing could be signed
        """
        lines = []
        request = {
            "do": "sign",
            "sha256": sha256,
            "pin": pin,
            "jobs": [
                {"algorithm": name, "data": base64.b64encode(data).decode()} for name, data in jobs
            ],
        }
        problem = None
        try:
            self._ask(request, SIGN_SECONDS + SECONDS_PER_DOCUMENT * len(jobs), lines)
        except Problem as error:
            if not any("signature" in line for line in lines):
                raise
            problem = error
        signatures = [base64.b64decode(line["signature"]) for line in lines if "signature" in line]
        if problem is None and len(signatures) != len(jobs):
            problem = Problem("token")
        return signatures, problem

    def _ask(self, request, seconds, lines=None):
        """The lines of answer; `lines` keeps those that came before a failure."""
        lines = [] if lines is None else lines
        if not self._modules:
            raise Problem("no_module")
        try:
            with child("card", seconds, stderr=subprocess.DEVNULL) as (process, late):
                _write(process, {**request, "modules": self._modules})
                for line in process.stdout:
                    lines.append(json.loads(line))
        except ValueError:
            raise Problem("token") from None
        error = next((line for line in lines if "error" in line), None)
        if error:
            code = error["error"] if error["error"] in PROBLEMS else "token"
            raise Problem(code, **{key: error[key] for key in ("tries",) if key in error})
        if late.is_set():
            raise Problem("timeout")
        if process.returncode or not lines:
            raise Problem("token")
        return lines


def _write(process, request):
    try:
        process.stdin.write(json.dumps(request).encode())
        process.stdin.close()
    except BrokenPipeError:
        raise Problem("token") from None
