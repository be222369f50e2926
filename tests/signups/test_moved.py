"""An outing is put off: whoever has come of age by then is counted as an adult, and the other way round."""

import uuid
from datetime import timedelta

import pytest
from sqlalchemy import select

from app.errors import RuleBroken
from app.extensions import db
from app.identity.models import User
from app.outings.models import Outing, OutingUnit
from app.outings.plan import Plan
from app.outings.rules import edit_outing
from app.signups.models import Participant
from app.signups.queries import relatives_of
from app.signups.rules.family import Wish, send_party
from tests.factories import keep, make_leader, make_outing, make_person, make_unit, make_user
from tests.roster.helpers import put_on
from tests.sites import behind


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


@pytest.fixture
def at_once(committed_db):
    """``at_once(days)``: a family of a guest unit sends its form, and stands before the outing's lock while that is put off by so many
    days, and is for the guest unit no longer. The refusal, if there is one.
    """

    def hold(leader, outing, days):
        moved(db.session.get_one(User, leader), db.session.get_one(Outing, outing), days)

    def read(parent, outing):
        user = db.session.get_one(User, parent)
        relatives = relatives_of(parent, db.session.get_one(Outing, outing))
        db.session.rollback()
        return user, relatives

    def at_once(leader, outing, days, parent, child):
        wish = Wish(frozenset({child}), together=True, submission=uuid.uuid4(), consent=True)
        return behind(
            committed_db.app,
            lambda: hold(leader, outing, days),
            lambda user, relatives: send_party(user, outing, wish, relatives),
            read=lambda: read(parent, outing),
        )

    return at_once


@pytest.mark.parametrize(("is_guest", "kind"), [(False, "adult"), (True, None)])
def test_a_form_that_waits_is_judged_by_the_outing_as_it_is_then(committed_db, at_once, is_guest, kind):
    with committed_db.app.app_context():
        unit, other, parent = make_unit(), make_unit(), make_user()
        outing = make_outing(unit)
        keep(OutingUnit(outing_id=outing.id, unit_id=other.id))
        ava = eighteen_in(outing, 10, unit=other if is_guest else unit, guardian=parent)
        db.session.commit()
        ids = [row.id for row in (make_leader(unit), outing, parent, ava)]
        db.session.commit()
    leader, outing, parent, child = ids
    refusal = at_once(leader, outing, 20, parent, child)
    with committed_db.app.app_context():
        found = db.session.scalar(select(Participant.kind).where(Participant.person_id == child))
    assert (found, "is for members of" in str(refusal)) == (kind, is_guest)
