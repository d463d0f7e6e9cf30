"""Odoo databases: configuration, installation, templates and their clones."""

import ast
import json
import os
import re
import shutil
import subprocess

from . import odoo_source, paths, postgres, steps
from .ui import Fail, run_logged, tail

LANGUAGE = "it_IT"
ORDER = ["pa_atti", "pa_firma", "pa_contabilita"]


def our_addons():
    """The addons in the tree: the three of the house in order, then any glue."""
    present = sorted(
        path.parent.name
        for path in paths.ADDONS.glob("*/__manifest__.py")
        if manifest(path.parent.name).get("installable", True)
    )
    return [name for name in ORDER if name in present] + [
        name for name in present if name not in ORDER
    ]


def manifest(name):
    """An addon's manifest."""
    path = paths.ADDONS / name / "__manifest__.py"
    try:
        return ast.literal_eval(path.read_text())
    except (SyntaxError, ValueError) as error:
        raise Fail(f"{path} cannot be read: {error}") from error


def glue_of(names):
    """The addons that install by themselves on top of these ones."""
    ours = set(our_addons())
    return [
        name
        for name in our_addons()
        if name not in ORDER
        and name not in names
        and manifest(name).get("auto_install")
        and set(manifest(name).get("depends", [])) & ours <= set(names)
    ]


def outer_dependencies(names):
    """Odoo's own addons that these ones need."""
    ours = set(our_addons())
    found = {dep for name in names for dep in manifest(name).get("depends", [])}
    return sorted(found - ours - {"base"})


def sql(command, *arguments):
    """Ask launcher/inside.py, in the environment's Python."""
    done = subprocess.run(
        [str(paths.PYTHON), str(paths.ROOT / "launcher" / "inside.py"), command, *arguments],
        capture_output=True,
        text=True,
        env={**os.environ, **postgres.environment()},
    )
    if done.returncode:
        words = done.stderr.strip().splitlines() or ["no answer"]
        raise Fail(f"The database server refuses ({command} {' '.join(arguments)}): {words[-1]}")
    return json.loads(done.stdout)


def check_server():
    """A configured PostgreSQL must answer, be recent enough, and not be the role `postgres`."""
    version = sql("version")
    if version < 130000:
        raise Fail(f"PostgreSQL 13 or newer is needed, this one is {version // 10000}.")
    if postgres.connection()["user"] == "postgres":
        raise Fail("Odoo refuses the database role `postgres`: give another one (PA_DB_USER).")


def write_configuration(home):
    """Write the two configuration files: of the demo, and of the tests."""
    values = postgres.connection()
    folders = [*odoo_source.addons_paths(home)]
    if paths.ADDONS.is_dir() and our_addons():
        folders.append(paths.ADDONS)
    lines = [
        "[options]",
        "addons_path = " + ",".join(str(folder) for folder in folders),
        f"data_dir = {paths.DATA}",
        "http_interface = 127.0.0.1",
        "list_db = False",
        "without_demo = True",
        "workers = 0",
        "limit_time_real = 1200",
        "limit_time_cpu = 1200",
        *(f"db_{key} = {value}" for key, value in values.items() if value),
    ]
    for path, extra in (
        (paths.CONF, ["max_cron_threads = 1"]),
        (paths.TEST_CONF, ["max_cron_threads = 0"]),
    ):
        text = "\n".join(lines + extra) + "\n"
        if not path.exists() or path.read_text() != text:
            path.touch(mode=0o600)
            path.write_text(text)


def filestore(name):
    """The folder of a database's attachments."""
    return paths.DATA / "filestore" / name


def drop(*names):
    """Drop databases, with their attachments."""
    sql("drop", *names)
    for name in names:
        shutil.rmtree(filestore(name), ignore_errors=True)


def clone(source, name):
    """Copy a database; attachments are hard links (Odoo never changes them in place)."""
    sql("clone", source, name)
    shutil.rmtree(filestore(name), ignore_errors=True)
    if filestore(source).is_dir():
        shutil.copytree(filestore(source), filestore(name), copy_function=os.link)
    return name


def odoo(*arguments, log, label=None, conf=paths.CONF, fast=False):
    """Run an Odoo command to its end; fail with the end of its log."""
    env = {**postgres.environment(), "ODOO_RC": str(conf)}
    if fast:
        env["PGOPTIONS"] = "-c synchronous_commit=off"
    status = run_logged(
        [paths.PYTHON, "-m", "odoo", *arguments], log, label, env=env, cwd=paths.HOME
    )
    text = (paths.LOGS / log).read_text(errors="replace")
    broken = [line for line in text.splitlines() if " ERROR " in line or " CRITICAL " in line]
    if status or broken:
        raise Fail(f"Odoo failed ({log}):\n" + tail(paths.LOGS / log, 25))


def install(name, modules, label, fast=False):
    """Install modules in a database, with Italian and without Odoo's demo data."""
    odoo(
        *("server", "-c", str(paths.TEST_CONF), "-d", name, "--no-http", "--stop-after-init"),
        *(f"--load-language={LANGUAGE}", "-i", ",".join(modules or ["base"])),
        log=f"install-{name}.log",
        label=label,
        conf=paths.TEST_CONF,
        fast=fast,
    )


def template(names):
    """The template database with these addons, built when their files have changed.

    A set is built on the template of a smaller one, as somebody who adds a plug-in would.
    """
    names = list(names)
    if not names:
        platform = steps.digest(steps.stamp_of("odoo-import"), steps.stamp_of("venv"))
        base_name = "pa_tpl_base_" + steps.digest(platform, LANGUAGE)[:8]
        _built(base_name, ["base"], "Template: Odoo", None)
        return base_name
    below = _below(names)
    source = template(below)
    fresh = [name for name in names if name not in below]
    suffix = "_".join(name.removeprefix("pa_") for name in names)
    if not below:
        source = outer_template(fresh)
    files = [paths.ADDONS / name for name in names + glue_of(names)]
    name = f"pa_tpl_{suffix}_{steps.digest(source, *files)[:8]}"
    for old in sql("list"):
        if re.fullmatch(f"pa_tpl_{suffix}_[0-9a-f]{{8}}", old) and old != name:
            drop(old)
    _built(name, fresh, "Template: " + " + ".join(names), source)
    return name


def outer_template(names):
    """The template with Odoo's own addons that these ones need, and nothing of ours: it does not change every day."""
    outer = outer_dependencies(names)
    source = template([])
    suffix = "_".join(name.removeprefix("pa_") for name in names)
    name = f"pa_tpl_with_{suffix}_" + steps.digest(source, outer)[:8]
    _built(name, outer, "Template: " + (", ".join(outer) or "nothing more"), source)
    return name


def _below(names):
    """The set to build this one on: without pa_firma if it can be, else without the last."""
    if len(names) < 2:
        return []
    for name in ("pa_firma", *reversed(names)):
        rest = [other for other in names if other != name]
        if name in names and all(
            name not in manifest(other).get("depends", []) for other in rest
        ):
            return rest
    return []


def _built(name, modules, label, source):
    if name in sql("list"):
        if steps.is_done("db-" + name, name):
            return
        drop(name)
    steps.forget("db-" + name)
    if source:
        clone(source, name)
    else:
        sql("create", name)
    if modules:
        install(name, modules, label, fast=True)
    steps.mark_done("db-" + name, name)


def script_command(conf, database, script, *arguments):
    """The command that runs a script with `env` in a database."""
    return [
        *(str(paths.PYTHON), str(paths.ROOT / "launcher" / "odoo_script.py")),
        *(str(conf), database, str(script), *map(str, arguments)),
    ]


def run_script(conf, database, script, *arguments, cwd=None):
    """Run a script in a database, with its output on this terminal; return its status."""
    return subprocess.run(
        script_command(conf, database, script, *arguments),
        env={
            **os.environ,
            **postgres.environment(),
            "ODOO_RC": str(conf),
            "PA_ROOT": str(paths.ROOT),
            "PA_PYTHON": str(paths.PYTHON),
            "PYTHONPATH": os.pathsep.join(
                filter(None, [str(paths.ROOT), os.environ.get("PYTHONPATH")])
            ),
        },
        cwd=cwd,
    ).returncode
