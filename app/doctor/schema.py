"""The schema: at the revision of this code, and the same in every detail as the models say.

Alembic does not compare CHECK constraints, nor what an index covers. So the models are built once more, as temporary
tables in a transaction that is rolled back, and PostgreSQL's own catalogue is asked about both.
"""

from collections.abc import Iterator
from pathlib import Path

from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, inspect, text
from sqlalchemy.exc import ProgrammingError, SQLAlchemyError

from app.config import ROOT
from app.doctor.finding import Finding, note
from app.extensions import Base
from app.mail.models import QUEUE_PREFIX

MIGRATIONS = ROOT / "migrations"
MOST = 12  # differences shown; who has more has one cause for them all
UPGRADE = "Run: flask db upgrade"

# Kind, table and name, and what it is like. The search path decides which of two tables of one name is meant.
CATALOGUE = text("""
    SELECT 'column', c.relname, a.attname,
        format_type(a.atttypid, a.atttypmod) || CASE WHEN a.attnotnull THEN ' not null' ELSE '' END
        || coalesce(' default ' || pg_get_expr(d.adbin, d.adrelid), '')
    FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
    LEFT JOIN pg_attrdef d ON d.adrelid = c.oid AND d.adnum = a.attnum
    WHERE c.relnamespace = :place AND c.relkind IN ('r', 'p')
    UNION ALL
    SELECT 'constraint', c.relname, k.conname, pg_get_constraintdef(k.oid, true)
    FROM pg_constraint k JOIN pg_class c ON c.oid = k.conrelid
    WHERE c.relnamespace = :place AND k.contype <> 'n'
    UNION ALL
    SELECT 'index', t.relname, i.relname,
        pg_get_indexdef(x.indexrelid, 0, true) || CASE WHEN x.indisvalid THEN '' ELSE ' (invalid)' END
    FROM pg_index x JOIN pg_class i ON i.oid = x.indexrelid JOIN pg_class t ON t.oid = x.indrelid
    WHERE t.relnamespace = :place
""")
Parts = dict[tuple[str, str, str], str]


def check(connection: Connection, migrations: Path = MIGRATIONS) -> Iterator[Finding]:
    """What is wrong with the revision; with the right one, what differs from the models."""
    scripts = ScriptDirectory(migrations)
    heads = set(scripts.get_heads())
    if len(heads) > 1:
        yield Finding(
            "revisions",
            f"The code has {len(heads)} heads ({_listed(heads)}): two people wrote a revision after the same one."
            f" Run: flask db merge -m 'merge' {' '.join(sorted(heads))}",
        )
    try:
        found = set(MigrationContext.configure(connection).get_current_heads())
    except ProgrammingError:
        connection.rollback()
        yield Finding(
            "revisions",
            "The role of this application may not read the table alembic_version, so the site never becomes ready."
            " As its owner, run deploy/grants.sql, or: GRANT SELECT ON alembic_version TO the role.",
        )
        return
    if not found:
        yield _empty(connection)
        return
    known = {script.revision for script in scripts.walk_revisions()}
    if found - known:
        yield Finding(
            "revisions",
            f"The database is ahead of this code: it is at {_listed(found - known)}, which this release does not know."
            " Deploy the newer release again; or, with that release's code, run: flask db downgrade",
        )
    elif found != heads:
        yield Finding(
            "revisions", f"The database is behind: at {_listed(found)}, the code at {_listed(heads)}. {UPGRADE}"
        )
    else:
        yield from drift(connection)


def drift(connection: Connection) -> Iterator[Finding]:
    """Where the tables differ from the models, though the revision is right."""
    try:
        differences = sorted(_differences(connection))
    except SQLAlchemyError:
        yield note(
            "schema",
            "The tables were not compared with the models: this role may not make temporary tables here."
            " GRANT TEMPORARY ON DATABASE ... TO the role, or call the doctor as the owner.",
        )
        return
    finally:
        connection.rollback()
    for difference in differences[:MOST]:
        yield Finding("schema", f"{difference}. Somebody changed it by hand: write a revision, or change it back.")
    if len(differences) > MOST:
        yield Finding("schema", f"... and {len(differences) - MOST} differences more.")


def _empty(connection: Connection) -> Finding:
    if "users" in inspect(connection).get_table_names():
        return Finding(
            "revisions",
            "The tables are there, but the database does not know its revision. If they were made by a certain release, run"
            " with its revision: flask db stamp <revision>",
        )
    return Finding("revisions", f"The database is empty. {UPGRADE}")


def _differences(connection: Connection) -> Iterator[str]:
    connection.rollback()  # Alembic's question has begun a transaction
    here = connection.scalar(text("SELECT current_schema()::regnamespace::oid"))
    in_database = _parts(connection, here)
    in_models = of_models(connection)
    for key in in_models.keys() - in_database.keys():
        yield f"{_named(key)} is missing; the models say: {in_models[key]}"
    for key in in_database.keys() - in_models.keys():
        yield f"{_named(key)} is in the database, but not in the models: {in_database[key]}"
    for key in in_models.keys() & in_database.keys():
        if in_models[key] != in_database[key]:
            yield f"{_named(key)} is in the database {in_database[key]}, in the models {in_models[key]}"


def of_models(connection: Connection) -> Parts:
    """What the tables are like that the models ask for; they are there until the transaction ends."""
    # First in the path, so that CREATE TABLE makes temporary tables, and hides those of the same name.
    connection.execute(text("SET LOCAL search_path = pg_temp"))
    Base.metadata.create_all(connection, checkfirst=False)
    return _parts(connection, connection.scalar(text("SELECT pg_my_temp_schema()")))


def _parts(connection: Connection, place: int | None) -> Parts:
    rows = connection.execute(CATALOGUE, {"place": place})
    # Alembic's table and those of the queue are no models of ours.
    return {
        (kind, table, name): what
        for kind, table, name, what in rows
        if table != "alembic_version" and not table.startswith(QUEUE_PREFIX)
    }


def _named(key: tuple[str, str, str]) -> str:
    kind, table, name = key
    return f"The {kind} {name} of the table {table}"


def _listed(revisions: set[str]) -> str:
    return ", ".join(sorted(revisions)) or "no revision"
