"""Check digits of CIG, SmartCIG and CUP: codes are computed, not only shaped (L. 136/2010 art. 3; L. 3/2003 art. 11).

Functions return the reason why a code is wrong, or None.
"""

import re

CIG_NUMERIC = re.compile(r"(\d{7})([0-9A-F]{3})", re.ASCII)
CIG_LETTER = re.compile(r"([A-U])([0-9A-F]{6})([0-9A-F]{3})", re.ASCII)
SMARTCIG = re.compile(r"([X-Z])([0-9A-F]{2})([0-9A-F]{7})", re.ASCII)
CUP = re.compile(r"[A-Z]\d{2}[A-Z]\d{11}", re.ASCII)


def normalize(code):
    return re.sub(r"\s", "", code or "").upper()


def check_cig(code):
    """The reason why ``code`` is neither a CIG nor a SmartCIG, or None."""
    code = normalize(code)
    if len(code) != 10:
        return "length"
    if match := CIG_NUMERIC.fullmatch(code):
        if not int(match[1]):
            return "format"
        return None if int(match[1]) * 211 % 4091 == int(match[2], 16) else "check"
    if match := CIG_LETTER.fullmatch(code):
        base = int(match[2], 16) + ord(match[1]) - ord("A") + 1
        return None if base * 211 % 4091 == int(match[3], 16) else "check"
    if match := SMARTCIG.fullmatch(code):
        return None if int(match[3], 16) * 211 % 251 == int(match[2], 16) else "check"
    return "format"


def check_cup(code):
    """The reason why ``code`` is not a CUP, or None. Its structure is a letter, year, letter, eleven digits."""
    code = normalize(code)
    if len(code) != 15:
        return "length"
    return None if CUP.fullmatch(code) else "format"
