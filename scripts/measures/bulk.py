"""Many rows from one, by SQL: the sizes of a big municipality in seconds."""

from odoo.tools import SQL


def multiply(cr, table, source_id, count, **overrides):
    """``count`` copies of a row, with ids in a row; returns the id before the first.

    :param overrides: column -> SQL expression in which ``n`` is the copy's number (1, 2, …)
    """
    cr.execute(
        "SELECT column_name FROM information_schema.columns WHERE table_name = %s AND is_generated = 'NEVER'",
        [table],
    )
    columns = [name for (name,) in cr.fetchall() if name != "id"]
    cr.execute(SQL("SELECT COALESCE(max(id), 0) FROM %s", SQL.identifier(table)))
    (before,) = cr.fetchone()
    values = SQL(", ").join(
        overrides[name] if name in overrides else SQL("t.%s", SQL.identifier(name)) for name in columns
    )
    cr.execute(
        SQL(
            "INSERT INTO %s (id, %s) SELECT %s + n, %s FROM %s t, generate_series(1, %s) n WHERE t.id = %s",
            SQL.identifier(table),
            SQL(", ").join(map(SQL.identifier, columns)),
            before,
            values,
            SQL.identifier(table),
            count,
            source_id,
        )
    )
    cr.execute("SELECT setval(pg_get_serial_sequence(%s, 'id'), %s)", [table, before + count])
    return before


def settle(cr, *tables):
    """Statistics as autovacuum would leave them."""
    cr.commit()
    cr._cnx.autocommit = True
    for table in tables:
        cr.execute(SQL("VACUUM ANALYZE %s", SQL.identifier(table)))
    cr._cnx.autocommit = False
