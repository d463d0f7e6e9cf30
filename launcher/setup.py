"""All the set-up, in order; each step is skipped when already done."""

import shutil

from . import databases, debian, odoo_source, paths, postgres, steps, venv
from .ui import Fail

ROOM = 4 * 10**9


def ensure(testing=False):
    """Make everything ready up to a database server that answers; return Odoo's folder."""
    _prepare()
    with steps.lock():
        if not steps.stamp_of("venv") and shutil.disk_usage(paths.HOME).free < ROOM:
            raise Fail(
                f"The set-up takes about 4 GB and {paths.HOME} has "
                f"{shutil.disk_usage(paths.HOME).free / 1e9:.1f} GB free. "
                "Make room, or put the state elsewhere with PA_HOME."
            )
        debian.ensure_packages(testing)
        home = odoo_source.ensure()
        venv.ensure(home)
        postgres.ensure()
        databases.check_server()
        databases.write_configuration(home)
    return home


def ensure_python():
    """Only the Python environment, for the tools that need no Odoo."""
    _prepare()
    with steps.lock():
        venv.ensure()


def _prepare():
    try:
        paths.ensure()
    except OSError as error:
        raise Fail(f"The state folder {paths.HOME} cannot be written: {error.strerror}.") from error
