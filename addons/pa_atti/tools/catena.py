"""The hash chain of a register: pure functions, no ORM."""

import hashlib
import json

VERSION = 1
GENESIS = "0" * 64


def canonical(payload: dict) -> str:
    """One text for one payload, whatever the order of its keys."""
    return json.dumps(payload, sort_keys=True, ensure_ascii=False, separators=(",", ":"), default=str)


def entry_hash(previous: str, registro: str, year: int, number: int, day, payload: str, version: int = VERSION) -> str:
    """SHA-256 of one entry, covering the previous one."""
    if version != VERSION:
        raise ValueError(f"unknown hash version {version}")
    text = "\n".join((str(version), previous, registro, str(year), str(number), str(day), payload))
    return hashlib.sha256(text.encode()).hexdigest()
