"""The bell that wakes up the open pages: PostgreSQL's NOTIFY, over one connection that each process keeps.

What is told is in ``bus_bus`` already, committed; the bell only says that there is something to read.
"""

import logging
import os
import threading

import psycopg2

from odoo import sql_db
from odoo.addons.bus.models.bus import ODOO_NOTIFY_FUNCTION
from odoo.tools import SQL

_logger = logging.getLogger(__name__)
_lock = threading.Lock()
_kept = {}  # process id -> connection: a forked worker never uses its parent's


def ring(payloads):
    """Send ``payloads`` on Odoo's channel; a connection found broken is opened again, once."""
    with _lock:
        try:
            _send(_connection(), payloads)
        except psycopg2.Error:
            _forget()
            _send(_connection(), payloads)


def _connection():
    kept = _kept.get(os.getpid())
    if kept is None or kept.closed:
        _name, info = sql_db.connection_info_for("postgres")  # where Odoo's dispatcher listens, whatever the database
        kept = psycopg2.connect(**info)
        kept.autocommit = True
        _kept.clear()
        _kept[os.getpid()] = kept
    return kept


def _send(connection, payloads):
    with connection.cursor() as cursor:
        for payload in payloads:
            query = SQL("SELECT %s('imbus', %s)", SQL.identifier(ODOO_NOTIFY_FUNCTION), payload)
            cursor.execute(query.code, query.params)


def _forget():
    kept = _kept.pop(os.getpid(), None)
    if kept is not None and not kept.closed:
        _logger.info("The connection of live updates is opened again.")
        kept.close()
