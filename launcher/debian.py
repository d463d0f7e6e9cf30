"""System libraries and programs, and the machine's own Debian mirror."""

import ctypes.util
import importlib.util
import os
import shutil
import subprocess

from .ui import Fail, run_logged, say

BROWSERS = ("google-chrome", "chromium", "chromium-browser")


def _program(*names):
    return lambda: any(shutil.which(name) for name in names)


def _library(name):
    return lambda: bool(ctypes.util.find_library(name))


# Debian package -> is what it gives here?
RUNTIME = {
    "libpango-1.0-0": _library("pango-1.0"),
    "libpangoft2-1.0-0": _library("pangoft2-1.0"),
    "libharfbuzz-subset0": _library("harfbuzz-subset"),
    "openssl": _program("openssl"),
    "python3-venv": lambda: importlib.util.find_spec("ensurepip") is not None,
}
TESTING = {
    "chromium": _program(*BROWSERS),
    "poppler-utils": _program("pdftotext"),
    "qpdf": _program("qpdf"),
    "xmlsec1": _program("xmlsec1"),
    "softhsm2": _program("softhsm2-util"),
    "gettext": _program("msgfmt"),
}


def ensure_packages(testing=False):
    """Install the missing system packages when root, otherwise name the command."""
    wanted = {**RUNTIME, **(TESTING if testing else {})}
    missing = [name for name, present in wanted.items() if not present()]
    if not missing:
        return
    command = "apt-get install --no-install-recommends " + " ".join(missing)
    if not shutil.which("apt-get"):
        raise Fail(
            "These system packages (Debian's names) are missing: "
            + ", ".join(missing)
            + ". Install them with your system's package manager and start again."
        )
    if os.geteuid() != 0:
        raise Fail(f"System packages are missing. Install them with:\n    sudo {command}")
    say("Missing system packages: " + ", ".join(missing))
    quiet = {"DEBIAN_FRONTEND": "noninteractive"}
    run_logged(["apt-get", "update", "-qq"], "apt-update.log", "Package lists", env=quiet)
    run_logged(
        ["apt-get", "install", "-y", "-q", "--no-install-recommends", *missing],
        "apt-install.log",
        "System packages",
        env=quiet,
    )
    still = [name for name in missing if not wanted[name]()]
    if still:
        cause = " (the browser tests need a browser)" if "chromium" in still else ""
        raise Fail(
            f"Could not install {', '.join(still)}{cause}: is the network up and the disk "
            f"not full? The log is {_log('apt-install.log')}. By hand: {command}"
        )


def _log(name):
    from . import paths

    return paths.LOGS / name


def mirror():
    """The address of the machine's own Debian mirror, from its apt configuration."""
    if not shutil.which("apt-get"):
        return None
    answer = subprocess.run(
        ["apt-get", "indextargets", "--format", "$(REPO_URI)|$(ORIGIN)|$(LABEL)"],
        capture_output=True,
        text=True,
    )
    for line in answer.stdout.splitlines():
        address, origin, label = (line.split("|") + ["", ""])[:3]
        if origin == "Debian" and label == "Debian":
            return address
    for line in answer.stdout.splitlines():
        address = line.split("|")[0]
        if "security" not in address and address.rstrip("/").endswith("/debian"):
            return address
    return None
