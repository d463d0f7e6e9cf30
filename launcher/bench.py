"""`./pa bench`: the addons to compare with, a database that has them all, the measures."""

import os

from . import databases, harness, paths, postgres, setup, venv
from .ui import say

REQUIREMENTS = paths.ROOT / "requirements-bench.txt"
FOLDER = paths.HOME / "bench"
CONF = paths.HOME / "odoo-bench.conf"
OURS = paths.ROOT / "scripts" / "bench_addons"
DATABASE = "pa_bench"
MODULES = ["account", "account_budget_oca", "base_tier_validation", "pa_bench"]


def run(as_json, arguments):
    """Make a fresh database with OCA's addons beside ours, and measure in it."""
    setup.ensure()
    available = harness.sets()
    return measure(databases.template(available[-1] if available else []), DATABASE, as_json, arguments)


def measure(source, database, as_json, arguments):
    """Measure in `database`, made a clone of the template `source`; return the exit status."""
    venv.install_apart(REQUIREMENTS, FOLDER, "bench", "Addons to compare with")
    _write_configuration()
    databases.clone(source, database)
    databases.odoo(
        *("server", "-c", str(CONF), "-d", database, "--no-http", "--stop-after-init"),
        *("-i", ",".join(MODULES)),
        log="bench-install.log",
        label="Fresh database with the addons to compare with",
        conf=CONF,
        fast=True,
    )
    script = paths.ROOT / "scripts" / "bench.py"
    words = [*(["--json"] * as_json), *arguments]
    return databases.run_script(CONF, database, script, *words, cwd=os.getcwd())


def _write_configuration():
    lines = paths.CONF.read_text().splitlines()
    found = [index for index, line in enumerate(lines) if line.startswith("addons_path")]
    lines[found[0]] += f",{FOLDER / 'odoo' / 'addons'},{OURS}"
    CONF.touch(mode=0o600)
    CONF.write_text("\n".join(lines) + "\n")
    say(f"PostgreSQL: {postgres.connection().get('host')}")
