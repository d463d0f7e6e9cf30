"""Waiting one's turn before looking.

PostgreSQL's REPEATABLE READ fixes the snapshot at the first query, so a transaction that waits for a hot row and then goes
on is told "could not serialize". Here the wait happens on an advisory lock held by a second connection, and the snapshot
is renewed after it; that is safe only while nothing has been written, which PostgreSQL itself tells.
"""

import zlib

from odoo import sql_db
from odoo.tools import config

_held = {}


def _is_clean(env):
    env.flush_all()
    env.cr.execute("SELECT pg_current_xact_id_if_assigned() IS NULL")
    return env.cr.fetchone()[0]


def wait_turn(env, name):
    """Queue on ``name`` until this transaction ends. Inside a test's transaction, and where something was already
    written, it does nothing: the conditional updates stay the guardians, this only keeps losers from retrying."""
    key = zlib.crc32(name.encode())
    cr = env.cr
    if config["test_enable"] or (id(cr), key) in _held or not _is_clean(env):
        return
    guard = sql_db.db_connect(cr.dbname).cursor()
    try:
        guard.execute("SELECT pg_advisory_xact_lock(%s, %s)", (0x7061, key - 2**31))
    except BaseException:
        guard.close()
        raise
    cr.rollback()
    env.transaction.clear()
    _held[id(cr), key] = guard

    def release():
        lock = _held.pop((id(cr), key), None)
        if lock is not None:
            lock.close()

    cr.postcommit.add(release)
    cr.postrollback.add(release)
