"""Two leaders edit one row: the second hears of it, and nothing is lost."""

from tests.factories import make_leader
from tests.roster.helpers import HTMX, edit, put_on, text_of, toast_of, url, youth


def test_the_second_leader_sees_both_values_and_saves_on_top(troop, desk, signed_in):
    row = put_on(troop.outing, youth(troop.unit, "Ben"), patrol_id=troop.fox.id)
    second = signed_in(make_leader(troop.unit))
    opened = second.get(url(troop.outing, row, "/edit"), headers=HTMX).get_data(as_text=True)
    assert 'name="version" value="1"' in opened
    assert edit(desk, troop.outing, row, patrol_id=troop.raven.id, note="theirs").status_code == 200

    refused = edit(second, troop.outing, row, version=1, patrol_id="", note="mine")
    assert refused.status_code == 409
    body = refused.get_data(as_text=True)
    assert body.startswith(f'<tr id="row-{row.id}" class="edit">')
    assert toast_of(refused)["message"].startswith("Somebody saved this row while you were editing it.")
    assert "Now: Raven. Yours: no patrol." in text_of(refused)
    assert "Now: theirs. Yours: mine." in text_of(refused)
    assert 'value="mine"' in body
    assert 'name="version" value="2"' in body
    assert "Save on top" in body
    assert (row.note, row.patrol_id) == ("theirs", troop.raven.id)

    assert edit(second, troop.outing, row, version=2, patrol_id="", note="mine").status_code == 200
    assert (row.note, row.patrol_id, row.version) == ("mine", None, 3)


def test_a_plain_form_gets_the_same_conflict_as_a_page(troop, desk):
    row = put_on(troop.outing, youth(troop.unit, "Ben"), note="theirs", version=2)
    refused = desk.post(url(troop.outing, row), data={"version": 1, "state": "confirmed", "note": "mine"})
    assert refused.status_code == 409
    body = refused.get_data(as_text=True)
    assert "<title>Error: " in body
    assert "Somebody saved this row while you were editing it." in body
    assert "Now: theirs. Yours: mine." in body
    assert 'name="version" value="2"' in body


def test_an_old_version_with_the_same_values_is_no_conflict(troop, desk):
    row = put_on(troop.outing, youth(troop.unit, "Ben"), note="same", version=5)
    assert edit(desk, troop.outing, row, version=1, note="same").status_code == 200
    assert row.version == 5


def test_taking_off_somebody_who_was_changed_meanwhile_is_asked_again(troop, desk):
    row = put_on(troop.outing, youth(troop.unit, "Ben"), version=2)
    refused = desk.post(url(troop.outing, row), data={"cancel": 1}, headers=HTMX)
    assert refused.status_code == 409
    assert "Now: confirmed. Yours: cancelled." in text_of(refused)
    assert row.state == "confirmed"
