"""Changing an outing: conflicts, people on it, and what moves up."""

import pytest

from app.extensions import db
from app.outings import rules
from app.outings.models import Outing, OutingUnit
from app.outings.queries import guest_unit_names
from tests.factories import keep, make_family, make_leader, make_outing, make_person, make_role, make_unit
from tests.outings.editing.helpers import as_it_is, save, set_state, trail
from tests.outings.helpers import children_of, moment, shown, strangers, take_part
from tests.roster.helpers import put_on


def test_the_form_shows_the_outing_as_it_is(client, leader, outing, count_statements):
    keep(OutingUnit(outing_id=outing.id, unit_id=make_unit("Pack 12").id))
    with count_statements() as statements:
        page = client.get(f"/outings/{outing.id}/edit").text
    assert len(statements) <= 8
    for value in (
        "Winter camp",
        "Elk Ridge",
        "2026-12-05",
        "09:00",
        "2026-12-06",
        "11:30",
        'value="4"',
        "Pack 12</textarea>",
    ):
        assert value in page
    assert "Why more people come" not in page


def test_a_change_is_saved_counted_and_told(client, leader, outing):
    page = save(client, outing, place="Camp Tamarack", total_seats="6", youth_cost="25")
    assert page.headers["Location"] == f"/outings/{outing.id}"
    assert (outing.place, outing.total_seats, outing.youth_cost, outing.version) == ("Camp Tamarack", 6, 25, 2)
    (entry,) = trail(outing)
    assert (entry.actor_id, entry.action) == (leader.id, "changed the outing")
    assert entry.changes == {
        "place": ["Elk Ridge", "Camp Tamarack"],
        "total_seats": [4, 6],
        "youth_cost": ["0.00", "25"],
    }
    assert "Saved." in client.get(f"/outings/{outing.id}").text


@pytest.mark.parametrize(
    ("values", "people", "said"),
    [
        ({"place": "Camp Tamarack"}, 1, "Saved. Guardians are asked for their permission again.</p>"),
        ({"place": "Camp Tamarack"}, 0, "Saved.</p>"),
        ({"total_seats": "6"}, 1, "Saved.</p>"),
        ({"place": "Camp Tamarack", "state": "cancelled"}, 1, "Saved.</p>"),
    ],
    ids=["agreed to", "by nobody", "not agreed to", "not taking place"],
)
def test_who_changes_what_was_agreed_to_reads_what_follows(client, leader, outing, values, people, said):
    strangers(outing, people)
    save(client, outing, **values)
    assert said in shown(client.get(f"/outings/{outing.id}"))


def test_saving_without_a_change_changes_nothing(client, leader, outing):
    save(client, outing)
    assert outing.version == 1
    assert trail(outing) == []
    assert "Nothing was changed." in client.get(f"/outings/{outing.id}").text


def test_of_two_leaders_the_second_sees_both_values_and_can_save_on_top(client, leader, outing, unit, app, sign_in):
    other = app.test_client()
    sign_in(other, make_leader(unit))
    opened = as_it_is(outing)
    assert save(client, outing, place="Camp Tamarack").status_code == 303
    mine = opened | {"place": "Fort Lowell", "total_seats": "9"}
    page = other.post(f"/outings/{outing.id}/edit", data=mine)
    assert page.status_code == 409
    assert outing.place == "Camp Tamarack"
    words = shown(page)
    assert "Somebody else saved this outing while you were editing it." in words
    assert "<title>Error: " in words
    assert '<td data-label="Stands there now">Camp Tamarack</td><td data-label="You typed">Fort Lowell</td>' in words
    assert '<td data-label="Stands there now">4</td><td data-label="You typed">9</td>' in words
    assert '<th scope="row">Name</th>' not in words  # the same on both sides
    assert 'value="Fort Lowell"' in words
    assert 'name="version" type="hidden" value="2"' in words
    assert other.post(f"/outings/{outing.id}/edit", data=mine | {"version": "2"}).status_code == 303
    assert (outing.place, outing.total_seats, outing.version) == ("Fort Lowell", 9, 3)


@pytest.mark.parametrize("version", ["", "x", "0", "-1", "99999999999999999999", "٣"])
def test_a_form_that_does_not_say_what_it_was_based_on_overwrites_nothing(client, leader, outing, version):
    assert save(client, outing, place="Camp Tamarack", version=version).status_code == 409
    assert outing.place == "Elk Ridge"


def test_the_same_edit_sent_twice_is_one(client, leader, outing):
    opened = as_it_is(outing, place="Camp Tamarack")
    answers = [client.post(f"/outings/{outing.id}/edit", data=opened) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [303, 303]
    assert outing.version == 2
    assert len(trail(outing)) == 1


def test_more_seats_go_to_those_who_wait_and_the_toast_names_them(client, leader, outing, unit):
    strangers(outing, 4)
    family = make_family(unit)
    take_part(outing, family, *children_of(family), place=1)
    save(client, outing, total_seats="6")
    page = shown(client.get(f"/outings/{outing.id}"))
    assert "Saved. Ava Lindqvist and Noah Lindqvist moved up from the waiting list." in page
    assert "6 of 6 places taken" in page


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ({"waiting_rule": "in_order", "youth_seats": 3}, {"waiting_rule": "whoever_fits", "youth_seats": "3"}),
        ({"counts_cars": True}, {"counts_cars": ""}),
        ({"starts_at": moment("2026-11-28 12:00")}, {}),
        ({"state": "cancelled"}, {"state": "published"}),
    ],
    ids=["rule", "cars", "start", "state"],
)
def test_whoever_waited_for_what_is_changed_moves_up(client, leader, outing, unit, before, after):
    strangers(outing, 2)
    family, single = make_family(unit), make_person("Theo", "Tanaka")
    take_part(outing, family, *children_of(family), place=1)
    take_part(outing, None, single, place=2)
    for name, value in before.items():
        setattr(outing, name, value)
    assert save(client, outing, **after).status_code == 303
    assert "moved up from the waiting list" in client.get(f"/outings/{outing.id}").text


def test_fewer_seats_than_people_ask_for_a_reason_and_keep_what_was_typed(client, leader, outing):
    strangers(outing, 4)
    page = save(client, outing, total_seats="2", place="Typed")
    assert page.status_code == 422
    assert '<a href="#overbook_reason">2 more people are confirmed' in page.text
    assert 'name="overbook_reason"' in page.text
    assert 'value="Typed"' in page.text
    assert outing.total_seats == 4
    assert save(client, outing, total_seats="2", overbook_reason="The van broke").status_code == 303
    assert (outing.total_seats, outing.overbook_reason) == (2, "The van broke")
    assert 'name="overbook_reason"' in client.get(f"/outings/{outing.id}/edit").text


def test_an_outing_with_people_stays_with_its_unit(client, leader, outing, unit):
    other = make_unit("Troop 5")
    make_role(leader, other)
    strangers(outing, 1)
    page = save(client, outing, unit_id=str(other.id))
    assert page.status_code == 422
    assert "can no longer move to another" in page.text


def test_so_does_one_from_whose_list_somebody_was_taken(client, leader, outing, unit):
    """The other unit's leaders would read on it who no longer comes."""
    other = make_unit("Troop 5")
    make_role(leader, other)
    put_on(outing, make_person("Una", unit=unit), "cancelled")
    assert save(client, outing, unit_id=str(other.id)).status_code == 422
    assert outing.unit_id == unit.id
    assert outing.unit_id == unit.id


def test_an_empty_one_moves_and_its_times_are_read_in_the_new_zone(client, leader, outing):
    other = make_unit("Troop 5", time_zone="America/New_York")
    make_role(leader, other)
    assert save(client, outing, unit_id=str(other.id)).status_code == 303
    assert (outing.unit_id, outing.starts_at) == (other.id, moment("2026-12-05 14:00"))


def test_it_does_not_move_to_a_unit_that_one_does_not_lead(client, leader, outing, unit):
    assert save(client, outing, unit_id=str(make_unit().id)).status_code == 422
    assert outing.unit_id == unit.id


def test_guest_units_come_and_go(client, leader, outing):
    make_unit("Pack 12"), make_unit("Troop 5")
    save(client, outing, open_to="pack 12\ntroop 5")
    assert guest_unit_names(outing.id) == ["Pack 12", "Troop 5"]
    save(client, outing, open_to="Troop 5")
    assert guest_unit_names(outing.id) == ["Troop 5"]
    assert trail(outing)[-1].changes == {"open_to": [["Pack 12", "Troop 5"], ["Troop 5"]]}


def test_what_has_people_does_not_become_a_draft(client, leader, outing):
    strangers(outing, 1)
    page = save(client, outing, state="draft")
    assert page.status_code == 422
    assert "Cancel it instead." in page.text


def test_an_ambiguous_time_survives_an_edit_of_something_else(client, leader, unit):
    second = moment("2027-11-07 07:30")  # 1:30 for the second time that night
    outing = make_outing(unit, starts_at=second, ends_at=moment("2027-11-07 20:00"), total_seats=4)
    save(
        client,
        outing,
        starts_at="2027-11-07",
        starts_at_time="01:30",
        ends_at="2027-11-07",
        ends_at_time="14:00",
        place="X",
    )
    assert (outing.place, outing.starts_at) == ("X", second)


def test_parents_change_nothing(client, unit, outing, sign_in):
    sign_in(client, make_family(unit))
    assert client.get(f"/outings/{outing.id}/edit").status_code == 403
    assert save(client, outing, place="Mine").status_code == 403
    assert set_state(client, outing, "cancelled").status_code == 403
    assert (outing.place, outing.state) == ("Elk Ridge", "published")


def test_a_role_that_is_taken_while_the_form_is_open_saves_nothing(leader, outing, unit, db_session):
    """The rule asks again under the lock; the page's own check may be minutes old."""
    db.session.execute(db.text("DELETE FROM roles"))
    leader.__dict__.pop("_unit_roles", None)
    with pytest.raises(rules.NotAllowed):
        rules.change_state(leader, outing.id, 1, "cancelled")
    assert db.session.get(Outing, outing.id).state == "published"
