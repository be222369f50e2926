"""The migrations are the schema: up, down, and the same in every detail as what the models say."""

from importlib import resources

import pytest
from sqlalchemy import URL, CheckConstraint, create_engine, text
from sqlalchemy.exc import IntegrityError

from app.clock import now
from app.extensions import Base
from app.identity.models import AttemptCounter
from app.mail.models import QUEUE_PREFIX
from tests.database import empty_database, flask, fresh_database
from tests.factories import make_family, make_outing, make_patrol, make_role, make_unit
from tests.signups.helpers import children_of, sign_up

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


# By the CHECK that refuses it: what is written over one family's child on one outing, and no rule would write.
REFUSED = {
    "ck_attempt_counters_attempts_not_negative": "UPDATE attempt_counters SET attempts = -1",
    "ck_memberships_until_after_since": "UPDATE memberships SET since = '2026-02-02', until = '2026-02-01'",
    "ck_outings_adult_seats_not_negative": "UPDATE outings SET adult_seats = -1",
    "ck_outings_cancel_by_before_end": "UPDATE outings SET cancel_by = ends_at + interval '1 second'",
    "ck_outings_closes_after_opens": "UPDATE outings SET opens_at = starts_at, closes_at = starts_at",
    "ck_outings_closes_before_end": "UPDATE outings SET closes_at = ends_at + interval '1 second'",
    "ck_outings_cost_not_negative": "UPDATE outings SET adult_cost = -0.01",
    "ck_outings_ends_after_start": "UPDATE outings SET ends_at = starts_at",
    "ck_outings_state_known": "UPDATE outings SET state = 'someday'",
    "ck_outings_title_length": "UPDATE outings SET title = ''",
    "ck_outings_total_seats_not_negative": "UPDATE outings SET total_seats = -1",
    "ck_outings_waiting_rule_known": "UPDATE outings SET waiting_rule = 'by_age'",
    "ck_outings_youth_seats_not_negative": "UPDATE outings SET youth_seats = -1",
    "ck_participants_cancelled_has_time": "UPDATE participants SET cancelled_at = now()",
    "ck_participants_confirmed_has_time": "UPDATE participants SET confirmed_at = NULL",
    "ck_participants_guest_patrol_tidy": "UPDATE participants SET guest_patrol = ' Fox'",
    "ck_participants_guest_troop_tidy": "UPDATE participants SET guest_troop = ''",
    "ck_participants_kind_known": "UPDATE participants SET kind = 'dog'",
    "ck_participants_only_adults_drive": "UPDATE participants SET passengers_back = 4",
    "ck_participants_passengers_back_plausible": "UPDATE participants SET kind = 'adult', passengers_back = 61",
    "ck_participants_passengers_there_plausible": "UPDATE participants SET kind = 'adult', passengers_there = -1",
    "ck_participants_state_known": "UPDATE participants SET state = 'perhaps'",
    "ck_participants_waiting_has_place_in_line": "UPDATE participants SET state = 'waiting'",
    "ck_patrols_name_length": "UPDATE patrols SET name = ''",
    "ck_people_birth_date_plausible": "UPDATE people SET birth_date = '1900-01-01'",
    "ck_people_first_name_length": "UPDATE people SET first_name = ''",
    "ck_people_gender_known": "UPDATE people SET gender = 'unknown'",
    "ck_people_grade_has_a_date": "UPDATE people SET grade = 5, grade_said_on = NULL",
    "ck_people_grade_known": "UPDATE people SET grade = 13, grade_said_on = '2026-09-01'",
    "ck_people_kind_known": "UPDATE people SET kind = 'dog'",
    "ck_people_last_name_length": "UPDATE people SET last_name = repeat('x', 81)",
    "ck_people_only_adults_have_accounts": "UPDATE people SET kind = 'youth' WHERE user_id IS NOT NULL",
    "ck_people_photo_consent_has_a_date": "UPDATE people SET photo_consent = 'none', photo_consent_at = NULL",
    "ck_people_photo_consent_known": "UPDATE people SET photo_consent = 'perhaps', photo_consent_at = now()",
    "ck_people_swim_class_known": "UPDATE people SET swim_class = 'fish'",
    "ck_roles_name_known": "UPDATE roles SET name = 'king'",
    "ck_units_kind_known": "UPDATE units SET kind = 'band'",
    "ck_units_name_length": "UPDATE units SET name = ''",
    "ck_units_policy_preset_known": "UPDATE units SET policy_preset = 'none'",
    "ck_users_email_has_at": "UPDATE users SET email = '@example.org'",
    "ck_users_name_length": "UPDATE users SET name = ''",
    "ck_users_username_has_no_at": "UPDATE users SET username = 'a@b'",
}


def test_the_database_refuses_what_no_rule_may_write(db_session):
    unit = make_unit()
    family, outing = make_family(unit, 1), make_outing(unit)
    make_patrol(unit), make_role(family, unit)
    db_session.add(AttemptCounter(key="somebody", window_start=now(), attempts=1))
    sign_up(family, outing, children_of(family))
    refused = {}
    for constraint, statement in REFUSED.items():
        with pytest.raises(IntegrityError) as refusal, db_session.begin_nested():
            db_session.execute(text(statement))
        refused[constraint] = refusal.value.orig.diag.constraint_name
    assert refused == {constraint: constraint for constraint in REFUSED}


def test_every_check_of_these_tables_is_tried():
    tables = {
        table for table in Base.metadata.tables.values() if any(f"UPDATE {table} " in s for s in REFUSED.values())
    }
    checks = {c.name for table in tables for c in table.constraints if isinstance(c, CheckConstraint)}
    assert len(tables) == 9
    assert checks == REFUSED.keys()


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
