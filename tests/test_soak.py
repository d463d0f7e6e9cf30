"""`./pa soak`: each entry is fuzzed, guided by coverage, and a broken rule is told."""

import importlib.util
import os
import subprocess
import sys

import pytest
from conftest import ROOT


@pytest.fixture
def soak(monkeypatch, tmp_path):
    """The command's module, with its findings in a folder of the test."""
    from launcher import soak

    soak.ensure_fuzzer()
    monkeypatch.setattr(soak, "FOLDER", tmp_path)
    return soak


def _script():
    spec = importlib.util.spec_from_file_location("fuzz_verify", ROOT / "scripts" / "fuzz_verify.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_command_knows_every_entry(soak):
    assert set(soak.ENTRIES) == set(_script().ENTRIES)


def test_each_entry_is_fuzzed(soak, capfd):
    assert soak.run(2) == 0
    printed = "".join(capfd.readouterr())
    for entry in soak.ENTRIES:
        assert f"{entry}: Done " in printed, printed
        assert any((soak.FOLDER / "corpus" / entry).iterdir())


def test_a_broken_rule_stops_the_fuzzer_and_keeps_the_file(soak, tmp_path):
    """With a verifier that says "valid" to everything."""
    script = tmp_path / "credulous.py"
    script.write_text(
        "import sys\n"
        f"sys.path.insert(0, {str(ROOT / 'scripts')!r})\n"
        "import fuzz_verify as fuzz\n"
        "fuzz.Rules.verify = lambda self, data, original=None: "
        "{'verdict': 'not_valid' if original else 'valid', 'reasons': []}\n"
        "sys.exit(fuzz.main(['--entry', 'cms', '--seconds', '20']))\n"
    )
    done = subprocess.run(
        [sys.executable, str(script)],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(soak.LIBRARY)},
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert done.returncode, done.stdout[-2000:]
    assert "valid, but it is not what was signed" in done.stdout
    assert list(tmp_path.glob("fuzz-*.bin"))
