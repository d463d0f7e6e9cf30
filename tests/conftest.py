"""Databases for the tests that cross addons: each is a clone of the full template."""

import contextlib
import os
import subprocess
import uuid
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent


class Database:
    """A database of its own, and what tests do with it."""

    def __init__(self, name):
        self.name = name

    def run(self, script, *arguments, **environment):
        """Run a script with `env` in it; return what it printed. Fails with its errors."""
        done = subprocess.run(
            self._command(script, *arguments),
            env=self._environment(environment),
            capture_output=True,
            text=True,
            timeout=900,
        )
        assert not done.returncode, done.stderr[-6000:]
        return done.stdout

    def _command(self, script, *arguments):
        from launcher import databases

        return databases.script_command(
            os.environ["PA_ODOO_RC"], self.name, ROOT / "tests" / script, *arguments
        )

    def _environment(self, more):
        path = os.pathsep.join(filter(None, [str(ROOT), os.environ.get("PYTHONPATH")]))
        return {**os.environ, "PYTHONPATH": path, "PA_ROOT": str(ROOT), **more}

    def odoo(self, *arguments):
        """Run Odoo's own command line on it, to the end; return its log."""
        done = subprocess.run(
            [
                *(os.environ["PA_PYTHON"], "-m", "odoo", "server", "-c", os.environ["PA_ODOO_RC"]),
                *("-d", self.name, "--no-http", "--stop-after-init", *arguments),
            ],
            env=self._environment({}),
            capture_output=True,
            text=True,
            timeout=900,
        )
        assert not done.returncode and " ERROR " not in done.stderr, done.stderr[-6000:]
        return done.stderr

    def rows(self, query, *parameters):
        """The rows of a query, over a fresh connection."""
        import psycopg2

        connection = psycopg2.connect(dbname=self.name)
        connection.autocommit = True
        try:
            with connection.cursor() as cursor:
                cursor.execute(query, parameters)
                return cursor.fetchall()
        finally:
            connection.close()


@pytest.fixture(scope="session")
def odoo_rc():
    """Odoo's configuration file."""
    return os.environ["PA_ODOO_RC"]


@contextlib.contextmanager
def _cloned():
    from launcher import databases

    name = f"pa_t_{uuid.uuid4().hex[:12]}"
    databases.clone(os.environ["PA_TEST_TEMPLATE"], name)
    yield name
    databases.drop(name)


@pytest.fixture
def odoo_database():
    """The name of a fresh database with all the addons, dropped afterwards."""
    with _cloned() as name:
        yield name


@pytest.fixture(scope="module")
def module_database():
    """The same, shared by a module's tests."""
    with _cloned() as name:
        yield name


@pytest.fixture
def database(odoo_database):
    """The same, with ways to run things in it."""
    return Database(odoo_database)


@pytest.fixture(scope="module")
def shared_database(module_database):
    """The same, shared by a module's tests."""
    return Database(module_database)
