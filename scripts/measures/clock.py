"""Timing, side by side: the contenders take turns, medians are compared."""

import gc
import statistics
import time

from odoo import api
from odoo.modules.registry import Registry
from odoo.service.model import retrying


def interleaved(contenders, rounds, warmup=1):
    """Median seconds of each contender (name -> callable taking the round's number), turn by turn."""
    times = {name: [] for name in contenders}
    for number in range(warmup + rounds):
        gc.collect()
        for name, call in contenders.items():
            start = time.perf_counter()
            call(number)
            if number >= warmup:
                times[name].append(time.perf_counter() - start)
    return {name: statistics.median(values) for name, values in times.items()}


class Desk:
    """Operations as the web server runs them: a transaction of its own for each, through ``retrying``, committed."""

    def __init__(self, env):
        self.database = env.cr.dbname
        self.queries = 0

    def do(self, uid, work):
        """``work(env)`` as this user; returns what it returns."""
        with Registry(self.database).cursor() as cursor:
            env = api.Environment(cursor, uid, {"lang": "it_IT", "tz": "Europe/Rome"})
            before = cursor.sql_log_count
            result = retrying(lambda: work(env), env)
            self.queries += cursor.sql_log_count - before
            return result

    def counted(self, call, *arguments):
        """Queries that this call makes."""
        self.queries = 0
        call(*arguments)
        return self.queries


def measure(label, seconds, ours, theirs, aim=None, **more):
    """One line of the results: seconds of both and their ratio (ours : theirs)."""
    mine, other = seconds[ours], seconds[theirs]
    return {
        "what": label,
        "ours": ours,
        "ours_seconds": round(mine, 6),
        "against": theirs,
        "against_seconds": round(other, 6),
        "ratio": round(mine / other, 3),
        "aim": aim,
        **more,
    }
