"""People who run Odoo already install wheels: each addon builds as one, whole, with what it needs said."""

import os
import shutil
import subprocess
import sys
import zipfile
from email.parser import Parser
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
ADDONS = sorted(path.parent.name for path in ROOT.glob("addons/*/__manifest__.py"))
BUILD = "import sys; from whool import buildapi; print(buildapi.build_wheel(sys.argv[1]))"


@pytest.mark.parametrize("addon", ADDONS)
def test_addon_builds_as_a_wheel(addon, tmp_path):
    source = shutil.copytree(ROOT / "addons" / addon, tmp_path / "addons" / addon)
    built = subprocess.run(
        [os.environ.get("PA_PYTHON", sys.executable), "-c", BUILD, str(tmp_path)],
        cwd=source,
        capture_output=True,
        text=True,
    )
    assert built.returncode == 0, built.stderr
    with zipfile.ZipFile(tmp_path / built.stdout.split()[-1]) as wheel:
        names = wheel.namelist()
        metadata = Parser().parsestr(wheel.read(next(n for n in names if n.endswith("METADATA"))).decode())
    inside = {name.removeprefix(f"odoo/addons/{addon}/") for name in names}
    assert {"__manifest__.py", "i18n/it.po", "security/ir.model.access.csv"} <= inside
    assert metadata["License"] == "AGPL-3"
    if addon != "pa_atti":
        assert any("pa_atti" in need.replace("-", "_") for need in metadata.get_all("Requires-Dist"))
