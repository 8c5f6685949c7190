"""A PostgreSQL server for the tests of one run, started by whoever needs it first and shared by all its processes."""

from __future__ import annotations

import fcntl
import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg

# The folder of this run's server: set by the process that starts the run, inherited by those that share its tests.
FOLDER = "TEST_POSTGRES_FOLDER"
_USER = "placet"
# Nothing of a test outlives the machine.
_FAST = ("fsync=off", "synchronous_commit=off", "full_page_writes=off", "max_connections=300", "shared_buffers=64MB")


def binaries() -> Path | None:
    """Where the server's programs lie; None where there are none, or nobody who may run them (root may not)."""
    if os.geteuid() == 0 and not _servant():
        return None
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda one: int(one.parts[-3]))
    in_path = shutil.which("initdb")
    if found:
        return found[-1].parent
    return Path(in_path).resolve().parent if in_path else None


def prepare_run() -> None:
    """Make the folder of this run's server; the server itself comes only when it is needed."""
    # A socket's path must be short.
    folder = Path(tempfile.mkdtemp(prefix="placet-postgres-", dir="/tmp"))
    folder.chmod(0o755)
    os.environ[FOLDER] = str(folder)


def end_run() -> None:
    """Stop the server, if there is one, and take its folder away."""
    folder = Path(os.environ.pop(FOLDER))
    if (folder / "started").exists():
        stop(folder)
    shutil.rmtree(folder, ignore_errors=True)


def address() -> str:
    """The address of the run's server, which is started now if nobody did before; a database's name goes after it."""
    folder = Path(os.environ[FOLDER])
    with _alone(folder / "lock"):
        if not (folder / "started").exists():
            _make(folder)
            start(folder)
            (folder / "started").touch()
    return f"postgresql://{_USER}@/{{database}}?host={folder}"


def execute(server: str, statement: str) -> None:
    """Run a statement that no transaction can hold, such as one that makes a database."""
    with psycopg.connect(server.format(database="postgres"), autocommit=True) as connection:
        connection.execute(statement.encode())


def start(folder: Path) -> None:
    """Start the server; it listens on a socket in the folder and nowhere else."""
    options = " ".join(f"-c {one}" for one in (*_FAST, "listen_addresses=", f"unix_socket_directories={folder}"))
    _run("pg_ctl", "-D", str(folder / "data"), "-l", str(folder / "data" / "log"), "-w", "-o", options, "start")


def stop(folder: Path, mode: str = "immediate") -> None:
    """Stop the server without asking anybody."""
    _run("pg_ctl", "-D", str(folder / "data"), "-m", mode, "-w", "stop")


def _make(folder: Path) -> None:
    data = folder / "data"
    data.mkdir(mode=0o700)
    if (servant := _servant()) and os.geteuid() == 0:
        shutil.chown(data, servant, servant)
        folder.chmod(0o777)
    _run("initdb", "-D", str(data), "-U", _USER, "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8", "--no-sync")


def _run(program: str, *arguments: str) -> None:
    folder = binaries()
    if folder is None:
        raise RuntimeError("there is no PostgreSQL on this machine")
    servant = _servant() if os.geteuid() == 0 else None
    done = subprocess.run(  # noqa: S603 - programs of the machine, arguments of ours
        [str(folder / program), *arguments],
        user=servant,
        group=servant,
        extra_groups=[] if servant else None,
        cwd="/",
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE if program == "initdb" else subprocess.DEVNULL,
        stderr=subprocess.STDOUT if program == "initdb" else subprocess.DEVNULL,
        text=True,
        check=False,
        timeout=60,
    )
    if done.returncode:
        raise RuntimeError(f"{program} failed: {done.stdout or 'see the log in the data folder'}")


def _servant() -> str | None:
    try:
        return pwd.getpwnam("postgres").pw_name
    except KeyError:
        return None


@contextmanager
def _alone(lock: Path) -> Iterator[None]:
    with lock.open("a") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
