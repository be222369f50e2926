"""The databases of a test run: one server, one template built by the migrations, copies of it for whoever needs one.

The process that started pytest makes the template and tells pytest-xdist's workers about it by environment variables.
"""

import contextlib
import os
import re
import secrets
import subprocess
from collections.abc import Iterator
from pathlib import Path

import psycopg2
from sqlalchemy import URL, make_url

from bin.local_postgres import LocalPostgres
from bin.unprivileged import account_for, folder_outside
from tests.quick_flask import quick_flask

ROOT = Path(__file__).resolve().parent.parent
SERVER, RUN, FLASK = "TEST_DATABASE_URL", "TEST_RUN", "TEST_FLASK"
MEMORY, ROOM = Path("/dev/shm"), 2 * 2**30  # nosec B108
GIVEN = "TEST_TEMPLATE_DATABASE"  # a database that is migrated already, perhaps further than this code knows
SECRET_KEY = "only-for-tests-" + "0123456789abcdef" * 2


def settings(url: URL) -> dict[str, str]:
    """The environment of an application under test."""
    return {
        "APP_ENV": "testing",
        "DATABASE_URL": url.render_as_string(hide_password=False),
        "SECRET_KEY": SECRET_KEY,
        "FLASK_APP": "wsgi.py",
        # No test fails on time, however busy the machine; tests of these limits set their own.
        "DATABASE_LOCK_TIMEOUT": "0",
        "DATABASE_STATEMENT_TIMEOUT": "0",
        "DATABASE_IDLE_TIMEOUT": "0",
    }


@contextlib.contextmanager
def test_server() -> Iterator[None]:
    """Provide the server (``TEST_DATABASE_URL`` names another one) and the template, until the tests are over."""
    with contextlib.ExitStack() as running:
        running.callback(os.environ.update, dict(os.environ))
        for name in re.findall(r"^([A-Z_]+)=", (ROOT / ".env.example").read_text(), re.MULTILINE):
            os.environ.pop(
                name, None
            )  # what somebody has set for a site of their own, here and in .env, is not for the tests
        os.environ["FLASK_SKIP_DOTENV"] = "1"
        running.callback(os.environ.pop, "FLASK_SKIP_DOTENV")
        os.environ[FLASK] = str(running.enter_context(quick_flask()))  # it loads while the server starts
        running.callback(os.environ.pop, FLASK)
        if not os.environ.get(SERVER):
            cluster = running.enter_context(LocalPostgres(_home(), keep=False))
            os.environ[SERVER] = cluster.url("postgres")
            running.callback(os.environ.pop, SERVER)
        # Several runs may share a server: each has names of its own.
        os.environ[RUN] = f"test_{secrets.token_hex(4)}"
        try:
            _make_template()
            yield
        finally:
            _drop_all_of_this_run()


def _home() -> Path:
    """Of the server: in memory if there is room. A disk's file system takes ten times as long to make the files of a database."""
    home = ROOT / ".local" / "postgres-of-tests"
    if not home.exists() and _is_roomy(MEMORY):
        home.parent.mkdir(exist_ok=True)
        home.unlink(missing_ok=True)  # a link to what is gone
        with contextlib.suppress(FileExistsError):  # another run has just done the same
            home.symlink_to(folder_outside(account_for(home), MEMORY))
    return home


def _is_roomy(folder: Path) -> bool:
    """Programs may have to be copied there, too."""
    if not folder.is_dir():
        return False
    found = os.statvfs(folder)
    return found.f_bavail * found.f_frsize > ROOM and not found.f_flag & os.ST_NOEXEC


@contextlib.contextmanager
def fresh_database(of: str | None = None) -> Iterator[URL]:
    """A copy of the template, or of another database that nobody uses; gone afterwards."""
    name = f"{os.environ[RUN]}_{secrets.token_hex(4)}"
    # By its files: page by page would take twice as long.
    execute(f'CREATE DATABASE "{name}" TEMPLATE "{of or template()}" STRATEGY file_copy')
    try:
        yield _server().set(database=name)
    finally:
        execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')


@contextlib.contextmanager
def empty_database() -> Iterator[URL]:
    """A database without a table, for tests of the migrations themselves; gone afterwards."""
    name = f"{os.environ[RUN]}_{secrets.token_hex(4)}"
    execute(f'CREATE DATABASE "{name}"')
    try:
        yield _server().set(database=name)
    finally:
        execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')


# Triggers and foreign keys sleep meanwhile, so that the order of the tables does not matter. What the migrations wrote stays.
EMPTY = """
SET session_replication_role = replica;
DO $$
DECLARE place regclass;
BEGIN
    FOR place IN SELECT oid FROM pg_class
        WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace AND relname <> 'alembic_version'
    LOOP
        EXECUTE format('DELETE FROM %s', place);
    END LOOP;
    FOR place IN SELECT oid FROM pg_class WHERE relkind = 'S' AND relnamespace = 'public'::regnamespace LOOP
        PERFORM setval(place, 1, false);
    END LOOP;
END $$
"""


def empty(url: URL) -> None:
    """Whoever is still connected must go, and every table is as it was in the template."""
    execute(f"SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity WHERE datname = '{url.database}'")
    execute(EMPTY, url)


def execute(statement: str, url: URL | None = None) -> list[tuple[str, ...]]:
    """Run one statement on the server, or on the database ``url``, outside of any transaction."""
    address = (url or _server()).set(drivername="postgresql").render_as_string(hide_password=False)
    with contextlib.closing(psycopg2.connect(address)) as connection:
        connection.autocommit = True
        with connection.cursor() as cursor:
            cursor.execute(statement)
            return cursor.fetchall() if cursor.description else []


def quick(program: str) -> str:
    """``flask`` or ``python`` with all of the application loaded."""
    return str(Path(os.environ[FLASK], program))


def flask(*command: str, url: URL) -> "subprocess.CompletedProcess[str]":
    """Run a ``flask`` command on the database ``url`` as a user would."""
    return subprocess.run(
        [quick("flask"), *command],
        cwd=ROOT,
        env={**os.environ, **settings(url)},
        text=True,
        capture_output=True,
        check=False,
    )


def _server() -> URL:
    return make_url(os.environ[SERVER]).set(drivername="postgresql+psycopg2")


def template() -> str:
    """What every database of this run is a copy of."""
    return f"{os.environ[RUN]}_template"


def _make_template() -> None:
    if given := os.environ.get(GIVEN):
        execute(f'CREATE DATABASE "{template()}" TEMPLATE "{given}"')
        return
    execute(f'CREATE DATABASE "{template()}"')
    upgrade = flask("db", "upgrade", url=_server().set(database=template()))
    if upgrade.returncode != 0:
        raise RuntimeError(f"flask db upgrade failed on an empty database:\n{upgrade.stderr}")


def _drop_all_of_this_run() -> None:
    for (name,) in execute(f"SELECT datname FROM pg_database WHERE datname LIKE '{os.environ[RUN]}_%'"):
        execute(f'DROP DATABASE "{name}" WITH (FORCE)')
    del os.environ[RUN]
