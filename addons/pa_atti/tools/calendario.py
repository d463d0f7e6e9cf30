"""Working days of an Italian town, without the ORM."""

from datetime import date, timedelta
from functools import lru_cache

import holidays


@lru_cache(maxsize=256)
def _national(year):
    return frozenset(holidays.Italy(years=year))


def is_working_day(day: date, patron: tuple[int, int] | None = None) -> bool:
    """Monday to Friday, not a national holiday, not the patron saint's (month, day)."""
    return day.weekday() < 5 and day not in _national(day.year) and (day.month, day.day) != patron


def add_working_days(start: date, days: int, patron: tuple[int, int] | None = None) -> date:
    """The day on which a term of ``days`` working days from ``start`` ends; the first day does not count
    (art. 155 c.p.c., art. 2963 c.c.)."""
    day = start
    while days > 0:
        day += timedelta(days=1)
        days -= is_working_day(day, patron)
    return day


def enforceable_from(published: date, days: int = 10) -> date:
    """Art. 134 c.3 TUEL: the day of publication does not count and ``days`` full days pass.

    >>> enforceable_from(date(2026, 3, 6))
    datetime.date(2026, 3, 17)
    """
    return published + timedelta(days=days + 1)
