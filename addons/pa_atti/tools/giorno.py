"""Legal days are days in Europe/Rome, whatever the server's or the user's time zone."""

from datetime import date, datetime
from zoneinfo import ZoneInfo

ROME = ZoneInfo("Europe/Rome")


def today() -> date:
    """The day in force now."""
    return datetime.now(ROME).date()
