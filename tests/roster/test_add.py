"""Members put on the roster by a leader."""

from datetime import date, timedelta

import pytest

from app.clock import now
from app.extensions import db
from app.members.models import Membership
from app.signups.models import Participant
from tests.factories import make_adult, make_person, make_unit
from tests.roster.helpers import HTMX, put_on, state_of, text_of, toast_of, url, youth


def on_roster(person):
    return db.session.query(Participant).filter_by(person_id=person.id).one()


def test_only_members_of_the_host_who_are_not_on_it_are_offered(troop, desk):
    put_on(troop.outing, youth(troop.unit, "Ava There"))
    put_on(troop.outing, youth(troop.unit, "Gone By"), "cancelled")
    youth(troop.unit, "Ben Absent", patrol=troop.fox, rank="Scout")
    make_person("Other", "Unit", unit=make_unit())
    said = text_of(desk.get(url(troop.outing, end="/add")))
    assert "Ben Absent 12, Scout, Fox" in said
    assert "Gone By" in said
    assert "Ava There" not in said
    assert "Other Unit" not in said
    assert "Youth: 1 place free." in said
    assert "Adults: no limit." in said
    found = desk.get(url(troop.outing, end="/add?q=ABS"), headers=HTMX)
    assert "Gone By" not in text_of(found)
    assert found.get_data(as_text=True).lstrip().startswith('<div class="stack" id="candidates">')


def test_adding_gives_a_place_follows_the_counts_and_can_be_taken_back(troop, desk):
    ben = youth(troop.unit, "Ben")
    answer = desk.post(url(troop.outing, end="/add"), data={"person_id": ben.id}, headers=HTMX)
    assert toast_of(answer)["message"] == "Ben has a place."
    assert "1 confirmed (1 youth, 0 adults)." in text_of(answer)
    assert 'hx-swap-oob="true"' in answer.get_data(as_text=True)
    undo = toast_of(answer)["undo"]
    assert desk.post(undo["url"], data=undo["fields"], headers=HTMX).status_code == 200
    assert state_of(on_roster(ben)) == "cancelled"


def test_a_full_outing_says_at_which_place_in_line(troop, desk):
    for name in ("Ava", "Cleo"):
        put_on(troop.outing, youth(troop.unit, name))
    put_on(troop.outing, youth(troop.unit, "Noah"), "waiting")
    ben = youth(troop.unit, "Ben")
    said = text_of(desk.get(url(troop.outing, end="/add")))
    assert "Youth: full. Whoever you add goes to the waiting list, 2nd in line." in said
    assert "Put in line" in said
    answer = desk.post(url(troop.outing, end="/add"), data={"person_id": ben.id}, headers=HTMX)
    assert toast_of(answer)["message"] == "Ben is on the waiting list, 2nd in line."
    assert state_of(on_roster(ben)) == "waiting"


@pytest.mark.parametrize(
    ("seats", "said"), [(5, "5 places free. "), (0, "Full. Whoever you add"), (None, "No limit. ")]
)
def test_one_number_of_places_for_all_is_said_once(troop, desk, seats, said):
    troop.outing.youth_seats, troop.outing.total_seats = None, seats
    youth(troop.unit, "Ben")
    page = text_of(desk.get(url(troop.outing, end="/add")))
    assert said in page
    assert "Youth:" not in page


def test_at_the_trailhead_whoever_turns_up_gets_a_seat_that_is_free_and_no_other(troop, desk):
    """Nobody moves up once the outing has started, so the seat is free though somebody waits at home."""
    put_on(troop.outing, youth(troop.unit, "Ava"))
    put_on(troop.outing, youth(troop.unit, "Noah"), "waiting")
    ben, cleo = (youth(troop.unit, name) for name in ("Ben", "Cleo"))
    troop.outing.starts_at = now()
    assert "Youth: 1 place free." in text_of(desk.get(url(troop.outing, end="/add")))
    for person, said in ((ben, "Ben has a place."), (cleo, "Cleo is on the waiting list, 2nd in line.")):
        answer = desk.post(url(troop.outing, end="/add"), data={"person_id": person.id}, headers=HTMX)
        assert toast_of(answer)["message"] == said
    assert [state_of(on_roster(person)) for person in (ben, cleo)] == ["confirmed", "waiting"]


def test_overbooking_takes_a_reason(troop, desk):
    troop.outing.youth_seats = 0
    ben = youth(troop.unit, "Ben")
    data = {"person_id": ben.id, "overbook_reason": " Helps in the kitchen "}
    answer = desk.post(url(troop.outing, end="/add"), data=data, headers=HTMX)
    assert toast_of(answer)["message"] == "Ben has a place over the limit."
    assert "Ben Okafor: Helps in the kitchen" in text_of(answer)
    assert on_roster(ben).overbook_reason == "Helps in the kitchen"
    data["overbook_reason"] = "x" * 301
    assert desk.post(url(troop.outing, end="/add"), data=data, headers=HTMX).status_code == 422


def test_who_has_left_the_unit_is_no_member_any_more(troop, desk):
    ben = youth(troop.unit, "Ben")
    db.session.query(Membership).one().until = date(2026, 1, 31)
    assert desk.post(url(troop.outing, end="/add"), data={"person_id": ben.id}, headers=HTMX).status_code == 404
    assert db.session.query(Participant).count() == 0


def test_nobody_is_added_to_what_does_not_take_place(troop, desk):
    troop.outing.state = "cancelled"
    ben = youth(troop.unit, "Ben")
    answer = desk.post(url(troop.outing, end="/add"), data={"person_id": ben.id}, headers=HTMX)
    assert answer.status_code == 422
    assert toast_of(answer)["message"] == "This outing is cancelled; publish it again before you add people."
    assert db.session.query(Participant).count() == 0


def test_twice_is_once(troop, desk):
    ben = youth(troop.unit, "Ben")
    for said in ("Ben has a place.", "Ben is on the roster already."):
        answer = desk.post(url(troop.outing, end="/add"), data={"person_id": ben.id}, headers=HTMX)
        assert toast_of(answer)["message"] == said
    assert on_roster(ben)


def test_nobody_from_elsewhere_and_no_rubbish(troop, desk):
    stranger = make_person("Other", "Unit", unit=make_unit())
    assert desk.post(url(troop.outing, end="/add"), data={"person_id": stranger.id}, headers=HTMX).status_code == 404
    assert desk.post(url(troop.outing, end="/add"), data={"person_id": "x"}, headers=HTMX).status_code == 422
    assert desk.post(url(troop.outing, end="/add"), headers=HTMX).status_code == 422
    assert db.session.query(Participant).filter_by(person_id=stranger.id).count() == 0


def test_a_birthday_before_the_start_makes_an_adult(troop, desk):
    troop.outing.adult_seats = 0
    nearly = youth(troop.unit, "Nearly Eighteen", birth_date=(now() - timedelta(days=18 * 365.25 - 7)).date())
    make_adult("Long", "Grown", unit=troop.unit)
    said = text_of(desk.get(url(troop.outing, end="/add")))
    assert said.count("Put in line") == 2
    desk.post(url(troop.outing, end="/add"), data={"person_id": nearly.id}, headers=HTMX)
    row = on_roster(nearly)
    assert (row.kind, state_of(row)) == ("adult", "waiting")


def test_without_a_script(troop, desk):
    ben = youth(troop.unit, "Ben")
    answer = desk.post(url(troop.outing, end="/add"), data={"person_id": ben.id, "q": "be"})
    assert (answer.status_code, answer.headers["Location"]) == (303, url(troop.outing, end="/add?q=be"))
    page = desk.get(answer.headers["Location"]).get_data(as_text=True)
    assert "Ben has a place." in page
    assert f'action="{url(troop.outing, on_roster(ben), "/undo")}"' in page


def test_everybody_there_says_so(troop, desk):
    assert "Everybody is on the roster" in text_of(desk.get(url(troop.outing, end="/add")))
