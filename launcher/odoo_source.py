"""Odoo 19: an existing one (ODOO_HOME, `odoo` on the PATH), or Debian's package unpacked here."""

import hashlib
import os
import re
import shutil
import subprocess
from pathlib import Path

from . import debian, paths, steps
from .ui import Fail, Progress, run_logged, say, tail

VERSION = "19.0.0+dfsg-1"
SHA256 = "9d2f598b0555db17e291d48ed24df184c70823c053c4c5ed53c467ca7f629bbf"
PACKAGES = [
    "odoo-19/sid",
    "fonts-montserrat/sid",
    "fonts-roboto-unhinted/sid",
    "fonts-ocr-b/sid",
    "libjs-jquery/sid",
    "libjs-jquery-form/sid",
    "libjs-underscore/sid",
    # sid's newer ones lack the files that the web client wants
    "fonts-font-awesome/bookworm",
    "fonts-inconsolata/bookworm",
]
KEYRING = Path("/usr/share/keyrings/debian-archive-keyring.gpg")
PREFIX = paths.HOME / "odoo"
MISSING_ASSET = "mail/static/lib/selfie_segmentation/selfie_segmentation.js"
BY_HAND = (
    "Get Odoo 19 yourself (for instance a clone of the official 19.0 branch) and start again "
    "with ODOO_HOME=/path/to/it, or PA_ODOO_GIT=<address of its git repository> ./pa ..."
)


def locate():
    """The folder to put on Python's path, without downloading anything; None if absent."""
    given = os.environ.get("ODOO_HOME")
    if given:
        for home in (Path(given), Path(given) / "usr/lib/python3/dist-packages"):
            if (home / "odoo" / "release.py").is_file():
                return _checked(home.resolve())
        raise Fail(f"ODOO_HOME is {given}, but there is no odoo/release.py in it.")
    program = shutil.which("odoo") or shutil.which("odoo-bin")
    if program and not str(Path(program).resolve()).startswith(str(paths.HOME)):
        home = _home_of_program(Path(program).resolve())
        if home:
            return _checked(home)
    for home in (PREFIX / "usr/lib/python3/dist-packages", paths.HOME / "odoo-git"):
        if (home / "odoo" / "release.py").is_file():
            return home
    return None


def _home_of_program(program):
    """The folder that holds the package `odoo` which this program runs."""
    if (program.parent / "odoo" / "release.py").is_file():
        return program.parent
    with open(program, "rb") as handle:
        first = handle.readline().decode(errors="replace").strip()
    if not first.startswith("#!"):
        return None
    answer = subprocess.run(
        [*first[2:].split(), "-c", "import odoo.release as r; print(r.__file__)"],
        capture_output=True,
        text=True,
        cwd="/",
    )
    found = answer.stdout.strip()
    return Path(found).parent.parent if answer.returncode == 0 and found else None


def _checked(home):
    text = (home / "odoo" / "release.py").read_text()
    found = re.search(r"version_info\s*=\s*\((.*?),\s*(\d+)", text)
    if found and "19" not in found.group(1):
        raise Fail(f"{home} holds another series of Odoo ({found.group(1)}); 19.0 is needed.")
    return home


def addons_paths(home):
    """Odoo's own addons folders."""
    return [p for p in (home / "addons", home / "odoo" / "addons") if p.is_dir()]


def ensure():
    """Return the folder of Odoo, downloading it when there is none."""
    home = locate()
    if home:
        return home
    git = os.environ.get("PA_ODOO_GIT")
    if git:
        return _clone(git)
    address = debian.mirror()
    if not (address and shutil.which("dpkg-deb") and KEYRING.is_file()):
        raise Fail("No Odoo 19 here, and this system has no Debian mirror to take it from. " + BY_HAND)
    _download(address)
    return locate()


def _clone(git):
    target = paths.HOME / "odoo-git.tmp"
    shutil.rmtree(target, ignore_errors=True)
    status = run_logged(
        ["git", "clone", "--depth=1", "--branch=19.0", git, target], "odoo-git.log", "Odoo 19 (git)"
    )
    if status:
        raise Fail("Odoo could not be cloned:\n" + tail(paths.LOGS / "odoo-git.log", 5))
    target.rename(paths.HOME / "odoo-git")
    return locate()


def _apt(address):
    """A private apt folder: neither root nor a sid system is needed, signatures are checked."""
    folder = paths.HOME / "apt"
    for part in ("etc", "state/lists/partial", "cache/archives/partial"):
        (folder / part).mkdir(parents=True, exist_ok=True)
    (folder / "status").write_text("")
    (folder / "etc" / "sources.list").write_text(
        "".join(
            f"deb [signed-by={KEYRING} check-valid-until=no] {address} {suite} main\n"
            for suite in ("sid", "bookworm")
        )
    )
    options = {
        "Dir::Etc::SourceList": folder / "etc" / "sources.list",
        "Dir::Etc::SourceParts": "/dev/null",
        "Dir::Etc::Preferences": "/dev/null",
        "Dir::Etc::PreferencesParts": "/dev/null",
        "Dir::State": folder / "state",
        "Dir::State::Status": folder / "status",
        "Dir::Cache": folder / "cache",
        "Acquire::Languages": "none",
        "Acquire::Check-Valid-Until": "false",
        "Acquire::Retries": "3",
        "APT::Update::Error-Mode": "any",
    }
    if os.geteuid() == 0:
        options["APT::Sandbox::User"] = "root"
    command = ["apt-get"]
    for name, value in options.items():
        command += ["-o", f"{name}={value}"]
    return command


def _download(address):
    apt = _apt(address)
    status = run_logged([*apt, "update"], "odoo-apt.log", "Debian's index of packages")
    if status or not list((paths.HOME / "apt/state/lists").glob("*_Packages*")):
        raise Fail(
            "The Debian mirror of this machine does not answer; is the network up? Its words:\n"
            + tail(paths.LOGS / "odoo-apt.log", 5)
        )
    listed = subprocess.run(
        [*apt, "--print-uris", "download", *PACKAGES], capture_output=True, text=True
    )
    sizes = [
        (match.group(1), int(match.group(2)))
        for match in re.finditer(r"^'[^']*' (\S+) (\d+)", listed.stdout, re.M)
    ]
    if listed.returncode or len(sizes) != len(PACKAGES):
        raise Fail(
            "The Debian mirror no longer has the packages of Odoo 19:\n"
            + listed.stderr.strip()
            + "\n"
            + BY_HAND
        )
    debs = paths.HOME / "debs"
    debs.mkdir(exist_ok=True)
    total = sum(size for _name, size in sizes)
    bar = Progress(f"Odoo 19, download ({total / 1e6:.0f} MB)", total)

    def measure():
        bar.update(sum(path.stat().st_size for path in debs.glob("*.deb*")))

    status = run_logged(
        [*apt, "download", *PACKAGES], "odoo-download.log", on_poll=measure, cwd=debs
    )
    if status:
        bar.close("failed")
        raise Fail(
            "Odoo could not be downloaded (network, or disk full):\n"
            + tail(paths.LOGS / "odoo-download.log", 5)
        )
    bar.close()
    _verify(next(debs.glob("odoo-19_*.deb")))
    temporary = paths.HOME / "odoo.tmp"
    shutil.rmtree(temporary, ignore_errors=True)
    temporary.mkdir()
    bar = Progress("Odoo 19, unpacking", len(sizes))
    for count, deb in enumerate(sorted(debs.glob("*.deb")), 1):
        done = subprocess.run(
            ["dpkg-deb", "-x", str(deb), str(temporary)], capture_output=True, text=True
        )
        if done.returncode:
            bar.close("failed")
            raise Fail(f"{deb.name} could not be unpacked: {done.stderr.strip()}")
        bar.update(count)
    asset = temporary / "usr/lib/python3/dist-packages/odoo/addons" / MISSING_ASSET
    if not asset.exists():
        asset.parent.mkdir(parents=True, exist_ok=True)
        asset.write_text("/* left out by Debian; an empty file keeps the browser's console clean */\n")
    shutil.rmtree(PREFIX, ignore_errors=True)
    temporary.rename(PREFIX)
    bar.close()
    shutil.rmtree(debs, ignore_errors=True)
    shutil.rmtree(paths.HOME / "apt", ignore_errors=True)
    steps.mark_done("odoo", SHA256[:16])


def _verify(deb):
    """The tested version must be bit for bit the tested one; a newer one is named."""
    value = hashlib.sha256(deb.read_bytes()).hexdigest()
    if value == SHA256:
        return
    version = deb.name.split("_")[1].replace("%3a", ":")
    if version == VERSION:
        deb.unlink()
        raise Fail(
            f"{deb.name} is not the file that was tested (SHA-256 {value}). "
            "It was deleted; start again, and suspect the mirror if it comes back."
        )
    say(
        f"Note: Debian now has Odoo {version}; this product was tested with {VERSION}. "
        "Its signature is good, so it is used."
    )
