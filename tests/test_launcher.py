"""The launcher, as a newcomer meets it."""

import os
import re
import socket
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
PA = [sys.executable, str(ROOT / "pa")]


def pa(*arguments, **environment):
    """Run ./pa."""
    return subprocess.run(
        [*PA, *arguments],
        capture_output=True,
        text=True,
        env={**os.environ, **environment},
        timeout=60,
    )


def tracked():
    """The text files that git knows."""
    listed = subprocess.run(
        ["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    for name in filter(None, listed.stdout.split("\0")):
        path = ROOT / name
        if path.is_file() and path.suffix not in (".png", ".pdf", ".xlsx", ".p12", ".woff2", ".ttf"):
            yield path


@pytest.mark.parametrize("command", ["run", "test", "shell", "stop", "reset", "replay", "bench"])
def test_help_names_the_commands(command):
    answer = pa("--help")
    assert answer.returncode == 0
    assert re.search(rf"^\s+{command}\s+\S", answer.stdout, re.M)
    assert pa(command, "--help").returncode == 0


def test_an_unknown_command_is_refused():
    answer = pa("fly")
    assert answer.returncode == 2
    assert "fly" in answer.stderr


def test_a_busy_port_is_a_clear_sentence(tmp_path):
    with socket.socket() as busy:
        busy.bind(("127.0.0.1", 0))
        busy.listen()
        port = busy.getsockname()[1]
        answer = pa("run", "--port", str(port), PA_HOME=str(tmp_path))
    assert answer.returncode == 1
    assert f"Port {port} is busy" in answer.stderr
    assert "Traceback" not in answer.stderr


def test_an_unwritable_state_folder_is_a_clear_sentence(tmp_path):
    (tmp_path / "file").write_text("")
    answer = pa("test", PA_HOME=str(tmp_path / "file" / "home"))
    assert answer.returncode == 1
    assert "cannot be written" in answer.stderr
    assert "Traceback" not in answer.stderr


def test_a_missing_replay_folder_is_a_clear_sentence(tmp_path):
    answer = pa("replay", str(tmp_path / "none"), PA_HOME=str(tmp_path / "home"))
    assert answer.returncode == 1
    assert "is not a folder" in answer.stderr


def test_no_registry_and_no_machine_path_in_the_repository():
    """The mirrors come from the machine's own configuration."""
    forbidden = re.compile(
        "|".join(
            (
                r"deb\.debian" + r"\.org",
                r"pypi" + r"\.org",
                r"files\.python" + r"hosted",
                r"registry\.npm" + r"js",
                r"snapshot\.debian" + r"\.org",
                r"(?<![\w.])/work" + r"/(dev|main|shared)\b",
                r"/home" + r"/[a-z]+/",
            )
        )
    )
    found = [
        f"{path.relative_to(ROOT)}:{number}"
        for path in tracked()
        for number, line in enumerate(path.read_text(errors="replace").splitlines(), 1)
        if forbidden.search(line)
    ]
    assert not found


def test_the_launcher_needs_the_standard_library_only():
    for path in (ROOT / "launcher").glob("*.py"):
        if path.name in ("inside.py", "odoo_script.py", "load_demo.py"):
            continue  # these run in the environment's Python
        names = re.findall(r"^\s*(?:import|from) (\w+)", path.read_text(), re.M)
        assert {name for name in names if name not in sys.stdlib_module_names} <= {"launcher"}, path


def test_pure_tools_shadow_no_standard_module():
    """Some run as scripts, with their folder first in the path: a token.py there broke Python itself."""
    for path in (ROOT / "addons").glob("*/tools/*.py"):
        assert path.stem == "__init__" or path.stem not in sys.stdlib_module_names, path


def test_a_verification_that_cannot_begin_is_no_verdict(tmp_path):
    (tmp_path / "file").write_text("")
    answer = pa("verify", "x.pdf", "--json", PA_HOME=str(tmp_path / "file" / "home"))
    assert answer.returncode == 3 and not answer.stdout
    assert "cannot be written" in answer.stderr and "Traceback" not in answer.stderr
