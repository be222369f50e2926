"""A family signs up, changes and cancels."""

import uuid

import pytest
from sqlalchemy import func, select

from app.audit.models import AuditEntry
from app.errors import Conflict
from app.extensions import db
from app.families.models import Guardian
from app.signups.models import Participant, Submission
from tests.factories import make_adult, make_family, make_outing, make_person, make_user
from tests.signups.helpers import children_of, family_of, row_of, sign_up, states


def test_whoever_is_ticked_is_in_while_there_are_seats(unit):
    family, outing = make_family(unit), make_outing(unit, total_seats=3)
    ava, noah = children_of(family)
    sign_up(family, outing, [ava, noah])
    assert states(outing) == {"Ava Lindqvist": "confirmed", "Noah Lindqvist": "confirmed"}


def test_together_waits_as_a_whole_and_apart_takes_what_fits(unit):
    outing = make_outing(unit, total_seats=1)
    whole, split = make_family(unit, last_name="Okafor"), make_family(unit, last_name="Russo")
    sign_up(whole, outing, children_of(whole), together=True)
    sign_up(split, outing, children_of(split), together=False)
    assert sorted(states(outing).items()) == [
        ("Ava Okafor", "waiting"),
        ("Ava Russo", "confirmed"),
        ("Noah Okafor", "waiting"),
        ("Noah Russo", "waiting"),
    ]


def test_who_comes_too_late_goes_to_the_end_of_a_line_that_nobody_looks_through(unit, count_statements):
    outing = make_outing(unit, total_seats=1)
    families = [make_family(unit, 1, last_name=name) for name in ("Okafor", "Russo", "Patel", "Novak")]
    for family in families[:3]:
        sign_up(family, outing, children_of(family))
    late = children_of(families[3])
    with count_statements() as statements:
        sign_up(families[3], outing, late)
    assert [statement.partition(" ")[0] for statement in statements] == ["SELECT", "SELECT", "WITH"]
    assert "FOR UPDATE" in statements[1]
    assert "queue_no," not in statements[1], "no row of the line"
    assert row_of(outing, late[0]).queue_no == 3
    outing.total_seats = 2
    sign_up(families[0], outing, [])
    assert list(states(outing).values()) == ["cancelled", "confirmed", "confirmed", "waiting"]


def test_a_freed_seat_goes_to_the_first_in_line_in_the_same_transaction(unit):
    outing = make_outing(unit, total_seats=1)
    first, second, third = (make_family(unit, 1, last_name=name) for name in ("Okafor", "Russo", "Patel"))
    for family in (first, second, third):
        sign_up(family, outing, children_of(family))
    sign_up(first, outing, [])
    assert states(outing) == {"Ava Okafor": "cancelled", "Ava Russo": "confirmed", "Ava Patel": "waiting"}


def test_who_comes_back_goes_to_the_end(unit):
    outing = make_outing(unit, total_seats=1)
    first, second = (make_family(unit, 1, last_name=name) for name in ("Okafor", "Russo"))
    sign_up(first, outing, children_of(first))
    sign_up(second, outing, children_of(second))
    sign_up(first, outing, [])
    sign_up(first, outing, children_of(first))
    assert states(outing) == {"Ava Okafor": "waiting", "Ava Russo": "confirmed"}


def test_adding_somebody_to_a_party_that_waits_together_moves_it_to_the_end(unit):
    outing = make_outing(unit, total_seats=0)
    growing, other = make_family(unit, 2, last_name="Okafor"), make_family(unit, 1, last_name="Russo")
    ava, noah = children_of(growing)
    sign_up(growing, outing, [ava])
    sign_up(other, outing, children_of(other))
    sign_up(growing, outing, [ava, noah])
    assert (
        row_of(outing, ava).queue_no == row_of(outing, noah).queue_no > row_of(outing, children_of(other)[0]).queue_no
    )


def test_adding_somebody_to_a_party_that_takes_what_fits_keeps_the_others_place(unit):
    outing = make_outing(unit, total_seats=0)
    growing, other = make_family(unit, 2, last_name="Okafor"), make_family(unit, 1, last_name="Russo")
    ava, noah = children_of(growing)
    sign_up(growing, outing, [ava], together=False)
    sign_up(other, outing, children_of(other))
    sign_up(growing, outing, [ava, noah], together=False)
    places = [row_of(outing, person).queue_no for person in (ava, children_of(other)[0], noah)]
    assert places == sorted(places)
    assert len(set(places)) == 3


def test_deciding_to_stay_together_costs_nobody_the_place(unit):
    outing = make_outing(unit, total_seats=0)
    family, other = make_family(unit, 2, last_name="Okafor"), make_family(unit, 1, last_name="Russo")
    sign_up(family, outing, children_of(family), together=False)
    sign_up(other, outing, children_of(other))
    sign_up(family, outing, children_of(family), together=True)
    assert [row_of(outing, person).queue_no for person in (*children_of(family), *children_of(other))] == [1, 1, 2]


def test_no_child_drives(unit):
    outing, family = make_outing(unit), make_family(unit, 1)
    (child,) = children_of(family)
    for _ in range(2):
        sign_up(family, outing, [child], drivers={child.id: (4, 4)})
    assert (row_of(outing, child).passengers_there, row_of(outing, child).passengers_back) == (None, None)


def test_changing_the_mind_about_staying_together_lets_in_who_fits(unit):
    outing = make_outing(unit, total_seats=1)
    family = make_family(unit)
    sign_up(family, outing, children_of(family), together=True)
    result = sign_up(family, outing, children_of(family), together=False)
    assert sorted(states(outing).values()) == ["confirmed", "waiting"]
    assert len(result["moved_up"]) == 1


def test_two_homes_sign_a_child_up_once_and_either_may_cancel(unit):
    outing = make_outing(unit)
    mother, father = make_user(), make_user()
    child = make_person(unit=unit, guardian=mother)
    db.session.add(Guardian(user_id=father.id, person_id=child.id))
    sign_up(mother, outing, [child])
    sign_up(father, outing, [child])
    assert db.session.scalar(select(func.count()).select_from(Participant)) == 1
    sign_up(father, outing, [])
    assert states(outing) == {"Ava Lindqvist": "cancelled"}


def test_a_page_opened_before_the_other_parent_signed_up_cancels_nobody(unit):
    outing = make_outing(unit)
    mother, father = make_user(), make_user()
    ava, noah = (make_person(name, unit=unit, guardian=mother) for name in ("Ava", "Noah"))
    db.session.add_all([Guardian(user_id=father.id, person_id=child.id) for child in (ava, noah)])
    sign_up(mother, outing, [ava])
    sign_up(father, outing, [noah], seen=[])
    assert set(states(outing).values()) == {"confirmed"}


def test_the_same_form_twice_has_one_effect_and_one_answer(unit):
    family, outing, key = make_family(unit), make_outing(unit), uuid.uuid4()
    first = sign_up(family, outing, children_of(family), key=key)
    again = sign_up(family, outing, children_of(family), key=key)
    assert first == again
    assert db.session.scalar(select(func.count()).select_from(Participant)) == 2
    assert db.session.scalar(select(func.count()).select_from(Submission)) == 1


def test_an_old_form_with_other_answers_is_refused_and_not_swallowed(unit):
    family, outing, key = make_family(unit), make_outing(unit), uuid.uuid4()
    sign_up(family, outing, children_of(family), key=key)
    with pytest.raises(Conflict, match="other answers"):
        sign_up(family, outing, [], key=key)


def test_a_key_of_another_account_is_another_form(unit):
    outing, key = make_outing(unit), uuid.uuid4()
    for name in ("Okafor", "Russo"):
        family = make_family(unit, 1, last_name=name)
        sign_up(family, outing, children_of(family), key=key)
    assert list(states(outing).values()) == ["confirmed", "confirmed"]


def test_drivers_bring_places_and_those_who_wait_for_a_car_move_up(unit):
    outing = make_outing(unit, counts_cars=True)
    family, user = make_family(unit, 2, parent=False), make_user()
    driver = make_adult("Raj", "Patel", unit=unit, user_id=user.id)
    sign_up(family, outing, children_of(family))
    assert set(states(outing).values()) == {"waiting"}
    sign_up(user, outing, [driver], drivers={driver.id: (1, 1)})
    assert set(states(outing).values()) == {"waiting", "confirmed"}
    sign_up(user, outing, [driver], drivers={driver.id: (2, 2)})
    assert set(states(outing).values()) == {"confirmed"}


def test_a_driver_who_offers_less_takes_nobodys_seat_away(unit):
    outing = make_outing(unit, counts_cars=True)
    family = make_family(unit, 2)
    people = [*children_of(family)]
    parent = next(person for person in family_of(family) if person.user_id == family.id)
    sign_up(family, outing, [*people, parent], drivers={parent.id: (2, 2)})
    sign_up(family, outing, [*people, parent], drivers={parent.id: (0, 0)})
    assert set(states(outing).values()) == {"confirmed"}


def test_every_change_is_in_the_audit_log(unit):
    family, outing = make_family(unit, 1), make_outing(unit)
    sign_up(family, outing, children_of(family))
    sign_up(family, outing, [])
    entries = db.session.execute(
        select(AuditEntry.action, AuditEntry.actor_id, AuditEntry.changes).order_by(AuditEntry.id)
    ).all()
    assert [entry.action for entry in entries] == ["signed up", "cancelled"]
    assert {entry.actor_id for entry in entries} == {family.id}
    assert entries[1].changes == {"state": ["confirmed", "cancelled"]}
