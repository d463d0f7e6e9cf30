"""Added to an Odoo that already lives: nothing that was there changes; acts are not uninstalled; upgrades keep them."""

import json
import uuid

import pytest
from conftest import Database
from snapshot import Snapshot

from launcher import databases

OURS = "pa_atti,pa_firma,pa_contabilita"
# What Odoo itself touches when any addon is installed: nothing of it is the municipality's data.
TOUCHED_BY_ODOO = {
    # of the addons that were installed: their state, version, lists of menus and views
    *(
        ("ir_module_module", column)
        for column in ("state", "latest_version", "write_date", "write_uid", "menus_by_module", "views_by_module")
    ),
    # the administrator's card, when an addon gives the administrator its groups
    ("res_partner", "write_date"),
}


@pytest.fixture(scope="module")
def living():
    """A populated multi-company database, its snapshot, and then our addons."""
    database = Database(f"pa_t_{uuid.uuid4().hex[:12]}")
    databases.clone(databases.outer_template(["pa_atti"]), database.name)
    database.odoo("-i", "account,analytic,hr")
    database.run("coexistence/populate.py")
    database.before = Snapshot(database.name)
    database.odoo("-i", OURS)
    yield database
    databases.drop(database.name)


def test_it_is_a_database_that_lives(living):
    """The comparison would say nothing about an empty one."""
    tables = {
        "res_company": 2, "account_analytic_plan": 4, "account_analytic_line": 12, "account_move": 10,
        "hr_department": 8, "hr_employee": 6, "account_account": 50, "ir_attachment": 2, "mail_activity": 2,
    }
    for table, least in tables.items():
        assert living.rows(f"SELECT count(*) FROM pa_before.{table}")[0][0] >= least, table


def test_installing_changes_nothing_that_was_there(living):
    found = {what: count for what, count in living.before.changes().items() if what not in TOUCHED_BY_ODOO}
    assert found == {}


def test_the_chart_and_the_plans_are_those_of_before(living):
    """Ours is one more plan, beside the municipality's own."""
    added = living.rows(
        "SELECT name->>'en_US' FROM account_analytic_plan WHERE id NOT IN (SELECT id FROM pa_before.account_analytic_plan)"
    )
    assert added == [("Capitoli PEG",)]
    for table in ("account_account", "account_journal", "hr_department", "account_analytic_account"):
        assert not living.rows(
            f"SELECT id FROM {table} WHERE id NOT IN (SELECT id FROM pa_before.{table})"
        ), table


@pytest.fixture(scope="module")
def with_acts(living):
    """The same, after one determina through its visto, with a snapshot of it."""
    living.run("coexistence/live.py")
    living.acts = Snapshot(living.name, "pa_acts")
    return living


def test_acts_are_not_uninstalled(with_acts):
    refused = json.loads(with_acts.run("coexistence/uninstall.py"))
    assert refused == dict.fromkeys(OURS.split(","), 3)
    assert with_acts.acts.changes() == {}
    assert with_acts.rows("SELECT count(*) FROM pa_impegno") == [(1,)]


def test_an_upgrade_keeps_the_acts(with_acts):
    log = _upgrade(with_acts)
    assert log.count("end-verify") >= 3
    legal = {
        (table, column): count
        for (table, column), count in with_acts.acts.changes().items()
        if table.startswith(("pa_", "account_", "hr_", "res_")) and column not in ("write_date", "write_uid")
    }
    assert legal == {}
    assert json.loads(with_acts.run("load/verify.py")) == {"registers": [], "counters": []}


def test_an_upgrade_that_finds_an_altered_register_stops(with_acts):
    alter = "UPDATE pa_registro_voce SET payload = replace(payload, %s, %s) WHERE number = 1 RETURNING id"
    with_acts.rows(alter, "Manutenzione", "Demolizione")
    try:
        with pytest.raises(AssertionError, match="was altered"):
            _upgrade(with_acts)
    finally:
        with_acts.rows(alter, "Demolizione", "Manutenzione")


def _upgrade(database):
    """`-u`, as from an earlier version."""
    database.rows(
        "UPDATE ir_module_module SET latest_version = '19.0.0.9.0' WHERE name = ANY(%s) RETURNING id",
        OURS.split(","),
    )
    return database.odoo("-u", OURS)
