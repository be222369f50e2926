"""The faults. Each is a block: entering it breaks something, leaving it mends that again."""

import contextlib
import itertools
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import psycopg2

from bench.faults.site import HELD, ROLE, TAKE_ALL, Stage
from bench.serve import ROOT

Fault = Callable[[Stage], contextlib.AbstractContextManager[None]]
turn = itertools.count()


@dataclass(frozen=True)
class Kind:
    """A row of the table."""

    key: str
    what: str
    fault: Fault
    share: int  # of a hundred faults
    lasts: float = 0.0  # seconds between breaking and mending
    silences: bool = False  # the database answers nobody meanwhile


def victim(stage: Stage) -> int:
    """The processes in turns."""
    workers = stage.workers()
    return workers[next(turn) % len(workers)]


@contextlib.contextmanager
def killed(stage: Stage) -> Iterator[None]:
    """A web process is gone without a farewell; gunicorn starts another."""
    os.kill(victim(stage), signal.SIGKILL)
    yield


@contextlib.contextmanager
def stopped(stage: Stage) -> Iterator[None]:
    """A web process stands still, with whatever locks it has, and goes on later."""
    pid = victim(stage)
    os.kill(pid, signal.SIGSTOP)
    yield
    os.kill(pid, signal.SIGCONT)


@contextlib.contextmanager
def stopped_for_good(stage: Stage) -> Iterator[None]:
    """The same, until gunicorn's timeout ends it."""
    pid = victim(stage)
    os.kill(pid, signal.SIGSTOP)
    while pid in stage.workers():
        time.sleep(0.02)
    yield


@contextlib.contextmanager
def crashed(stage: Stage) -> Iterator[None]:
    """PostgreSQL is stopped with ``-m immediate`` and started again."""
    stage.server.crash()
    yield
    stage.server.start()


@contextlib.contextmanager
def backends_ended(stage: Stage) -> Iterator[None]:
    """Every connection to PostgreSQL is cut from its side."""
    end_backends(stage)
    yield


def end_backends(stage: Stage) -> None:
    """All but our own."""
    stage.server.root.execute(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
        " WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()"
    )


@contextlib.contextmanager
def pool_exhausted(stage: Stage) -> Iterator[None]:
    """Somebody in each web process keeps every connection of its pool."""
    for pid in stage.workers():
        os.kill(pid, TAKE_ALL)
    yield


@contextlib.contextmanager
def no_more_connections(stage: Stage) -> Iterator[None]:
    """PostgreSQL lets the site's role in no more."""
    stage.server.root.execute(f"ALTER ROLE {ROLE} CONNECTION LIMIT 0")
    end_backends(stage)
    yield
    stage.server.root.execute(f"ALTER ROLE {ROLE} CONNECTION LIMIT -1")


@contextlib.contextmanager
def read_only(stage: Stage) -> Iterator[None]:
    """As on a standby, before it takes over."""
    set_read_only(stage, "on")
    yield
    set_read_only(stage, "off")


def set_read_only(stage: Stage, value: str) -> None:
    """For every session at its next transaction."""
    for statement in (f"ALTER SYSTEM SET default_transaction_read_only = {value}", "SELECT pg_reload_conf()"):
        stage.server.root.execute(statement)


@contextlib.contextmanager
def outings_locked(stage: Stage) -> Iterator[None]:
    """Somebody holds the lock of every outing and does not let go."""
    with contextlib.closing(psycopg2.connect(stage.data.dsn)) as connection, connection.cursor() as cursor:
        cursor.execute("SELECT 1 FROM outings WHERE title LIKE 'Hot %' FOR UPDATE")
        yield


@contextlib.contextmanager
def crowded(stage: Stage) -> Iterator[None]:
    """300 more browsers at once, each with a request for the sign-in page, again and again."""
    with tempfile.TemporaryFile("w+") as said:
        command = [sys.executable, "-m", "bench.faults.crowd", str(stage.site.port), str(CROWD)]
        crowd = subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=said)
        yield
        crowd.communicate(b"enough\n")
        said.seek(0)
        knocks.extend((int(status), float(seconds)) for status, seconds in map(str.split, said))


CROWD = 300
knocks: list[tuple[int, float]] = []  # status and seconds of each answer to the crowd


def disk_full(folder: Path) -> Fault:
    """Not a byte is left where the database lies."""

    @contextlib.contextmanager
    def fault(stage: Stage) -> Iterator[None]:
        ballast = folder / "ballast"
        fill(ballast)
        yield
        ballast.unlink()
        if stage.server.process.poll() is not None:  # without room for its journal it ends
            stage.server.start()

    return fault


def fill(ballast: Path) -> None:
    """To the last block."""
    with contextlib.suppress(OSError), ballast.open("wb", buffering=0) as file:
        for size in (1 << 20, 1 << 12):
            with contextlib.suppress(OSError):
                while file.write(b"\0" * size):
                    pass


KINDS = (
    Kind("kill", "web process killed (-9)", killed, 20),
    Kind("crash", "PostgreSQL stopped (-m immediate), started 1 s later", crashed, 14, 1.0, silences=True),
    Kind("backends", "every backend terminated", backends_ended, 18),
    Kind("stop", "web process stopped for 2 s", stopped, 10, 2.0),
    Kind("stopped", "web process stopped until gunicorn ends it", stopped_for_good, 4),
    Kind("pool", "pool exhausted for 2 s", pool_exhausted, 10, HELD),
    Kind("connections", "no connection left in PostgreSQL for 1 s", no_more_connections, 8, 1.0, silences=True),
    Kind("read-only", "database read-only for 1 s", read_only, 5, 1.0),
    Kind("lock", "every outing locked for 3 s", outings_locked, 4, 3.0),
    Kind("crowd", f"{CROWD} more browsers for 3 s", crowded, 3, 3.0),
)
DISK, DISK_SHARE = "disk of the database full for 2 s", 4
