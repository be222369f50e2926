"""What bin/drill runs: a backup is worth what its restore is worth, so it is restored, and used (docs/backup.md).

Two clusters of their own are made in a temporary folder and removed afterwards; no other database is touched.
"""

import argparse
import os
import re
import secrets
import sys
import tempfile
import time
import uuid
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from flask.testing import FlaskClient
from sqlalchemy import Connection, NullPool, create_engine, text

from app import create_app
from app.config import Config
from app.doctor import schema
from app.extensions import db
from bin.commands import CommandFailed, flask
from bin.local_postgres import LocalPostgres
from bin.unprivileged import PostgresError

ROOT = Path(__file__).resolve().parent.parent
# The dump is restored beside it, or nobody could read what is sealed (docs/backup.md).
HEALTH_KEY = secrets.token_hex(32)
DATABASE = "scouting_outing"
TOKEN = re.compile(r'name="csrf_token"[^>]* value="([^"]+)"')
# A sum does not care in which order the rows come; both halves of the hash, so that no bit is left out.
CHECKSUM = """
    SELECT count(*), coalesce(sum(('x' || left(md5(t::text), 16))::bit(64)::bigint::numeric), 0)::text
        || ' ' || coalesce(sum(('x' || right(md5(t::text), 16))::bit(64)::bigint::numeric), 0)::text FROM "{table}" t
"""
# A family with two children in a unit, and an outing of it that still takes them.
FAMILY = text("""
    SELECT u.email, o.id, array_agg(g.person_id::text ORDER BY g.person_id)
    FROM outings o JOIN memberships m ON m.unit_id = o.unit_id JOIN guardians g ON g.person_id = m.person_id
    JOIN users u ON u.id = g.user_id
    WHERE u.email LIKE 'parent1%' AND o.state = 'published' AND o.starts_at > now() + interval '2 days'
        AND o.total_seats IS NULL
        AND NOT EXISTS (SELECT FROM signups s WHERE s.outing_id = o.id AND s.user_id = u.id)
    GROUP BY u.email, o.id ORDER BY u.email, o.id LIMIT 1
""")
ON_IT = text("SELECT count(*) FROM participants WHERE outing_id = :outing AND state = 'confirmed'")
Checksums = dict[str, tuple[int, str]]


class Failed(RuntimeError):
    """The backup is not worth its name; the message says why."""


def main(arguments: list[str] | None = None) -> int:
    """Run the drill; 1 when the backup cannot be restored or differs."""
    parser = argparse.ArgumentParser(prog="bin/drill", description=__doc__.split("\n\n")[0])
    parser.add_argument("--participants", type=int, default=100_000, help="on the outings (default: 100,000)")
    parser.add_argument("--cut", action="store_true", help="cut the dump short, to see that the drill fails")
    options = parser.parse_args(arguments)
    try:
        drill(options.participants, cut=options.cut)
    except (Failed, PostgresError) as reason:
        print(f"The drill FAILED: {reason}", file=sys.stderr)
        return 1
    print("The drill succeeded: the backup can be restored.")
    return 0


def drill(participants: int, *, cut: bool) -> None:
    """Seed, dump, restore, compare, use.

    Raises:
        Failed: at the first step that does.
    """
    with ExitStack() as running:
        folder = Path(running.enter_context(tempfile.TemporaryDirectory(prefix="drill-")))
        folder.chmod(0o755)  # PostgreSQL may run as somebody else
        password = secrets.token_urlsafe(12)
        first = running.enter_context(LocalPostgres(folder / "first", keep=False))
        first.create_database(DATABASE)
        with step("seeding"):
            seed(first.url(DATABASE), participants, password)
        with reading(first) as connection:
            before = checksums(connection)
        dump = folder / "backup.dump"
        with step("pg_dump"):
            tool(first, "pg_dump", "--format=custom", f"--file={dump}")
        print(f"{'size of the dump':24}{dump.stat().st_size / 1e6:10.1f} MB")
        if cut:
            os.truncate(dump, dump.stat().st_size * 2 // 3)
            print(f"{'cut short to':24}{dump.stat().st_size / 1e6:10.1f} MB")
        fresh = running.enter_context(LocalPostgres(folder / "fresh", keep=False))
        fresh.create_database(DATABASE)
        with step("pg_restore"):
            options = ("--exit-on-error", "--no-owner", "--no-privileges", "--jobs=2", f"--dbname={DATABASE}")
            tool(fresh, "pg_restore", *options, str(dump))
        with step("comparing"), reading(fresh) as connection:
            compare(before, checksums(connection))
            for finding in schema.check(connection):
                raise Failed(f"the restored schema: {finding.text}")
        with step("signing in and up"):
            use(fresh.url(DATABASE), password)
    rows = sum(count for count, _ in before.values())
    print(f"{len(before)} tables with {rows:,} rows have the same checksums on both sides.")


@contextmanager
def step(name: str) -> Iterator[None]:
    """Time it and print the figure."""
    began = time.perf_counter()
    yield
    print(f"{name:24}{time.perf_counter() - began:10.1f} s", flush=True)


def settings(url: str) -> dict[str, str]:
    """For the application over one of the clusters, whatever the environment says."""
    return {
        "APP_ENV": "testing",
        "LOG_LEVEL": "WARNING",
        "DATABASE_URL": url,
        "MIGRATION_DATABASE_URL": "",
        "SECRET_KEY": secrets.token_hex(32),
        "HEALTH_KEY": HEALTH_KEY,
    }


def seed(url: str, participants: int, password: str) -> None:
    """The tables by the migrations, the demo troop, and as many participants as asked for in troops beside it."""
    outings = max(10, participants // 100)
    units = max(2, outings // 10)
    sizes = {"units": units, "families": units * 50, "outings": outings, "participants": participants}
    app = create_app(Config.from_env(settings(url)))
    try:
        flask(app, "db", "upgrade", quiet=True)
        words = (word for name in sizes for word in (f"--{name}", str(sizes[name])))
        flask(app, "seed-demo", "--password", password, *words, quiet=True)
    except CommandFailed as reason:
        raise Failed(str(reason)) from None
    with app.app_context():
        db.engine.dispose()


def tool(server: LocalPostgres, *command: str) -> None:
    """One of PostgreSQL's programs; its complaint goes to standard error."""
    if server.run_tool(*command, database=DATABASE):
        raise Failed(f"{command[0]} ended with an error; what it says stands above.")


@contextmanager
def reading(server: LocalPostgres) -> Iterator[Connection]:
    """A connection to the database of a cluster."""
    with create_engine(server.url(DATABASE), poolclass=NullPool).connect() as connection:
        yield connection


def checksums(connection: Connection) -> Checksums:
    """Rows and checksum of every table."""
    tables = connection.scalars(text("SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY 1")).all()
    found = {}
    for table in tables:
        count, checksum = connection.execute(text(CHECKSUM.format(table=table))).one()
        found[table] = (count, checksum)
    return found


def compare(before: Checksums, after: Checksums) -> None:
    """The same tables, with the same rows.

    Raises:
        Failed: names the first that differs.
    """
    for table in sorted(before.keys() | after.keys()):
        there, here = before.get(table), after.get(table)
        if there is None or here is None:
            raise Failed(f"the table {table} is missing {'after' if here is None else 'before'} the restore.")
        if there[0] != here[0]:
            raise Failed(f"the table {table} had {there[0]:,} rows and has {here[0]:,}.")
        if there != here:
            raise Failed(f"the table {table} has as many rows as before, but other ones.")


def use(url: str, password: str) -> None:
    """Somebody signs in by the form and signs two children up.

    Raises:
        Failed: the restored site does not work.
    """
    app = create_app(Config.from_env(settings(url)))
    engine = create_engine(url, poolclass=NullPool)
    with engine.connect() as connection:
        family = connection.execute(FAMILY).first()
        if family is None:
            raise Failed("no family was found that could still sign up.")
        email, outing, children = family
        before = connection.scalar(ON_IT, {"outing": outing})
    client = app.test_client()
    try:
        post(client, "/login", login=email, password=password)
        wish = {"people": children, "submission": str(uuid.uuid4()), "consent": "1", "together": "1", "seen": ""}
        post(client, f"/outings/{outing}/signup", **wish)
    finally:
        with app.app_context():
            db.engine.dispose()
    with engine.connect() as connection:
        after = connection.scalar(ON_IT, {"outing": outing})
    if after != before + len(children):
        raise Failed(f"{len(children)} people were signed up, but the outing went from {before} people to {after}.")


def post(client: FlaskClient, address: str, **fields: str | list[str]) -> None:
    """Fill the form of a page in and send it."""
    token = TOKEN.search(client.get(address).text)
    answer = client.post(address, data={"csrf_token": token[1] if token else "", **fields})
    if answer.status_code != 303:
        raise Failed(f"{address} answers {answer.status_code} to its form.")


if __name__ == "__main__":
    sys.exit(main())
