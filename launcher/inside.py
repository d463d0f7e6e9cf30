"""Runs in the environment's Python, not in the launcher's: databases by psycopg2.

`python inside.py sql COMMAND ARGUMENT…` prints its answer as JSON. The connection comes from
libpq's variables (PGHOST …).
"""

import json
import sys
import time


def connect():
    import psycopg2

    connection = psycopg2.connect(dbname="postgres")
    connection.autocommit = True
    return connection


def _end_sessions(cursor, name):
    cursor.execute(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", [name]
    )


def drop(cursor, name):
    """Drop a database if it exists."""
    _end_sessions(cursor, name)
    cursor.execute(f'DROP DATABASE IF EXISTS "{name}"')


def clone(cursor, source, name):
    """Make a database as a copy of another one."""
    drop(cursor, name)
    for attempt in range(20):
        _end_sessions(cursor, source)
        try:
            cursor.execute(f'CREATE DATABASE "{name}" TEMPLATE "{source}" STRATEGY FILE_COPY')
            return
        except Exception:
            if attempt == 19:
                raise
            time.sleep(0.2)


def main():
    command, *arguments = sys.argv[1:]
    cursor = connect().cursor()
    answer = None
    if command == "list":
        cursor.execute("SELECT datname FROM pg_database WHERE NOT datistemplate")
        answer = [name for (name,) in cursor.fetchall()]
    elif command == "drop":
        for name in arguments:
            drop(cursor, name)
    elif command == "clone":
        clone(cursor, *arguments)
    elif command == "create":
        drop(cursor, arguments[0])
        cursor.execute(
            f'CREATE DATABASE "{arguments[0]}" TEMPLATE template0 ENCODING \'unicode\' LC_COLLATE \'C\''
        )
    elif command == "version":
        cursor.execute("SHOW server_version_num")
        answer = int(cursor.fetchone()[0])
    print(json.dumps(answer))


if __name__ == "__main__":
    main()
