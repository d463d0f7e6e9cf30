"""`./pa run` and what goes with it: the demo database and its server."""

import contextlib
import csv
import os
import shutil
import signal
import subprocess
import time
import urllib.error
import urllib.request

from . import databases, paths, postgres, setup, steps, tsa
from .ports import port_is_free
from .ui import Fail, Progress, say, tail

DATABASE = "pa_demo"
PID = paths.HOME / "server.pid"
USERS = paths.ROOT / "data" / "comune-demo" / "utenti.csv"
LOG = "server.log"


def _state():
    """Process id and port of our running server, or None."""
    try:
        pid, port = map(int, PID.read_text().split())
        os.kill(pid, 0)
        with open(f"/proc/{pid}/cmdline", "rb") as handle:
            if DATABASE.encode() not in handle.read():
                return None
    except (OSError, ValueError):
        return None
    return pid, port


def check_port(port):
    """Fail with a clear sentence when the port is taken by something else."""
    if not 1 <= port <= 65535:
        raise Fail(f"{port} is not a port: give a number between 1 and 65535.")
    if not port_is_free(port):
        raise Fail(
            f"Port {port} is busy: another program listens there. "
            f"Choose another one, for instance: ./pa run --port {min(port + 1, 65535)}"
        )


def run(port, detach=False):
    """Set-up, demo database, server; return the exit status."""
    running = _state()
    if running and (running[1] == port):
        say("The server is already running (./pa stop ends it).")
        _announce(port)
        return 0
    if running:
        raise Fail(f"The server is already running on port {running[1]}: ./pa stop ends it.")
    check_port(port)
    setup.ensure()
    with steps.lock("demo"):
        ensure_demo()
    return _serve(port, detach)


def ensure_demo():
    """The demo database: made once, updated when the addons' files have changed."""
    ours = databases.our_addons()
    key = steps.digest(*(paths.ADDONS / name for name in ours))
    exists = DATABASE in databases.sql("list")
    if not exists or not steps.stamp_of("demo-installed"):
        _forget_demo()
        databases.drop(DATABASE)
        databases.sql("create", DATABASE)
        label = "Demo database: " + (", ".join(ours) or "no addons yet")
        databases.install(DATABASE, ours, label)
        steps.mark_done("demo-installed", key)
    elif steps.stamp_of("demo-installed") != key:
        databases.odoo(
            *("server", "-c", str(paths.CONF), "-d", DATABASE, "--no-http", "--stop-after-init"),
            *("-u", ",".join(ours), "-i", ",".join(ours)),
            log="update.log",
            label="The addons have changed: updating the demo database",
        )
        steps.mark_done("demo-installed", key)
    wanted = [name for name in ours if not steps.stamp_of("demo-data-" + name)]
    if wanted or not steps.stamp_of("demo-data"):
        bar = Progress("Demo data")
        folders = [paths.ADDONS / name for name in wanted]
        script = paths.ROOT / "launcher" / "load_demo.py"
        if databases.run_script(paths.CONF, DATABASE, script, *folders):
            bar.close("failed")
            raise Fail("The demo data could not be loaded (see above). ./pa reset starts afresh.")
        bar.close()
        for name in ["", *("-" + name for name in wanted)]:
            steps.mark_done("demo-data" + name, "done")
    if "pa_firma" in ours:
        _ensure_signing()
    script = paths.ROOT / "scripts" / "demo_iter.py"
    if script.exists() and not steps.stamp_of("demo-iter"):
        say("One determina through its whole iter:")
        if databases.run_script(paths.CONF, DATABASE, script, paths.HOME / "demo"):
            raise Fail("The demonstration stopped (see above). ./pa reset starts afresh.")
        steps.mark_done("demo-iter", "done")
    script = paths.ROOT / "scripts" / "demo_atti.py"
    if not steps.stamp_of("demo-atti"):
        say("Acts at every stage, so that each user finds something waiting:")
        if databases.run_script(paths.CONF, DATABASE, script):
            raise Fail("The demo acts could not be made (see above). ./pa reset starts afresh.")
        steps.mark_done("demo-atti", "done")


def _ensure_signing():
    """The demo users' key files, and a timestamp authority that answers."""
    url = tsa.ensure()
    if steps.stamp_of("demo-firma") == url:
        return
    bar = Progress("Demo key files")
    script = paths.ROOT / "scripts" / "demo_firma.py"
    if databases.run_script(paths.CONF, DATABASE, script, tsa.PKI, url, USERS):
        bar.close("failed")
        raise Fail("The demo key files could not be made (see above). ./pa reset starts afresh.")
    bar.close()
    steps.mark_done("demo-firma", url)


def _forget_demo():
    for path in paths.STAMPS.glob("demo-*"):
        steps.forget(path.name)


def _serve(port, detach):
    path = paths.LOGS / LOG
    bar = Progress("Server")
    with open(path, "ab") as log:
        server = subprocess.Popen(
            [
                *(str(paths.PYTHON), "-m", "odoo", "server", "-c", str(paths.CONF)),
                *("-d", DATABASE, f"--db-filter=^{DATABASE}$", f"--http-port={port}"),
            ],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            cwd=paths.HOME,
            env={**os.environ, **postgres.environment(), "ODOO_RC": str(paths.CONF)},
            start_new_session=True,
        )
    PID.write_text(f"{server.pid} {port}\n")
    try:
        _wait(server, port, bar, path)
        bar.close("ready")
        _announce(port)
        if detach:
            return 0
        say("Ctrl-C stops it.")
        status = server.wait()
        tsa.stop()
        PID.unlink(missing_ok=True)
        return 0 if status in (0, -signal.SIGTERM) else 1
    except KeyboardInterrupt:
        say("\nStopping the server ...")
        _end(server.pid)
        server.wait()
        tsa.stop()
        PID.unlink(missing_ok=True)
        return 0


def _wait(server, port, bar, path):
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline:
        if server.poll() is not None:
            bar.close("failed")
            PID.unlink(missing_ok=True)
            raise Fail("The server ended at once. Its log:\n" + tail(path))
        with contextlib.suppress(urllib.error.URLError, OSError):
            opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
            with opener.open(f"http://127.0.0.1:{port}/web/login", timeout=60) as answer:
                if answer.status == 200:
                    return
        bar.update(0)
        time.sleep(0.3)
    _end(server.pid)
    bar.close("failed")
    raise Fail(f"The server does not answer after two minutes. Its log: {path}")


def _announce(port):
    print(f"\n  http://localhost:{port}\n")
    if USERS.exists():
        with open(USERS, newline="", encoding="utf-8") as handle:
            rows = [
                [(row.get(name) or "").strip() for name in ("login", "password", "ruolo")]
                for row in csv.DictReader(handle)
            ]
        rows.insert(0, ["login", "password", "role"])
        widths = [max(len(row[column]) for row in rows) for column in range(3)]
        for row in rows:
            print("  " + "  ".join(f"{cell:<{width}}" for cell, width in zip(row, widths)).rstrip())
    else:
        print("  login admin, password admin")
    print(flush=True)


def _end(pid):
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, signal.SIGTERM)
        for _turn in range(100):
            if not _alive(pid):
                return
            time.sleep(0.1)
        os.kill(pid, signal.SIGKILL)


def _alive(pid):
    try:
        with contextlib.suppress(ChildProcessError):
            os.waitpid(pid, os.WNOHANG)
        os.kill(pid, 0)
        with open(f"/proc/{pid}/stat") as handle:
            return handle.read().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def stop():
    """Stop the server and the embedded PostgreSQL."""
    running = _state()
    if running:
        _end(running[0])
        say("Server stopped.")
    tsa.stop()
    PID.unlink(missing_ok=True)
    if postgres.stop():
        say("PostgreSQL stopped.")
    elif not running:
        say("Nothing was running.")
    return 0


def shell(arguments):
    """Odoo's shell on the demo database."""
    setup.ensure()
    with steps.lock("demo"):
        ensure_demo()
    return subprocess.run(
        [
            *(str(paths.PYTHON), "-m", "odoo", "shell", "-c", str(paths.CONF)),
            *("-d", DATABASE, "--no-http", "--log-level=warn", *arguments),
        ],
        cwd=paths.HOME,
        env={**os.environ, **postgres.environment(), "ODOO_RC": str(paths.CONF)},
    ).returncode


def reset(everything=False):
    """Delete the demo database, or the whole state folder."""
    running = _state()
    if running:
        _end(running[0])
        PID.unlink(missing_ok=True)
    tsa.stop()
    if everything:
        postgres.destroy()
        shutil.rmtree(paths.HOME, ignore_errors=True)
        say("Everything that ./pa had set up is deleted.")
        return 0
    if paths.PYTHON.exists():
        setup.ensure()
        databases.drop(DATABASE)
    _forget_demo()
    say("The demo database is deleted; ./pa run makes a new one.")
    return 0
