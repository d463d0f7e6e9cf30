"""A copy of every table in a schema of its own, and what has changed since, row by row and column by column."""

import psycopg2
from psycopg2 import sql

TABLES = """SELECT c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
            WHERE n.nspname = %s AND c.relkind = 'r' ORDER BY 1"""
COLUMNS = """SELECT a.attname, format_type(a.atttypid, a.atttypmod) FROM pg_attribute a
             WHERE a.attrelid = %s::regclass AND a.attnum > 0 AND NOT a.attisdropped ORDER BY a.attnum"""


class Snapshot:
    """Taken when made; `changes()` compares."""

    def __init__(self, database, schema="pa_before"):
        self.schema = schema
        self.connection = psycopg2.connect(dbname=database)
        self.connection.autocommit = True
        self.cursor = self.connection.cursor()
        self.cursor.execute(sql.SQL("CREATE SCHEMA {}").format(sql.Identifier(schema)))
        for table in self._tables("public"):
            self.cursor.execute(
                sql.SQL("CREATE TABLE {}.{} AS TABLE public.{}").format(
                    *map(sql.Identifier, (schema, table, table))
                )
            )
        self.connection.close()
        self.database = database

    def _tables(self, schema):
        self.cursor.execute(TABLES, [schema])
        return [name for (name,) in self.cursor.fetchall()]

    def _columns(self, schema, table):
        self.cursor.execute(COLUMNS, [f'"{schema}"."{table}"'])
        return dict(self.cursor.fetchall())

    def changes(self):
        """(table, column or what happened) -> how many rows, for rows and columns that were there before."""
        self.connection = psycopg2.connect(dbname=self.database)
        self.connection.autocommit = True
        self.cursor = self.connection.cursor()
        try:
            found, now = {}, set(self._tables("public"))
            for table in self._tables(self.schema):
                if table not in now:
                    found[table, "(table dropped)"] = 1
                else:
                    self._compare(table, found)
            return found
        finally:
            self.connection.close()

    def _compare(self, table, found):
        before, after = self._columns(self.schema, table), self._columns("public", table)
        for name, kind in before.items():
            if after.get(name) != kind:
                found[table, f"(column {name}: {kind} -> {after.get(name)})"] = 1
        common = [name for name in before if name in after]
        if "id" not in common:
            self._missing(table, common, found)
            return
        for name in common:
            self._count(
                found, (table, name),
                "SELECT count(*) FROM {s}.{t} b JOIN public.{t} a USING (id) "
                "WHERE a.{c}::text IS DISTINCT FROM b.{c}::text",
                c=name, t=table,
            )
        self._count(
            found, (table, "(rows deleted)"),
            "SELECT count(*) FROM {s}.{t} b WHERE NOT EXISTS (SELECT FROM public.{t} a WHERE a.id = b.id)", t=table,
        )

    def _missing(self, table, columns, found):
        names = sql.SQL(", ").join(map(sql.Identifier, columns))
        query = sql.SQL("SELECT count(*) FROM (SELECT {n} FROM {s}.{t} EXCEPT ALL SELECT {n} FROM public.{t}) x")
        self.cursor.execute(query.format(n=names, s=sql.Identifier(self.schema), t=sql.Identifier(table)))
        (count,) = self.cursor.fetchone()
        if count:
            found[table, "(rows deleted)"] = count

    def _count(self, found, key, query, **names):
        identifiers = {name: sql.Identifier(value) for name, value in names.items()}
        self.cursor.execute(sql.SQL(query).format(s=sql.Identifier(self.schema), **identifiers))
        (count,) = self.cursor.fetchone()
        if count:
            found[key] = count
