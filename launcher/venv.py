"""The Python environment: Odoo's libraries, ours, and the test tools, pinned."""

import os
import re
import shutil
import subprocess
import sys

from . import paths, steps
from .ui import Fail, Progress, run_logged, tail

FILES = ["requirements-platform.txt", "requirements.txt", "requirements-test.txt"]


def ensure(odoo_home=None):
    """Create or complete the environment; interrupted, it goes on from where it was."""
    files = [paths.ROOT / name for name in FILES]
    key = steps.digest(sys.version_info[:2], *files)
    if not (steps.is_done("venv", key) and paths.PYTHON.exists()):
        _install(files)
        steps.mark_done("venv", key)
    if odoo_home:
        link = next(paths.VENV.glob("lib/python3*/site-packages")) / "pa_odoo.pth"
        if not link.exists() or link.read_text() != f"{odoo_home}\n":
            link.write_text(f"{odoo_home}\n")
        _check_odoo(odoo_home)


def _install(files):
    if not sys.version_info < (3, 14):
        raise Fail("Odoo 19 wants Python 3.10 to 3.13: start ./pa with one of these.")
    works = paths.PYTHON.exists() and not subprocess.run(
        [str(paths.PYTHON), "-m", "pip", "--version"], capture_output=True
    ).returncode
    if works:
        version = subprocess.run(
            [str(paths.PYTHON), "-c", "import sys; print(sys.version_info[:2])"],
            capture_output=True,
            text=True,
        ).stdout.strip()
        works = version == str(tuple(sys.version_info[:2]))
    if not works:
        shutil.rmtree(paths.VENV, ignore_errors=True)
        if run_logged([sys.executable, "-m", "venv", paths.VENV], "venv.log", "Python environment"):
            raise Fail("The Python environment could not be made:\n" + tail(paths.LOGS / "venv.log"))
    pins = sum(
        1 for path in files for line in path.read_text().splitlines() if re.match(r"\w", line)
    )
    bar = Progress(f"Python libraries ({pins})", pins * 2)
    state = {"seen": 0}

    def follow(line):
        if re.match(r"\s*(Collecting|Downloading|Requirement already)", line):
            state["seen"] += 1
            bar.update(min(state["seen"], pins * 2 - 1), line.split()[1])
        elif line.startswith("Installing collected"):
            bar.update(pins * 2 - 1, "installing")

    command = [paths.PYTHON, "-m", "pip", "install", "--no-input", "--progress-bar=off"]
    command += ["--disable-pip-version-check", "--retries=2", "--timeout=60"]
    for path in files:
        command += ["-r", path]
    status = run_logged(command, "pip.log", on_line=follow, env={"PYTHONUNBUFFERED": "1"})
    if status:
        bar.close("failed")
        raise Fail(
            "The Python libraries could not be installed (network, or disk full). pip's words:\n"
            + tail(paths.LOGS / "pip.log", 6)
            + f"\nThe whole log: {paths.LOGS / 'pip.log'}"
        )
    bar.close()


def install_apart(requirements, folder, stamp, label):
    """Install a file of requirements, alone, in a folder beside the environment, which it does not touch."""
    key = steps.digest(requirements)
    if steps.is_done(stamp, key):
        return
    command = [paths.PYTHON, "-m", "pip", "install", "--no-input", "--progress-bar=off", "--no-deps"]
    command += ["--disable-pip-version-check", "--upgrade", "--target", folder, "-r", requirements]
    if run_logged(command, f"pip-{stamp}.log", label):
        raise Fail(f"{label}: the installation failed. pip's words:\n" + tail(paths.LOGS / f"pip-{stamp}.log", 6))
    steps.mark_done(stamp, key)


def _check_odoo(home):
    key = steps.digest(str(home), steps.stamp_of("venv"))
    if steps.is_done("odoo-import", key):
        return
    done = subprocess.run(
        [str(paths.PYTHON), "-c", "import odoo.tools, odoo.http"],
        capture_output=True,
        text=True,
        cwd=paths.HOME,
        env={**os.environ},
    )
    if done.returncode:
        raise Fail(f"Odoo in {home} does not start:\n" + done.stderr.strip()[-1500:])
    steps.mark_done("odoo-import", key)
