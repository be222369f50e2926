"""A PostgreSQL of the bench's own, and the floor and the product served on it by gunicorn, two processes of four threads."""

import contextlib
import os
import secrets
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import psycopg2

from bin.local_postgres import LocalPostgres

ROOT = Path(__file__).resolve().parent.parent
LOCAL = ROOT / ".local"
PROC = Path("/proc")
PATIENCE = 30  # seconds until a server answers
SECRET_KEY, HEALTH_KEY = secrets.token_hex(32), secrets.token_hex(32)


@dataclass(frozen=True)
class Database:
    """One database of this run."""

    url: str

    def execute(self, statements: str) -> list[tuple[object, ...]]:
        """Run SQL outside of a transaction, so that VACUUM may be among it; the rows of the last statement."""
        with contextlib.closing(psycopg2.connect(self.dsn)) as connection:
            connection.autocommit = True
            with connection.cursor() as cursor:
                cursor.execute(statements)
                return cursor.fetchall() if cursor.description else []

    @property
    def dsn(self) -> str:
        """In the words of libpq."""
        return self.url.replace("postgresql+psycopg2:", "postgresql:")

    def settings(self) -> dict[str, str]:
        """The product's environment in production. What is empty overrules a developer's ``.env``."""
        return {
            "APP_ENV": "production",
            "DATABASE_URL": self.url,
            "SECRET_KEY": SECRET_KEY,
            "SECRET_KEY_FALLBACKS": "",
            "HEALTH_KEY": HEALTH_KEY,
            "HEALTH_KEY_FALLBACKS": "",
            "TRUSTED_HOSTS": "",
            "PROXY_HOPS": "1",
            "REQUIRE_SECOND_FACTOR": "0",
            "LOG_LEVEL": "INFO",
            "LOG_FORMAT": "json",
            "FLASK_APP": "wsgi.py",
            "FLASK_DEBUG": "0",
            "WEB_CONCURRENCY": "2",
            "WEB_THREADS": "4",
        }


class Databases:
    """Databases on one server with fsync, named after this process; all are dropped at the end."""

    def __init__(self, server: LocalPostgres) -> None:
        self.server = server
        self.root = Database(server.url("postgres"))
        ((pid_file,),) = self.root.execute("SELECT pg_read_file('postmaster.pid')")
        self.postmaster = int(str(pid_file).split()[0])
        for (name,) in self.root.execute(r"SELECT datname FROM pg_database WHERE datname LIKE 'bench\_%'"):
            if not _is_alive(int(str(name).split("_")[1])):
                self._drop(str(name))

    def create(self, name: str, template: Database | None = None) -> Database:
        """An empty database, or a copy of another one that nobody is connected to."""
        full = f"bench_{os.getpid()}_{name}"
        source = template.url.rpartition("/")[2].partition("?")[0] if template else "template0"
        self.root.execute(f'CREATE DATABASE "{full}" TEMPLATE "{source}"')
        return Database(self.server.url(full))

    def drop_all(self) -> None:
        """Those of this process."""
        for (name,) in self.root.execute(
            f"SELECT datname FROM pg_database WHERE datname LIKE 'bench\\_{os.getpid()}\\_%'"
        ):
            self._drop(str(name))

    def _drop(self, name: str) -> None:
        self.root.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')


@contextlib.contextmanager
def databases() -> Iterator[Databases]:
    """While somebody measures."""
    with LocalPostgres(LOCAL / "bench-postgres") as server:
        found = Databases(server)
        ((fsync,),) = found.root.execute("SHOW fsync")
        assert fsync == "on", "a commit that does not reach the disk proves nothing"
        try:
            yield found
        finally:
            found.drop_all()


@dataclass(frozen=True)
class Site:
    """A gunicorn that serves."""

    name: str
    port: int
    master: int
    postmaster: int

    def cpu(self) -> dict[int, float]:
        """Processor seconds of each of its own processes since its start."""
        return _cpu_of_children(self.master)

    def database_cpu(self) -> dict[int, float]:
        """The same for PostgreSQL, which serves one site at a time here."""
        return _cpu_of_children(self.postmaster)

    def resident(self) -> list[float]:
        """Megabytes of each worker in memory."""
        page = os.sysconf("SC_PAGE_SIZE")
        return [int((PROC / str(pid) / "statm").read_text().split()[1]) * page / 1e6 for pid in self.cpu()]


@contextlib.contextmanager
def serving(name: str, target: str, environment: dict[str, str], postmaster: int) -> Iterator[Site]:
    """Gunicorn with the product's own configuration; what it logs goes to a file, as a collector would take it."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    log, pid_file = LOCAL / f"bench-{name}.log", LOCAL / f"bench-{name}-{port}.pid"
    pid_file.unlink(missing_ok=True)  # of somebody who was killed
    command = [sys.executable, "-m", "gunicorn", "-c", "gunicorn.conf.py", "--pid", str(pid_file)]
    command += ["--bind", f"127.0.0.1:{port}", target]
    with log.open("wb") as out:
        process = subprocess.Popen(
            command, cwd=ROOT, env=os.environ | environment, stdout=out, stderr=out, start_new_session=True
        )
    try:
        deadline = time.monotonic() + PATIENCE
        while process.poll() is None and time.monotonic() < deadline:
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
                break
            time.sleep(0.05)
        else:
            raise RuntimeError(f"{target} does not serve; {log} says why")
        yield Site(name, port, int(pid_file.read_text()), postmaster)
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait()


def _cpu_of_children(parent: int) -> dict[int, float]:
    """By process number; nothing where there is no /proc."""
    found, tick = {}, os.sysconf("SC_CLK_TCK")
    for entry in PROC.glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            fields = _after_name(entry)
            if int(fields[1]) == parent:
                found[int(entry.parent.name)] = (int(fields[11]) + int(fields[12])) / tick
    return found


def _after_name(stat: Path) -> list[str]:
    """The fields behind the process name, which may hold spaces; the first is the state, the second the parent."""
    return stat.read_text().rpartition(")")[2].split()


def _is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
