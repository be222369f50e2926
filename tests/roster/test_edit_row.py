"""One row edited in place: what is saved, what is refused, what else follows."""

import pytest
from sqlalchemy import select

from app.audit.models import AuditEntry
from app.extensions import db, new_id
from app.signups.models import Signup
from tests.factories import keep, make_patrol, make_person, make_unit
from tests.roster.helpers import HTMX, edit, put_on, state_of, text_of, toast_of, url, youth


def test_the_edit_row_and_the_row_are_two_fragments_of_one_address(troop, desk):
    row = put_on(troop.outing, youth(troop.unit, "Ben"), patrol_id=troop.fox.id)
    editing = desk.get(url(troop.outing, row, "/edit"), headers=HTMX).get_data(as_text=True)
    assert editing.startswith(f'<tr id="row-{row.id}" class="edit">')
    assert f'form="edit-{row.id}"' in editing
    assert "<option selected value" in editing
    reading = desk.get(url(troop.outing, row), headers=HTMX).get_data(as_text=True)
    assert reading.startswith(f'<tr id="row-{row.id}">')
    assert "<html" in desk.get(url(troop.outing, row, "/edit")).get_data(as_text=True)


def test_saving_a_patrol_answers_with_the_row_the_counts_and_an_undo(troop, desk):
    row = put_on(troop.outing, youth(troop.unit, "Ben"), patrol_id=troop.fox.id)
    answer = edit(desk, troop.outing, row, patrol_id=troop.raven.id, note=" brings a tent ", guest_troop="")
    body = answer.get_data(as_text=True)
    assert answer.status_code == 200
    assert body.startswith(f'<tr id="row-{row.id}">')
    assert 'id="counts" class="counts" hx-swap-oob="true"' in body
    assert "Raven" in body
    assert "brings a tent" in body
    toast = toast_of(answer)
    assert toast["message"] == "Ben moved to Raven."
    assert toast["undo"]["target"] == f"#row-{row.id}"
    assert toast["undo"]["url"] == url(troop.outing, row, "/undo")
    assert (row.patrol_id, row.note, row.guest_troop, row.version) == (troop.raven.id, "brings a tent", None, 2)


def test_taking_somebody_off_moves_the_line_up_and_all_places_follow(troop, desk):
    ava, _ben = (put_on(troop.outing, youth(troop.unit, name)) for name in ("Ava", "Ben"))
    noah = put_on(troop.outing, youth(troop.unit, "Noah"), "waiting", number=1)
    ella = put_on(troop.outing, youth(troop.unit, "Ella"), "waiting", number=2)
    answer = desk.post(url(troop.outing, ava), data={"cancel": ava.version}, headers=HTMX)
    assert toast_of(answer)["message"] == "Ava is taken off; Noah moved up from the waiting list."
    body = answer.get_data(as_text=True)
    assert body.startswith(f'<tr id="row-{ava.id}">')
    for row in (noah, ella):
        assert f'<tr id="row-{row.id}" hx-swap-oob="true">' in body
    assert "2 confirmed (2 youth, 0 adults), 1 waiting." in text_of(answer)
    assert "waiting, 1st" in text_of(answer)
    assert [state_of(row) for row in (ava, noah, ella)] == ["cancelled", "confirmed", "waiting"]


def test_rows_stand_before_the_counts_or_a_browser_would_drop_them(troop, desk):
    row = put_on(troop.outing, youth(troop.unit, "Ava"))
    put_on(troop.outing, youth(troop.unit, "Noah"), "waiting", number=1)
    body = desk.post(url(troop.outing, row), data={"cancel": row.version}, headers=HTMX).get_data(as_text=True)
    assert body.rindex("<tr id=") < body.index('<div id="counts"')


def test_no_seat_asks_for_a_reason_and_then_overbooks(troop, desk):
    for name in ("Ava", "Ben"):
        put_on(troop.outing, youth(troop.unit, name))
    noah = put_on(troop.outing, youth(troop.unit, "Noah"), "waiting")
    assert "overbook_reason" not in desk.get(url(troop.outing, noah, "/edit"), headers=HTMX).get_data(as_text=True)
    refused = edit(desk, troop.outing, noah, state="confirmed", note="typed")
    assert refused.status_code == 422
    assert 'name="overbook_reason"' in refused.get_data(as_text=True)
    assert 'value="typed"' in refused.get_data(as_text=True)
    assert "No seat is free. Give a reason" in text_of(refused)
    assert state_of(noah) == "waiting"
    answer = edit(desk, troop.outing, noah, state="confirmed", overbook_reason="Drives with us")
    assert toast_of(answer)["message"] == "Noah has a place over the limit."
    assert "1 more than the 2 youth places" in text_of(answer)
    assert "Noah Okafor: Drives with us" in text_of(answer)
    assert db.session.scalar(select(AuditEntry.reason).where(AuditEntry.subject_id == noah.id)) == "Drives with us"


@pytest.mark.parametrize("state", ["confirmed", "waiting"])
def test_who_has_come_back_by_another_row_is_not_there_twice(troop, desk, state):
    ben = youth(troop.unit, "Ben")
    gone = put_on(troop.outing, ben, "cancelled")
    put_on(troop.outing, ben)
    refused = edit(desk, troop.outing, gone, state=state)
    assert refused.status_code == 409
    assert "This person is on the roster again already; edit that row." in text_of(refused)
    assert state_of(gone) == "cancelled"


def test_nobody_waits_for_a_seat_that_nobody_else_wants(troop, desk):
    ben = put_on(troop.outing, youth(troop.unit, "Ben"))
    refused = edit(desk, troop.outing, ben, state="waiting")
    assert refused.status_code == 422
    assert "Nobody else waits for this seat, so there is nobody to wait behind. Cancel instead." in text_of(refused)
    assert state_of(ben) == "confirmed"


def test_a_seat_that_is_held_for_the_first_in_line_asks_for_a_reason_too(troop, desk):
    troop.outing.waiting_rule = "in_order"
    put_on(troop.outing, youth(troop.unit, "Ava"))
    first = keep(Signup(id=new_id(), outing_id=troop.outing.id, together=True))
    pair = [put_on(troop.outing, youth(troop.unit, name), "waiting", signup=first) for name in ("Ben", "Bea")]
    noah = put_on(troop.outing, youth(troop.unit, "Noah"), "waiting", number=2)
    refused = edit(desk, troop.outing, noah, state="confirmed")
    assert refused.status_code == 422
    assert "The free seats are held for those who waited longer. Give a reason" in text_of(refused)
    answer = edit(desk, troop.outing, noah, state="confirmed", overbook_reason="Drives with us")
    assert toast_of(answer)["message"] == "Noah has a place."
    assert [state_of(row) for row in (noah, *pair)] == ["confirmed", "waiting", "waiting"]
    assert db.session.scalar(select(AuditEntry.reason).where(AuditEntry.subject_id == noah.id)) == "Drives with us"


@pytest.mark.parametrize(
    ("field", "value", "sentence"),
    [
        ("note", "x" * 501, "Keep the note under 500 letters."),
        ("guest_troop", "x" * 81, "Keep the troop under 80 letters."),
        ("state", "elsewhere", "Choose a state of the list."),
        ("version", "x", "This form has lost its version."),
        ("version", "", "This form has lost its version."),
    ],
)
def test_bad_input_keeps_what_was_typed(troop, desk, field, value, sentence):
    row = put_on(troop.outing, youth(troop.unit, "Ben"))
    answer = edit(desk, troop.outing, row, **{"guest_patrol": "typed this", field: value})
    assert answer.status_code == 422
    assert answer.get_data(as_text=True).startswith(f'<tr id="row-{row.id}" class="edit">')
    assert sentence in text_of(answer)
    assert "typed this" in answer.get_data(as_text=True)
    assert (row.version, row.guest_patrol) == (1, None)


def test_a_patrol_is_the_hosts_or_of_the_persons_own_unit(troop, desk):
    guests, strangers = make_unit("Troop 12 of Elsewhere"), make_unit()
    badger, stranger = make_patrol(guests, "Badger"), make_patrol(strangers, "Owl")
    row = put_on(troop.outing, make_person("Gil", "Guest", unit=guests), unit_id=guests.id)
    editing = desk.get(url(troop.outing, row, "/edit"), headers=HTMX).get_data(as_text=True)
    assert "Badger (Troop 12 of Elsewhere)" in editing
    assert str(stranger.id) not in editing
    assert edit(desk, troop.outing, row, patrol_id=badger.id).status_code == 200
    refused = edit(desk, troop.outing, row, patrol_id=stranger.id)
    assert refused.status_code == 422
    assert "Choose a patrol of the list." in text_of(refused)
    assert edit(desk, troop.outing, row, patrol_id="no id").status_code == 404
    assert row.patrol_id == badger.id


def test_nothing_changed_says_so_and_offers_no_undo(troop, desk):
    row = put_on(troop.outing, youth(troop.unit, "Ben"), note="a")
    toast = toast_of(edit(desk, troop.outing, row, note="a "))
    assert toast["message"] == "Nothing was changed."
    assert toast["undo"] is None
    assert row.version == 1


def test_the_same_post_twice_has_one_effect(troop, desk):
    row = put_on(troop.outing, youth(troop.unit, "Ben"))
    first, second = (edit(desk, troop.outing, row, version=1, note="a") for _ in range(2))
    assert (first.status_code, second.status_code) == (200, 200)
    assert row.version == 2


def test_without_a_script_the_same_addresses_serve_pages_and_redirects(troop, desk):
    row = put_on(troop.outing, youth(troop.unit, "Ben"), patrol_id=troop.fox.id)
    page = desk.get(url(troop.outing, row, "/edit")).get_data(as_text=True)
    assert "<html" in page
    assert f'<form id="edit-{row.id}" method="post" action="{url(troop.outing, row)}"' in page
    saved = desk.post(url(troop.outing, row), data={"version": 1, "state": "confirmed", "patrol_id": troop.raven.id})
    assert saved.status_code == 303
    assert saved.headers["Location"] == f"{url(troop.outing)}#row-{row.id}"
    after = desk.get(saved.headers["Location"]).get_data(as_text=True)
    assert "Ben moved to Raven." in after
    assert f'action="{url(troop.outing, row, "/undo")}"' in after
    bad = desk.post(url(troop.outing, row), data={"version": 2, "state": "confirmed", "note": "x" * 600})
    assert bad.status_code == 422
    assert "<title>Error: " in bad.get_data(as_text=True)
    assert f'href="#edit-{row.id}-note"' in bad.get_data(as_text=True)


def test_a_plain_save_goes_back_to_the_page_of_the_list_where_the_row_stands(troop, desk):
    troop.outing.youth_seats = None
    for at in range(55):
        last = put_on(troop.outing, youth(troop.unit, f"Scout{at:02}"))
    saved = desk.post(url(troop.outing, last), data={"version": 1, "state": "confirmed", "note": "x"})
    assert saved.headers["Location"] == f"{url(troop.outing)}?page=2#row-{last.id}"
