"""The migrations are the schema: up, down, and the same in every detail as what the models say."""

from importlib import resources

import psycopg2
import pytest
from sqlalchemy import URL, create_engine, text

from app.extensions import Base
from app.mail.models import QUEUE_PREFIX
from tests.database import empty_database, flask, fresh_database

# What Alembic does not compare: CHECKs, partial and expression indexes, ON DELETE, defaults.
CATALOGUE = {
    "columns": """
        SELECT table_name, column_name, data_type, is_nullable, column_default FROM information_schema.columns
        WHERE table_schema = 'public'""",
    "constraints": """
        SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid) FROM pg_constraint
        WHERE connamespace = 'public'::regnamespace AND contype <> 'n'""",
    "indexes": "SELECT tablename, indexname, indexdef FROM pg_indexes WHERE schemaname = 'public'",
}

QUEUE = """
    SELECT 'relation', relname::text, relkind::text FROM pg_class WHERE relname LIKE '%procrastinate\\_%'
    UNION ALL SELECT 'type', typname::text, typtype::text FROM pg_type WHERE typname LIKE 'procrastinate\\_%'
    UNION ALL SELECT 'function', proname::text, md5(prosrc) FROM pg_proc WHERE proname LIKE 'procrastinate\\_%'
    UNION ALL SELECT 'trigger', tgname::text, '' FROM pg_trigger WHERE tgname LIKE 'procrastinate\\_%'"""


def catalogue(url: URL) -> dict[str, set[tuple]]:
    """Everything that the catalogue says of a schema, but for Alembic's own table and the queue's."""
    engine = create_engine(url)
    with engine.connect() as connection:
        found = {
            name: {
                tuple(row)
                for row in connection.execute(text(query))
                if row[0] != "alembic_version" and not row[0].startswith(QUEUE_PREFIX)
            }
            for name, query in CATALOGUE.items()
        }
    engine.dispose()
    return found


def of_the_queue(url: URL) -> set[tuple]:
    """Tables, indexes, types, functions and triggers of procrastinate, with what the functions say."""
    engine = create_engine(url)
    with engine.connect() as connection:
        found = {tuple(row) for row in connection.execute(text(QUEUE))}
    engine.dispose()
    return found


@pytest.fixture
def migrated():
    """A copy of what ``flask db upgrade`` has made of an empty database."""
    with fresh_database() as url:
        yield url


def test_migrations_and_models_make_the_same_schema(migrated, app):
    with empty_database() as url:
        engine = create_engine(url)
        Base.metadata.create_all(engine)
        engine.dispose()
        from_models = catalogue(url)
    from_migrations = catalogue(migrated)
    for name, expected in from_models.items():
        assert from_migrations[name] ^ expected == set(), name


def test_autogenerate_finds_nothing(migrated):
    check = flask("db", "check", url=migrated)
    assert check.returncode == 0, check.stderr


def test_down_to_nothing_and_up_again(migrated):
    before, queued = catalogue(migrated), of_the_queue(migrated)
    assert len(queued) > 30
    assert flask("db", "downgrade", "base", url=migrated).returncode == 0
    assert catalogue(migrated) == {"columns": set(), "constraints": set(), "indexes": set()}
    assert of_the_queue(migrated) == set()
    assert flask("db", "upgrade", url=migrated).returncode == 0
    assert catalogue(migrated) == before
    assert of_the_queue(migrated) == queued


def test_the_queue_is_the_one_of_the_library_in_use(migrated):
    # A newer procrastinate may bring changes to its schema: they need a revision of their own.
    shipped = resources.files("procrastinate").joinpath("sql/schema.sql").read_text()
    with empty_database() as url:
        engine = create_engine(url)
        with engine.begin() as connection:
            connection.exec_driver_sql(shipped.replace("%", "%%"))
        engine.dispose()
        assert of_the_queue(migrated) == of_the_queue(url)


def test_every_foreign_key_says_what_becomes_of_the_row_and_has_a_name(app):
    for table in Base.metadata.tables.values():
        for key in table.foreign_key_constraints:
            assert key.name, f"{table.name}: a foreign key without a name"
            # Without ON DELETE, PostgreSQL refuses; only the patrol of a membership wants just that.
            assert key.ondelete or key.name == "fk_memberships_patrol_id_unit_id_patrols", key.name


UNIT = "INSERT INTO units (id, kind, name, time_zone, policy_preset) VALUES ('{0}', 'troop', 'T', 'UTC', 'neutral');"
A = "00000000-0000-7000-8000-00000000000a"
OUTING = (
    "INSERT INTO outings (id, unit_id, title, starts_at, ends_at, state, waiting_rule, total_seats) "
    f"VALUES ('{A}', '{A}', '%(title)s', '%(start)s', '%(end)s', '%(state)s', 'in_order', %(seats)s);"
)
GOOD = {"title": "Camp", "start": "2026-12-05", "end": "2026-12-06", "state": "draft", "seats": "5"}


@pytest.mark.parametrize(
    ("wrong", "constraint"),
    [
        ({"seats": "-1"}, "ck_outings_total_seats_not_negative"),
        ({"end": "2026-12-04"}, "ck_outings_ends_after_start"),
        ({"state": "someday"}, "ck_outings_state_known"),
        ({"title": ""}, "ck_outings_title_length"),
    ],
)
def test_the_database_refuses_what_no_rule_may_write(migrated, wrong, constraint):
    dsn = migrated.set(drivername="postgresql").render_as_string(hide_password=False)
    connection = psycopg2.connect(dsn)
    with connection.cursor() as cursor:
        cursor.execute(UNIT.format(A))
        with pytest.raises(psycopg2.errors.CheckViolation) as refusal:
            cursor.execute(OUTING % (GOOD | wrong))
    connection.close()
    assert refusal.value.diag.constraint_name == constraint


def test_nobody_is_on_an_outing_twice(db_session, app):
    from sqlalchemy.exc import IntegrityError

    from app.extensions import db
    from app.signups.models import Participant, Signup
    from tests.factories import make_family, make_outing, make_person, make_unit

    unit = make_unit()
    outing, family, child = make_outing(unit), make_family(unit), make_person(unit=unit)
    signup = Signup(outing_id=outing.id, user_id=family.id)
    db.session.add(signup)
    db.session.flush()
    values = {"signup_id": signup.id, "outing_id": outing.id, "person_id": child.id, "kind": "youth"}
    db.session.add_all([Participant(**values, state="waiting", queue_no=number) for number in (1, 2)])
    with pytest.raises(IntegrityError, match="uq_participants_live"):
        db.session.flush()
