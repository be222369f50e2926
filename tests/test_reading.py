"""Rows that do not go through the session are the same rows, counted as statements, and see what it has still to write."""

import uuid
from datetime import UTC, datetime
from decimal import Decimal

from sqlalchemy import bindparam, select

from app.extensions import db
from app.outings.models import Outing, OutingState
from app.reading import Reading
from tests.factories import make_outing, make_unit

COLUMNS = (Outing.id, Outing.title, Outing.starts_at, Outing.youth_cost, Outing.counts_cars, Outing.total_seats)
LISTED = select(*COLUMNS).where(Outing.unit_id == bindparam("unit"), Outing.state != OutingState.DRAFT)


def test_it_gives_what_the_session_would_give_in_one_statement(db_session, count_statements):
    unit = make_unit()
    start = datetime(2099, 5, 1, 9, tzinfo=UTC)
    values = {
        "title": "50% of it: %s",
        "youth_cost": Decimal("7.50"),
        "starts_at": start,
        "ends_at": start.replace(hour=17),
    }
    make_outing(unit, total_seats=None, **values)
    make_outing(unit, state=OutingState.DRAFT)
    reading = Reading(LISTED)
    with count_statements() as statements:
        rows = reading.rows({"unit": unit.id})
    assert len(statements) == 1
    assert rows == [tuple(row) for row in db.session.execute(LISTED, {"unit": unit.id})]
    assert isinstance(rows[0][0], uuid.UUID)
    assert reading.rows({"unit": uuid.uuid4()}) == []


def test_it_sees_what_the_session_has_changed_and_not_written(db_session):
    unit = make_unit()
    outing = make_outing(unit)
    outing.title = "Another name"
    assert [title for _, title, *_ in Reading(LISTED).rows({"unit": unit.id})] == ["Another name"]
