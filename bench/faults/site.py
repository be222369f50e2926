"""A PostgreSQL that can be crashed and started again at the same address, and the site over it as it is deployed."""

import contextlib
import os
import secrets
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import psycopg2
from sqlalchemy import make_url

from bench.inside import upgrade
from bench.serve import LOCAL, PROC, ROOT, Database, Site, serving
from bin.local_postgres import LocalPostgres
from bin.unprivileged import account_for, as_account

ROLE = "scouting_app"
PATIENCE = 60  # seconds
NAME = "faults"
TAKE_ALL = signal.SIGRTMIN  # gunicorn leaves it alone, and its processes inherit what holding.py does with it
HELD = 2.0  # seconds for which the pool is empty then


class Server:
    """The project's own PostgreSQL, and the command line with which it was started."""

    def __init__(self, home: Path) -> None:
        self.postgres = LocalPostgres(home)
        self.account = account_for(home)
        self.home = home

    def __enter__(self) -> "Server":
        self.postgres.start()
        self.home = self.home.resolve()
        process = self.postgres._server
        assert process is not None, f"somebody else uses {self.home}"
        self.process = process
        self.command = (PROC / str(process.pid) / "cmdline").read_bytes().split(b"\0")[:-1]
        self.root = Database(self.postgres.url("postgres"))
        ((fsync,),) = self.root.execute("SHOW fsync")
        assert fsync == "on", "a commit that does not reach the disk proves nothing"
        return self

    def __exit__(self, *_: object) -> None:
        with contextlib.suppress(RuntimeError):
            if self.process.poll() is not None:
                self.start()
                self.wait_until_ready()
        self.postgres.stop()

    def crash(self) -> None:
        """What ``pg_ctl stop -m immediate`` sends: nothing is written any more."""
        self.process.send_signal(signal.SIGQUIT)
        self.process.wait(PATIENCE)

    def start(self) -> None:
        """Again, with the same address; it recovers by itself."""
        lock = self.postgres._wait_for_server_lock()  # held by whoever runs on these data, until its last process ends
        with self.home.with_name("faults-postgres-again.log").open("ab") as log:
            self.process = subprocess.Popen(
                self.command, cwd=self.home, stdin=subprocess.DEVNULL, stdout=log, stderr=log, pass_fds=[lock],
                start_new_session=True, **as_account(self.account),
            )  # fmt: skip
        os.close(lock)
        self.postgres._server = self.process

    def wait_until_ready(self) -> None:
        """Until it takes connections."""
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline:
            with contextlib.suppress(psycopg2.OperationalError):
                self.root.execute("SELECT 1")
                return
            time.sleep(0.02)
        raise RuntimeError(f"PostgreSQL on {self.home} does not start")


@dataclass(frozen=True)
class Stage:
    """What can be broken."""

    server: Server
    data: Database
    site: Site

    def workers(self) -> list[int]:
        """gunicorn's processes of the moment."""
        return sorted(self.site.cpu())


def make_database(server: Server) -> Database:
    """Empty, with the product's schema."""
    server.root.execute(f"DROP DATABASE IF EXISTS {NAME} WITH (FORCE)")
    server.root.execute(f"CREATE DATABASE {NAME} TEMPLATE template0")
    data = Database(server.postgres.url(NAME))
    upgrade(data)
    return data


@contextlib.contextmanager
def served(server: Server, data: Database) -> Iterator[Stage]:
    """gunicorn.conf.py as it is shipped, two processes of four threads, signed in as a role without rights over tables."""
    password = secrets.token_urlsafe(16)
    server.root.execute(
        f"DO $$ BEGIN IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = '{ROLE}') THEN CREATE ROLE {ROLE}; END IF; END $$;"
        f" ALTER ROLE {ROLE} LOGIN PASSWORD '{password}' CONNECTION LIMIT -1"
    )
    grants = ROOT / "deploy" / "grants.sql"
    arguments = ("-qX", "-v", "ON_ERROR_STOP=1", "-v", f"app={ROLE}", "-f", str(grants))
    if server.postgres.run_tool("psql", *arguments, database=NAME):
        raise RuntimeError(f"{grants} failed")
    url = make_url(data.url).set(username=ROLE, password=password)
    own = replace(data, url=url.render_as_string(hide_password=False))
    environment = own.settings() | {"PYTHONPATH": str(ROOT)}
    with serving("faults", "bench.faults.holding:app", environment, server.process.pid) as site:
        yield Stage(server, data, site)


def home_of(name: str) -> Path:
    """Where a cluster of this battery lies."""
    LOCAL.mkdir(exist_ok=True)
    return LOCAL / name


@contextlib.contextmanager
def small_disk(megabytes: int) -> Iterator[Path]:
    """A tmpfs; nothing but that is filled up.

    Raises:
        PermissionError: this machine does not let us mount one; the message is its own.
    """
    folder = Path("/tmp") / f"scouting-small-disk-{os.getpid()}"
    folder.mkdir()
    try:
        done = subprocess.run(
            ["mount", "-t", "tmpfs", "-o", f"size={megabytes}m,mode=755", "tmpfs", folder],
            capture_output=True, text=True, check=False,
        )  # fmt: skip
        if done.returncode:
            raise PermissionError(done.stderr.strip() or "mount failed")
        try:
            yield folder
        finally:
            subprocess.run(["umount", "-l", folder], check=False, stdout=sys.stderr)
    finally:
        folder.rmdir()
