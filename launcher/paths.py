"""Where things are: the checkout, and the state folder (`.pa/`, or PA_HOME)."""

import os
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
HOME = Path(os.environ.get("PA_HOME") or ROOT / ".pa").expanduser().resolve()
ADDONS = ROOT / "addons"
VENV = HOME / "venv"
PYTHON = VENV / "bin" / "python"
LOGS = HOME / "log"
STAMPS = HOME / "stamps"
CONF = HOME / "odoo.conf"
TEST_CONF = HOME / "odoo-test.conf"
DATA = HOME / "data"


def ensure():
    """Create the state folder and its sub-folders."""
    for folder in (HOME, LOGS, STAMPS, DATA):
        folder.mkdir(parents=True, exist_ok=True)
