"""What `./pa run` shows on its first start: the demo municipality, one determina through its iter, acts at every stage."""

import os
import re
import subprocess

import pytest


@pytest.fixture(scope="module")
def demo(module_database, tmp_path_factory):
    """The demo made in a fresh database, and what its scripts printed."""
    from launcher import databases, paths, server, tsa

    folder = tmp_path_factory.mktemp("demo")
    addons = [paths.ADDONS / name for name in databases.our_addons()]
    scripts = [
        (paths.ROOT / "launcher" / "load_demo.py", addons),
        (paths.ROOT / "scripts" / "demo_firma.py", [tsa.PKI, tsa.ensure(), server.USERS]),
        (paths.ROOT / "scripts" / "demo_iter.py", [folder]),
        (paths.ROOT / "scripts" / "demo_atti.py", []),
    ]
    printed = ""
    try:
        for script, arguments in scripts:
            done = subprocess.run(
                databases.script_command(os.environ["PA_ODOO_RC"], module_database, script, *arguments),
                capture_output=True,
                text=True,
                env={**os.environ, "PYTHONPATH": str(paths.ROOT)},
                timeout=600,
            )
            assert done.returncode == 0, done.stderr
            printed += done.stdout
    finally:
        tsa.stop()
    return printed, folder


def test_availability_before_and_after(demo):
    """60,000.00 on the chapter: 1,250.00 are held from the start of the iter, committed at the visto."""
    before, running, after = re.findall(r"appropriation .*", demo[0])
    assert before == "appropriation 60,000.00, held 0.00, committed 0.00, available 60,000.00"
    assert running == "appropriation 60,000.00, held 1,250.00, committed 0.00, available 58,750.00"
    assert after == "appropriation 60,000.00, held 0.00, committed 1,250.00, available 58,750.00"


def test_numbers_and_enforceability(demo):
    assert re.search(r"settore +1/\d{4}\n", demo[0])
    assert re.search(r"generale +1/\d{4}\n", demo[0])
    assert re.search(r"impegno +1/\d{4}\n", demo[0])
    assert re.search(r"enforceable +from \d{4}-\d\d-\d\d\n", demo[0])


def test_the_signed_document_is_there_and_valid(demo):
    printed, folder = demo
    (document,) = folder.glob("*.pdf")
    assert str(document) in printed
    assert document.read_bytes().startswith(b"%PDF")
    assert "Marco Tecnico (BNCMRC75B12H501K), PAdES B-T, timestamp 20" in printed
    assert re.search(r"verdict +valid\n", printed)


def test_acts_at_every_stage(demo):
    assert "10 acts at different stages" in demo[0]
