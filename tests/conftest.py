"""Databases for the tests that cross addons: each is a clone of the full template."""

import contextlib
import os
import uuid

import pytest


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
