"""Whom a family may sign up, with whose permission, and until when: by its own form."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from app import clock
from app.errors import NotFound, RuleBroken
from app.extensions import db
from app.families.models import Guardian
from app.outings.models import OutingState, OutingUnit
from app.signups.models import Consent
from app.signups.rules.leader import edit_row
from tests.factories import make_adult, make_family, make_leader, make_outing, make_person, make_unit, make_user
from tests.signups.helpers import children_of, row_of, sign_up, states

pytestmark = pytest.mark.usefixtures("db_session")


def test_only_the_own_family_can_be_signed_up(unit):
    outing, family, stranger = make_outing(unit), make_family(unit), make_family(unit, last_name="Russo")
    with pytest.raises(NotFound):
        sign_up(family, outing, children_of(stranger))


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"opens_at": timedelta(days=1)}, "opens"),
        ({"closes_at": timedelta(days=-1)}, "closed"),
        ({"starts_at": timedelta(hours=-1)}, "started"),
        ({"state": OutingState.CANCELLED}, "cancelled"),
        ({"state": OutingState.DRAFT}, "not published"),
    ],
)
def test_closed_outings_take_nobody(unit, values, words):
    moments = {name: clock.now() + value if isinstance(value, timedelta) else value for name, value in values.items()}
    family, outing = make_family(unit), make_outing(unit, **moments)
    with pytest.raises(RuleBroken, match=words):
        sign_up(family, outing, children_of(family))


def test_after_the_cancel_by_date_only_who_waits_can_leave(unit):
    outing = make_outing(unit, total_seats=1)
    inside, waiting = (make_family(unit, 1, last_name=name) for name in ("Okafor", "Russo"))
    sign_up(inside, outing, children_of(inside))
    sign_up(waiting, outing, children_of(waiting))
    outing.cancel_by = clock.now() - timedelta(minutes=1)
    db.session.flush()
    sign_up(waiting, outing, [])
    with pytest.raises(RuleBroken, match="cancel by"):
        sign_up(inside, outing, [])


@pytest.mark.parametrize(
    ("before_the_start", "state"), [(timedelta(seconds=1), "confirmed"), (timedelta(0), "waiting")]
)
def test_nobody_moves_up_once_the_outing_has_started(unit, before_the_start, state):
    outing = make_outing(unit, total_seats=1)
    inside, waiting = (make_family(unit, 1, last_name=name) for name in ("Okafor", "Russo"))
    sign_up(inside, outing, children_of(inside))
    sign_up(waiting, outing, children_of(waiting))
    row = row_of(outing, children_of(inside)[0])
    with clock.frozen(outing.starts_at - before_the_start):
        edit_row(make_leader(unit), outing.id, row.id, row.version, {}, "cancelled")
    assert states(outing) == {"Ava Okafor": "cancelled", "Ava Russo": state}


def test_nobody_moves_up_on_an_outing_that_does_not_take_place(unit):
    outing = make_outing(unit, total_seats=1)
    inside, waiting = (make_family(unit, 1, last_name=name) for name in ("Okafor", "Russo"))
    sign_up(inside, outing, children_of(inside))
    sign_up(waiting, outing, children_of(waiting))
    outing.state = OutingState.CANCELLED
    row = row_of(outing, children_of(inside)[0])
    edit_row(make_leader(unit), outing.id, row.id, row.version, {}, "cancelled")
    assert states(outing) == {"Ava Okafor": "cancelled", "Ava Russo": "waiting"}


def test_a_family_gives_nothing_back_once_the_outing_has_started(unit):
    outing = make_outing(unit, total_seats=1)
    inside = make_family(unit, 1)
    sign_up(inside, outing, children_of(inside))
    with clock.frozen(outing.starts_at), pytest.raises(RuleBroken, match="started"):
        sign_up(inside, outing, [])
    assert states(outing) == {"Ava Lindqvist": "confirmed"}


def test_permission_is_asked_for_young_people_and_kept_with_its_terms(unit):
    family, outing = make_family(unit), make_outing(unit, place="Elk Ridge")
    with pytest.raises(RuleBroken, match="permission") as refusal:
        sign_up(family, outing, children_of(family), consent=False)
    assert refusal.value.field == "consent"
    sign_up(family, outing, children_of(family))
    consent = db.session.scalars(select(Consent)).one()
    assert consent.user_id == family.id
    assert consent.terms["place"] == "Elk Ridge"


def test_an_adult_alone_needs_no_permission(unit):
    user, outing = make_user(), make_outing(unit)
    adult = make_adult(unit=unit, user_id=user.id)
    sign_up(user, outing, [adult], consent=False)
    assert row_of(outing, adult).kind == "adult"


def test_a_guardian_without_the_right_can_neither_sign_up_nor_cancel(unit):
    outing, mother, father = make_outing(unit), make_user(), make_user()
    child = make_person(unit=unit, guardian=mother)
    db.session.add(Guardian(user_id=father.id, person_id=child.id, may_sign_up=False))
    with pytest.raises(RuleBroken, match="Another guardian"):
        sign_up(father, outing, [child])
    sign_up(mother, outing, [child])
    sign_up(father, outing, [])
    assert states(outing) == {"Ava Lindqvist": "confirmed"}


def test_a_sibling_who_is_no_member_cannot_come(unit):
    family, outing = make_family(unit, 1), make_outing(unit)
    sibling = make_person("Ella", guardian=family)
    with pytest.raises(RuleBroken, match="members of"):
        sign_up(family, outing, [sibling])


def test_a_member_of_a_unit_that_the_outing_is_open_to_can_come(unit):
    guests = make_unit()
    family, outing = make_family(guests, 1), make_outing(unit)
    with pytest.raises(RuleBroken, match="members of"):
        sign_up(family, outing, children_of(family))
    db.session.add(OutingUnit(outing_id=outing.id, unit_id=guests.id))
    db.session.flush()
    sign_up(family, outing, children_of(family))
    assert row_of(outing, children_of(family)[0]).unit_id == guests.id


def test_adults_overnight_are_registered_but_may_come_for_the_day(unit):
    user = make_user()
    make_person(unit=unit, guardian=user)
    parent = make_adult(user_id=user.id)
    day, camp = make_outing(unit), make_outing(unit)
    camp.ends_at = camp.starts_at + timedelta(days=1)
    db.session.flush()
    sign_up(user, day, [parent])
    with pytest.raises(RuleBroken, match="registered"):
        sign_up(user, camp, [parent])


def test_in_a_pack_a_parent_stays_overnight_with_the_own_child():
    pack, user = make_unit(kind="pack"), make_user()
    child, parent = make_person(unit=pack, guardian=user), make_adult(user_id=user.id)
    camp = make_outing(pack)
    camp.ends_at = camp.starts_at + timedelta(days=1)
    db.session.flush()
    sign_up(user, camp, [child, parent])
    assert set(states(camp).values()) == {"confirmed"}


def test_youth_or_adult_is_decided_on_the_day_of_the_outing(unit):
    user, outing = make_user(), make_outing(unit)
    day = outing.starts_at.date()
    person = make_person(unit=unit, guardian=user, birth_date=day.replace(year=day.year - 18))
    sign_up(user, outing, [person])
    assert row_of(outing, person).kind == "adult"
