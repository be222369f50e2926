"""An outing is put off: whoever has come of age by then is counted as an adult, and the other way round."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from app.errors import RuleBroken
from app.extensions import db
from app.outings.plan import Plan
from app.outings.rules import edit_outing
from app.signups.models import Participant
from tests.factories import make_leader, make_outing, make_person
from tests.roster.helpers import put_on


def moved(leader, outing, days, **values):
    by = timedelta(days=days)
    plan = Plan(**{name: getattr(outing, name) for name in Plan.__dataclass_fields__ if name != "open_to"} | values)
    plan = Plan(**plan.__dict__ | {"starts_at": outing.starts_at + by, "ends_at": outing.ends_at + by})
    return edit_outing(leader, outing.id, outing.version, plan, timedelta(days=7))


@pytest.fixture
def leader(unit):
    return make_leader(unit)


def eighteen_in(outing, days, **values):
    day = (outing.starts_at + timedelta(days=days)).date()
    return make_person("Ava", birth_date=day.replace(year=day.year - 18), **values)


def kind_of(person):
    return db.session.scalar(select(Participant.kind).where(Participant.person_id == person.id))


def test_who_has_come_of_age_takes_an_adults_seat(unit, leader):
    outing = make_outing(unit, youth_seats=1)
    ava = eighteen_in(outing, 10, unit=unit)
    put_on(outing, ava)
    ben = put_on(outing, make_person("Ben", unit=unit), "waiting")
    done = moved(leader, outing, 20)
    assert (kind_of(ava), ben.state, done.moved_up) == ("adult", "confirmed", ["Ben Lindqvist"])
    with pytest.raises(RuleBroken, match="1 more person is confirmed"), db.session.begin_nested():
        moved(leader, outing, -20)
    db.session.expire_all()
    assert kind_of(ava) == "adult", "nothing was saved"


def test_no_youth_drives_to_an_outing_that_takes_place_earlier(unit, leader):
    outing = make_outing(unit)
    ava = eighteen_in(outing, -3, unit=unit)
    put_on(outing, ava, kind="adult", passengers_there=3, passengers_back=3)
    moved(leader, outing, -7)
    assert kind_of(ava) == "youth"
