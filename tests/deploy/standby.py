"""A PostgreSQL of its own and a second one that follows it by streaming, as an operator sets one up."""

import contextlib
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg2
from sqlalchemy import URL, make_url

from bin.local_postgres import CARELESS_SETTINGS, LocalPostgres
from bin.unprivileged import as_account, give_to

PATIENCE = 300


@dataclass
class Pair:
    """Both addresses of one database, and the standby's process."""

    server: LocalPostgres
    primary: URL
    standby: URL
    data: Path
    socket: Path
    process: "subprocess.Popen[bytes] | None" = None

    def start(self) -> None:
        options = CARELESS_SETTINGS | {"unix_socket_directories": str(self.socket), "max_connections": "200"}
        words = [word for name, value in options.items() for word in ("-c", f"{name}={value}")]
        with (self.data.parent / "standby.log").open("wb") as out:
            command = [self.server._programs / "postgres", "-D", self.data, *words, "-c", "listen_addresses="]
            account = as_account(self.server._account)
            self.process = subprocess.Popen(command, cwd=self.data, stdout=out, stderr=out, **account)
        deadline = time.monotonic() + PATIENCE
        while True:
            with contextlib.suppress(psycopg2.OperationalError):
                return self.on_standby("SELECT 1")
            assert time.monotonic() < deadline
            time.sleep(0.1)

    def stop(self) -> None:
        if self.process:
            self.process.send_signal(signal.SIGINT)
            self.process.wait(PATIENCE)
            self.process = None

    def on_standby(self, statement: str) -> Any:
        return _run(self.standby, statement)

    def on_primary(self, statement: str) -> Any:
        return _run(self.primary, statement)

    def wait(self) -> None:
        """Until the standby has what the primary has now."""
        position = self.on_primary("SELECT pg_current_wal_insert_lsn()")
        deadline = time.monotonic() + PATIENCE
        while not self.on_standby(f"SELECT pg_last_wal_replay_lsn() >= '{position}'"):
            assert time.monotonic() < deadline
            time.sleep(0.02)


def _run(url: URL, statement: str) -> Any:
    dsn = url.set(drivername="postgresql").render_as_string(hide_password=False)
    with contextlib.closing(psycopg2.connect(dsn)) as connection, connection.cursor() as cursor:
        connection.autocommit = True
        cursor.execute(statement)
        return cursor.fetchone()[0] if cursor.description else None


@contextlib.contextmanager
def pair(home: Path) -> Iterator[Pair]:
    """``home`` holds the primary; the standby is made from it by pg_basebackup."""
    with (
        LocalPostgres(home, keep=False) as server,
        tempfile.TemporaryDirectory(prefix="standby-", dir="/tmp") as socket,
    ):
        give_to(server._account, Path(socket))
        server.create_database("scouting_outing")
        primary = make_url(server.url("scouting_outing"))
        data = server._home / "standby"
        done = subprocess.run(
            [server._programs / "pg_basebackup", "-D", data, "-R", "-X", "stream", "-c", "fast", "--no-sync"],
            env=server.environment(),
            cwd=server._home,
            text=True,
            capture_output=True,
            check=False,
            **as_account(server._account),
        )
        assert done.returncode == 0, done.stderr
        found = Pair(server, primary, primary.update_query_dict({"host": socket}), data, Path(socket))
        try:
            found.start()
            yield found
        finally:
            found.stop()
            shutil.rmtree(data, ignore_errors=True)
