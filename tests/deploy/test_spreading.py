"""Could the database be spread over several machines, by the unit that hosts an outing? The chapter of docs/deployment.md."""

import re
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from app.extensions import Base, db
from tests.factories import make_family, make_outing, make_unit
from tests.outings.helpers import children_of
from tests.signups.helpers import sign_up

# Steps along foreign keys to the unit; these tables grow with the units' life. People belong to no unit.
STEPS = {
    "patrols": 1, "roles": 1, "memberships": 1, "outings": 1, "outing_units": 1, "participants": 1,
    "signups": 2, "submissions": 2, "consents": 3,
}  # fmt: skip
NO_KEY = {"audit_entries"}  # it outlives what it tells of, and carries the unit itself
SPREAD = Path(__file__).with_name("spread.sql").read_text()
QUEUE = "procrastinate"  # the queue of mails is a library's, and no seat depends on it


def steps_to_unit(table: str) -> int:
    seen, edge, steps = {table}, {table}, 0
    while "units" not in edge:
        keys = [key for name in edge for key in Base.metadata.tables[name].foreign_key_constraints]
        edge = {key.referred_table.name for key in keys} - seen
        assert edge, f"{table} reaches no unit"
        seen |= edge
        steps += 1
    return steps


def test_every_table_that_grows_with_units_reaches_its_unit(app):
    assert {table: steps_to_unit(table) for table in STEPS} == STEPS
    assert all("unit_id" in Base.metadata.tables[table].c for table in NO_KEY)


def test_no_trigger_and_no_advisory_lock_carries_an_invariant(app):
    with app.app_context():
        triggers = db.session.scalars(
            text("SELECT DISTINCT tgrelid::regclass::text FROM pg_trigger WHERE NOT tgisinternal")
        ).all()
        functions = db.session.scalars(
            text(
                "SELECT proname FROM pg_proc WHERE pronamespace = 'public'::regnamespace"
                " AND prosrc ILIKE '%advisory%' AND proname NOT LIKE :queue"
            ),
            {"queue": f"{QUEUE}%"},
        ).all()
    assert [table for table in triggers if not table.startswith(QUEUE)] == []
    assert functions == []


@pytest.fixture
def spread(db_session):
    unit = make_unit()
    outings = [make_outing(make_unit() if number else unit, total_seats=3) for number in range(4)]
    family = make_family(unit, parent=False)
    sign_up(family, outings[0], children_of(family))
    db_session.execute(text(SPREAD))
    return db_session, outings[0]


def test_rows_find_their_place_by_one_step_each(spread):
    session, _ = spread
    for table in ("outings", "signups", "participants"):
        here, there = (session.scalar(text(f"SELECT count(*) FROM {name}")) for name in (table, f"spread_{table}"))
        assert here == there > 0


@pytest.mark.parametrize(
    "statement",
    [
        "SELECT * FROM spread_outings WHERE unit_id = :unit AND id = :outing FOR UPDATE",
        "SELECT kind, count(*) FROM spread_participants WHERE host_id = :unit AND outing_id = :outing"
        " AND state = 'confirmed' GROUP BY kind",
        "SELECT p.* FROM spread_participants p JOIN spread_signups s ON s.host_id = p.host_id AND s.id = p.signup_id"
        " WHERE p.host_id = :unit AND s.host_id = :unit AND p.outing_id = :outing AND p.state = 'waiting'",
    ],
)
def test_what_a_sign_up_asks_touches_one_part_only(spread, statement):
    session, outing = spread
    plan = "\n".join(session.scalars(text(f"EXPLAIN {statement}"), {"unit": outing.unit_id, "outing": outing.id}).all())
    assert len(set(re.findall(r"part_[a-z]+_(\d)", plan))) == 1, plan


def test_nobody_is_on_an_outing_twice_there_either(spread):
    session, _ = spread
    double = (
        "INSERT INTO spread_participants SELECT (jsonb_populate_record(p, jsonb_build_object('id', gen_random_uuid()))).*"
        " FROM spread_participants p LIMIT 1"
    )
    with pytest.raises(IntegrityError, match="duplicate key"), session.begin_nested():
        session.execute(text(double))
