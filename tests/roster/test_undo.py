"""Undo: an edit is taken back, as long as that hurts nobody."""

from datetime import timedelta

import pytest

from app.clock import frozen, now
from app.signups.rules.leader import add_person
from tests.factories import make_leader
from tests.roster.helpers import HTMX, edit, order, put_on, state_of, text_of, toast_of, url, youth


def undo_of(client, answer):
    undo = toast_of(answer)["undo"]
    return client.post(undo["url"], data=undo["fields"], headers=HTMX)


def test_a_detail_is_as_it_was(troop, desk):
    row = put_on(troop.outing, youth(troop.unit, "Ben"), patrol_id=troop.fox.id, note="before")
    taken_back = undo_of(desk, edit(desk, troop.outing, row, patrol_id=troop.raven.id, note="after"))
    assert taken_back.status_code == 200
    assert taken_back.get_data(as_text=True).startswith(f'<tr id="row-{row.id}">')
    assert toast_of(taken_back)["message"] == "Ben's row is as it was."
    assert toast_of(taken_back)["undo"] is None
    assert (row.patrol_id, row.note, row.version) == (troop.fox.id, "before", 3)


def test_a_seat_comes_back_and_the_counts_follow(troop, desk):
    row = put_on(troop.outing, youth(troop.unit, "Ben"))
    taken_back = undo_of(desk, desk.post(url(troop.outing, row), data={"cancel": 1}, headers=HTMX))
    assert "1 confirmed (1 youth, 0 adults)." in text_of(taken_back)
    assert toast_of(taken_back)["message"] == "Taken back: Ben has a place."
    assert state_of(row) == "confirmed"


def test_whoever_moved_up_goes_back_to_the_old_place(troop, desk):
    ava, ben = (put_on(troop.outing, youth(troop.unit, name)) for name in ("Ava", "Ben"))
    noah = put_on(troop.outing, youth(troop.unit, "Noah"), "waiting", number=3)
    ella = put_on(troop.outing, youth(troop.unit, "Ella"), "waiting", number=4)
    taken_off = desk.post(url(troop.outing, ava), data={"cancel": 1}, headers=HTMX)
    assert state_of(noah) == "confirmed"
    taken_back = undo_of(desk, taken_off)
    assert toast_of(taken_back)["message"] == "Taken back: Ava has a place; Noah waits again."
    assert f'<tr id="row-{noah.id}" hx-swap-oob="true">' in taken_back.get_data(as_text=True)
    assert [state_of(row) for row in (ava, ben, noah, ella)] == ["confirmed", "confirmed", "waiting", "waiting"]
    assert (noah.queue_no, ella.queue_no) == (3, 4)


def test_a_seat_that_has_gone_for_good_is_not_taken_away(troop, desk):
    ava, _ = (put_on(troop.outing, youth(troop.unit, name)) for name in ("Ava", "Ben"))
    noah = put_on(troop.outing, youth(troop.unit, "Noah"), "waiting")
    taken_off = desk.post(url(troop.outing, ava), data={"cancel": 1}, headers=HTMX)
    assert edit(desk, troop.outing, noah, note="touched since").status_code == 200
    refused = undo_of(desk, taken_off)
    assert refused.status_code == 409
    assert refused.headers["HX-Reswap"] == "none"
    assert "gone to somebody else" in toast_of(refused)["message"]
    assert [state_of(row) for row in (ava, noah)] == ["cancelled", "confirmed"]


@pytest.mark.parametrize(("late", "after"), [(timedelta(0), "waiting"), (timedelta(seconds=1), "confirmed")])
def test_whoever_has_had_the_seat_for_five_minutes_keeps_it(troop, desk, late, after):
    """Undo is for a slip of the finger; by then a family has read that it comes."""
    ava, _ = (put_on(troop.outing, youth(troop.unit, name)) for name in ("Ava", "Ben"))
    noah = put_on(troop.outing, youth(troop.unit, "Noah"), "waiting")
    moment = now()
    with frozen(moment):
        taken_off = desk.post(url(troop.outing, ava), data={"cancel": 1}, headers=HTMX)
    with frozen(moment + timedelta(minutes=5) + late):
        taken_back = undo_of(desk, taken_off)
    assert (taken_back.status_code, state_of(noah)) == ({"waiting": 200, "confirmed": 409}[after], after)


def test_an_edit_made_since_stands(troop, desk):
    row = put_on(troop.outing, youth(troop.unit, "Ben"))
    first = edit(desk, troop.outing, row, note="a")
    assert edit(desk, troop.outing, row, note="b").status_code == 200
    assert undo_of(desk, first).status_code == 409
    assert row.note == "b"


def test_twice_is_refused_without_harm(troop, desk):
    row = put_on(troop.outing, youth(troop.unit, "Ben"), note="a")
    saved = edit(desk, troop.outing, row, note="b")
    assert undo_of(desk, saved).status_code == 200
    assert undo_of(desk, saved).status_code == 409
    assert row.note == "a"


def test_nobody_takes_back_what_another_did(troop, desk, signed_in):
    row = put_on(troop.outing, youth(troop.unit, "Ben"), note="a")
    saved = edit(desk, troop.outing, row, note="b")
    assert undo_of(signed_in(make_leader(troop.unit)), saved).status_code == 404
    assert desk.post(url(troop.outing, row, "/undo"), data={"entry": "rubbish"}, headers=HTMX).status_code == 404
    assert row.note == "b"


def test_what_was_done_to_one_row_is_not_taken_back_on_another(troop, desk):
    ben, noah = (put_on(troop.outing, youth(troop.unit, name), note="a") for name in ("Ben", "Noah"))
    entry = toast_of(edit(desk, troop.outing, ben, note="b"))["undo"]["fields"]
    assert edit(desk, troop.outing, noah, note="c").status_code == 200
    assert desk.post(url(troop.outing, noah, "/undo"), data=entry, headers=HTMX).status_code == 404
    assert (ben.note, noah.note) == ("b", "c")


def test_a_seat_over_the_limit_comes_back_with_its_reason(troop, desk):
    troop.outing.youth_seats = 0
    row = put_on(troop.outing, youth(troop.unit, "Ben"), overbook_reason="Helps in the kitchen")
    taken_off = desk.post(url(troop.outing, row), data={"cancel": 1}, headers=HTMX)
    assert (state_of(row), row.overbook_reason) == ("cancelled", None)
    assert undo_of(desk, taken_off).status_code == 200
    assert (state_of(row), row.overbook_reason) == ("confirmed", "Helps in the kitchen")


def test_a_patrol_that_is_gone_meanwhile_is_a_refusal_and_no_crash(troop, desk, db_session):
    row = put_on(troop.outing, youth(troop.unit, "Ben"), patrol_id=troop.fox.id)
    saved = edit(desk, troop.outing, row, patrol_id=troop.raven.id)
    db_session.delete(troop.fox)
    db_session.flush()
    assert undo_of(desk, saved).status_code == 409


def test_without_a_script_it_redirects(troop, desk):
    row = put_on(troop.outing, youth(troop.unit, "Ben"))
    undo = toast_of(edit(desk, troop.outing, row, note="b"))["undo"]
    answer = desk.post(undo["url"], data=undo["fields"])
    assert answer.status_code == 303
    assert "row is as it was." in desk.get(answer.headers["Location"]).get_data(as_text=True)


def test_whoever_comes_back_into_a_line_that_was_put_into_another_order_is_where_they_were(troop, desk):
    troop.outing.youth_seats = 0
    ava, _, cleo = (
        put_on(troop.outing, youth(troop.unit, name), "waiting", number=at)
        for at, name in enumerate(("Ava", "Ben", "Cleo"), 5)
    )
    taken_off = desk.post(url(troop.outing, ava), data={"cancel": 1}, headers=HTMX)
    moved = desk.post(url(troop.outing, cleo, "/place"), data={"place": 1, "reason": "older brother"}, headers=HTMX)
    assert moved.status_code == 200
    assert undo_of(desk, taken_off).status_code == 200
    assert order(desk.get(url(troop.outing))) == ["Ava Okafor", "Cleo Okafor", "Ben Okafor"]


@pytest.mark.parametrize("state", ["confirmed", "waiting"])
def test_whoever_came_into_an_empty_line_since_stands_behind_who_comes_back(troop, desk, state):
    troop.outing.youth_seats = 1 if state == "confirmed" else 0
    noah = put_on(troop.outing, youth(troop.unit, "Noah"), "waiting", number=3)
    off = put_on(troop.outing, youth(troop.unit, "Ava")) if state == "confirmed" else noah
    taken_off = desk.post(url(troop.outing, off), data={"cancel": 1}, headers=HTMX)
    assert state_of(noah) == {"confirmed": "confirmed", "waiting": "cancelled"}[state]
    ella = add_person(troop.leader, troop.outing, youth(troop.unit, "Ella").id).participant
    assert state_of(ella) == "waiting"
    assert undo_of(desk, taken_off).status_code == 200
    assert order(desk.get(url(troop.outing, end="?show=waiting"))) == ["Noah Okafor", "Ella Okafor"]
