"""Many verifications at once, each in a sandbox of its own: as many as the warm processes, which use the machine's cores."""

import time
from concurrent.futures import ThreadPoolExecutor

from . import sandbox, sandbox_pool

WORKERS = sandbox_pool.LIMIT


def verify_many(jobs):
    """[(key, report, seconds)] in the order of the jobs.

    :param jobs: (key, arguments of `sandbox.verify_document`) pairs; whatever happens, each has its report
    """
    ready = {}
    jobs = [(key, given | {"accepted_lists": [_read(item, ready) for item in given.get("accepted_lists", ())]}) for key, given in jobs]
    with ThreadPoolExecutor(WORKERS) as pool:
        return list(pool.map(_one, jobs))


def _read(item, ready):
    """The same list with its bytes at hand: what reads them (a database cursor) belongs to this thread."""
    if item.sha256 not in ready:
        raw = item.read()
        ready[item.sha256] = sandbox.Listed(item.sha256, lambda: raw)
    return ready[item.sha256]


def _one(job):
    key, given = job
    begun = time.monotonic()
    report = sandbox.verify_document(**given)
    return key, report, time.monotonic() - begun
