"""Asks at the terminal, one question per process: JSON in, JSON out."""

import getpass
import json
import os
import signal
import sys

from .window_text import lines
from .words import word


def _ask(question, show, read, read_secret):
    """The answer to one question.

    :param read: reads a line; :param read_secret: reads a line without showing it
    """
    language = question["language"]
    show("\n" + "\n".join(lines(question)) + "\n")
    if question["ask"] == "sign" and not question["pinpad"]:
        pin = read_secret(word("terminal_pin", language, pin=word("pin", language)))
        return {"yes": bool(pin), "pin": pin or None}
    text = read(word("terminal_yes", language)).strip().upper()
    return {"yes": text in ("SI", "SÌ", "YES")}


def main():
    """Serve one question; ended by a signal, the terminal's echo comes back."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    question = json.loads(sys.stdin.buffer.read())
    name = "CON" if sys.platform == "win32" else os.ctermid()
    with open(name, encoding="utf-8") as reader, open(name, "w", encoding="utf-8") as writer:

        def show(text):
            writer.write(text)
            writer.flush()

        def read(prompt):
            show(prompt)
            return reader.readline()

        print(json.dumps(_ask(question, show, read, getpass.getpass)))


if __name__ == "__main__":
    main()
