"""Databases for the tests that cross addons: each is a clone of the full template."""

import os
import uuid

import pytest


@pytest.fixture(scope="session")
def odoo_rc():
    """Odoo's configuration file."""
    return os.environ["PA_ODOO_RC"]


@pytest.fixture
def odoo_database():
    """The name of a fresh database with all the addons, dropped afterwards."""
    from launcher import databases

    name = f"pa_t_{uuid.uuid4().hex[:12]}"
    databases.clone(os.environ["PA_TEST_TEMPLATE"], name)
    yield name
    databases.drop(name)
