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


def test_agent_builds_as_a_wheel(tmp_path):
    """With pip, as people install it; the builder is the one pinned for the tests, nothing is fetched."""
    source = shutil.copytree(ROOT / "agent", tmp_path / "agent", ignore=shutil.ignore_patterns("__pycache__"))
    command = [os.environ.get("PA_PYTHON", sys.executable), "-m", "pip", "wheel", "-q", "--no-deps"]
    command += ["--no-build-isolation", "--no-index", "-w", tmp_path / "out", source]
    built = subprocess.run([str(part) for part in command], capture_output=True, text=True)
    assert built.returncode == 0, built.stderr
    [path] = (tmp_path / "out").iterdir()
    with zipfile.ZipFile(path) as wheel:
        names = wheel.namelist()
        text = {end: wheel.read(next(n for n in names if n.endswith(end))).decode() for end in ("METADATA", "entry_points.txt")}
    metadata = Parser().parsestr(text["METADATA"])
    assert metadata["License-Expression"] == "AGPL-3.0-or-later"
    assert {need.split(">")[0] for need in metadata.get_all("Requires-Dist")} == {"asn1crypto", "python-pkcs11"}
    assert "pa-firma-agente=pa_firma_agente.cli:main" in text["entry_points.txt"].replace(" ", "")
    modules = {path.name for path in (ROOT / "agent" / "pa_firma_agente").glob("*.py")}
    assert modules == {Path(name).name for name in names if name.startswith("pa_firma_agente/")}
