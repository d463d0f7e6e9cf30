"""Legal days are days in Europe/Rome, whatever the server's or the user's time zone."""

from contextlib import contextmanager
from contextvars import ContextVar
from datetime import date, datetime
from zoneinfo import ZoneInfo

ROME = ZoneInfo("Europe/Rome")
_replayed = ContextVar("pa_atti_day", default=None)


def today() -> date:
    """The day in force now."""
    return _replayed.get() or datetime.now(ROME).date()


@contextmanager
def on_day(day: date):
    """Acts adopted before are loaded on their own day. A module function: neither RPC nor server actions can call it."""
    token = _replayed.set(day)
    try:
        yield
    finally:
        _replayed.reset(token)
