"""Health notes: one person at a time, while there is a need to know, and never without a trace."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from app.audit.models import HealthRead
from app.clock import now
from app.extensions import db
from app.families.health.models import HealthNote
from tests.factories import keep
from tests.roster.helpers import put_on, text_of, url, youth


@pytest.fixture
def row(troop):
    ben = youth(troop.unit, "Ben")
    keep(HealthNote(person_id=ben.id, diet="No pork", allergies="Peanut"))
    return put_on(troop.outing, ben)


def reads():
    return list(db.session.scalars(select(HealthRead)))


def test_a_look_is_written_down(troop, desk, row):
    said = text_of(desk.get(url(troop.outing, row, "/health")))
    assert "Peanut" in said
    assert "No pork" in said
    (read,) = reads()
    assert (read.reader_id, read.person_id, read.outing_id) == (troop.leader.id, row.person_id, troop.outing.id)
    assert read.purpose == "Roster of Winter camp"


def test_who_has_none_leaves_no_trace(troop, desk):
    row = put_on(troop.outing, youth(troop.unit, "Ava"))
    assert "There are no notes on Ava." in text_of(desk.get(url(troop.outing, row, "/health")))
    assert reads() == []


@pytest.mark.parametrize("closed", ["draft", "cancelled", "long over", "not coming"])
def test_without_need_to_know_they_stay_closed(troop, desk, row, closed):
    if closed == "long over":
        troop.outing.starts_at, troop.outing.ends_at = now() - timedelta(days=9), now() - timedelta(days=8)
    elif closed == "not coming":
        row.state, row.cancelled_at = "cancelled", now()
    else:
        troop.outing.state = closed
    answer = desk.get(url(troop.outing, row, "/health"))
    assert answer.status_code == 403
    assert "Peanut" not in text_of(answer)
    assert reads() == []
