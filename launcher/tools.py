"""`./pa replay`, `./pa verify`, `./pa i18n`: the project's scripts in their right place."""

import os
import subprocess
from pathlib import Path

from . import databases, harness, paths, setup
from .ui import Fail, say


def in_fresh_database(script, database, arguments):
    """Run a script with `env` in a fresh database that has all the addons."""
    path = paths.ROOT / "scripts" / script
    if not path.exists():
        raise Fail(f"scripts/{script} is not in this tree.")
    setup.ensure()
    available = harness.sets()
    source = databases.template(available[-1] if available else [])
    databases.clone(source, database)
    say(f"Fresh database: {database}")
    return databases.run_script(paths.CONF, database, path, *arguments, cwd=os.getcwd())


def replay(folder, as_json):
    """Replay a folder of real acts."""
    target = Path(folder).resolve()
    if not target.is_dir():
        raise Fail(f"{folder} is not a folder.")
    return in_fresh_database("replay.py", "pa_replay", [target, *(["--json"] * as_json)])


def translations():
    """Write the translation files anew from what the code and the data say now."""
    return in_fresh_database("translations.py", "pa_i18n", [])


def verify(arguments):
    """Verify signed documents without Odoo; the options are the verifier's own (`./pa verify --help`).

    Status 1 means "not valid", so a verification that cannot even begin ends with 3.
    """
    script = paths.ADDONS / "pa_firma" / "tools" / "verify_cli.py"
    if not script.exists():
        say("pa: addons/pa_firma/tools/verify_cli.py is not in this tree.")
        return 3
    try:
        setup.ensure_python()
    except Fail as problem:
        say(f"pa: {problem}")
        return 3
    return subprocess.run([str(paths.PYTHON), str(script), *arguments]).returncode
