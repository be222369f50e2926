"""The waiting list put into another order, for a reason."""

import pytest
from sqlalchemy import select

from app.audit.models import AuditEntry
from app.extensions import db
from app.signups.models import Signup
from tests.factories import keep
from tests.roster.helpers import HTMX, order, put_on, state_of, text_of, toast_of, url, youth


@pytest.fixture
def line(troop):
    """Nobody fits: no seats at all."""
    troop.outing.youth_seats = 0
    return [
        put_on(troop.outing, youth(troop.unit, name), "waiting", number=at)
        for at, name in enumerate(("Ava", "Ben", "Cleo"), 1)
    ]


def test_the_form_stands_on_waiting_rows_only_and_not_when_one_waits_alone(troop, desk, line):
    seated = put_on(troop.outing, youth(troop.unit, "Dev"))
    assert "Move in line" not in text_of(desk.get(url(troop.outing, seated)))
    assert "Move in line" in text_of(desk.get(url(troop.outing, line[0])))
    for row in line[1:]:
        desk.post(url(troop.outing, row), data={"cancel": row.version}, headers=HTMX)
    assert "Move in line" not in text_of(desk.get(url(troop.outing, line[0])))


def test_moving_shows_the_list_in_its_new_order(troop, desk, line):
    headers = HTMX | {"HX-Current-URL": f"http://localhost{url(troop.outing)}?show=waiting"}
    answer = desk.post(
        url(troop.outing, line[2], "/place"), data={"place": 1, "reason": "older brother"}, headers=headers
    )
    assert answer.status_code == 200
    assert answer.get_data(as_text=True).lstrip().startswith('<div class="stack" id="people">')
    assert order(answer) == ["Cleo Okafor", "Ava Okafor", "Ben Okafor"]
    assert 'href="/outings' in answer.get_data(as_text=True)
    assert toast_of(answer)["message"] == "Cleo moved in line."
    entry = db.session.scalar(select(AuditEntry).where(AuditEntry.action == "moved in line"))
    assert (entry.reason, entry.changes["place"]) == ("older brother", [3, 1])


def test_a_page_that_has_emptied_meanwhile_is_no_error(troop, desk, line):
    headers = HTMX | {"HX-Current-URL": f"http://localhost{url(troop.outing)}?page=2"}
    answer = desk.post(url(troop.outing, line[2], "/place"), data={"place": 1, "reason": "x"}, headers=headers)
    assert answer.status_code == 200
    assert len(order(answer)) == 3


def test_whoever_now_fits_gets_the_seat(troop, desk):
    party = keep(Signup(outing_id=troop.outing.id, together=True))
    put_on(troop.outing, youth(troop.unit, "Ava"))
    troop.outing.waiting_rule = "in_order"
    for name in ("Ben", "Bea"):
        put_on(troop.outing, youth(troop.unit, name), "waiting", number=1, signup=party)
    cleo = put_on(troop.outing, youth(troop.unit, "Cleo"), "waiting", number=2)
    assert "places are held for those before" in text_of(desk.get(url(troop.outing, cleo)))
    answer = desk.post(url(troop.outing, cleo, "/place"), data={"place": 1, "reason": "x"}, headers=HTMX)
    assert toast_of(answer)["message"] == "Cleo moved up from the waiting list."
    assert "2 confirmed (2 youth, 0 adults), 2 waiting." in text_of(answer)
    assert state_of(cleo) == "confirmed"


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        ({"place": "1"}, "Say why; the reason is logged."),
        ({"place": "1", "reason": "  "}, "Say why; the reason is logged."),
        ({"place": "first", "reason": "x"}, "Enter a place in line such as 1."),
        ({"reason": "x"}, "Enter a place in line."),
    ],
)
def test_it_takes_a_place_and_a_reason(troop, desk, line, data, sentence):
    answer = desk.post(url(troop.outing, line[2], "/place"), data=data, headers=HTMX)
    assert answer.status_code == 422
    assert answer.headers["HX-Reswap"] == "none"
    assert toast_of(answer)["message"] == sentence
    assert [row.queue_no for row in line] == [1, 2, 3]


def test_only_those_who_wait_can_be_moved(troop, desk, line):
    row = put_on(troop.outing, youth(troop.unit, "Dev"))
    answer = desk.post(url(troop.outing, row, "/place"), data={"place": 1, "reason": "x"}, headers=HTMX)
    assert answer.status_code == 422


def test_without_a_script_it_redirects_to_the_row(troop, desk, line):
    answer = desk.post(url(troop.outing, line[2], "/place"), data={"place": 1, "reason": "x"})
    assert (answer.status_code, answer.headers["Location"]) == (303, f"{url(troop.outing)}#row-{line[2].id}")
    assert "Cleo moved in line." in desk.get(url(troop.outing)).get_data(as_text=True)
