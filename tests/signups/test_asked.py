"""What the family's page asks of it, and what it says before anybody sends it."""

import re
from datetime import timedelta

import pytest
from sqlalchemy import select, update

from app.clock import now
from app.extensions import db
from app.families.models import Guardian
from app.outings.rules import AGREED_TO
from app.signups import consent
from app.signups.models import Consent, Participant
from app.signups.rules.leader import add_person
from tests.factories import make_family, make_leader, make_outing
from tests.signups.helpers import children_of, family_of, form, sign_up


def test_a_family_that_has_taken_everybody_off_is_not_ticked_again(browser, family, unit):
    sign_up(family, make_outing(unit), children_of(family))
    outing = make_outing(unit)
    sign_up(family, outing, children_of(family))
    sign_up(family, outing, [])
    assert " checked" not in browser.get(f"/outings/{outing.id}/signup").text


@pytest.mark.parametrize("past", [{"state": "cancelled"}, {"starts_at": now() - timedelta(days=2), "ends_at": now()}])
def test_on_an_outing_that_is_no_more_nothing_is_asked_and_nobody_is_in(browser, family, unit, past):
    ava, noah = children_of(family)
    outing = make_outing(unit, youth_seats=1)
    sign_up(family, outing, [ava, noah], together=False)
    for name, value in past.items():
        setattr(outing, name, value)
    db.session.flush()
    party = browser.get(f"/outings/{outing.id}/signup").text.partition('id="party"')[2]
    assert ("was in" in party, "was waiting" in party, "is in" in party) == (True, True, False)
    for word in (
        "If not all of you fit",
        "Places left",
        "A place is free",
        "have changed",
        "health and food",
        "Save changes",
    ):
        assert word not in party


def test_permission_is_given_again_even_when_nobody_can_be_taken_off_any_more(browser, family, unit):
    outing = make_outing(unit)
    children = children_of(family)
    sign_up(family, outing, children)
    outing.place, outing.closes_at, outing.cancel_by = "By the lake", outing.created_at, outing.created_at
    db.session.flush()
    assert "Save changes" in browser.get(f"/outings/{outing.id}/signup").text
    sent = form(children, seen=" ".join(str(child.id) for child in children))
    answer = browser.post(f"/outings/{outing.id}/signup", data=sent)
    page = browser.get(answer.location).text
    assert ("have changed since" in page, "Save changes" in page) == (False, False)


def test_for_whom_permission_was_given_stands_beside_the_box_for_more(browser, family, unit):
    ava, noah = children_of(family)
    outing = make_outing(unit)
    address = f"/outings/{outing.id}/signup"
    assert "You have given permission" not in browser.get(address).text
    sign_up(family, outing, [ava])
    assert "You have given permission for Ava. Tick this for whoever you add." in browser.get(address).text
    sign_up(family, outing, [ava, noah])
    assert 'id="consent"' not in browser.get(address).text


def test_who_would_lose_a_seat_to_the_line_reads_so_before(browser, family, unit):
    outing = make_outing(unit, youth_seats=2)
    address, said = f"/outings/{outing.id}/signup", "Others wait for a place."
    sign_up(family, outing, children_of(family))
    assert said not in browser.get(address).text
    other = make_family(unit, 1, last_name="Okafor")
    sign_up(other, outing, children_of(other))
    assert said in browser.get(address).text
    outing.cancel_by = outing.created_at
    db.session.flush()
    assert said not in browser.get(address).text, "nobody can be taken off here"


@pytest.mark.parametrize("what", ["starts_at", "ends_at", "place", "youth_cost", "adult_cost"])
def test_permission_is_asked_again_when_the_outing_has_changed(browser, family, unit, what):
    outing = make_outing(unit)
    sign_up(family, outing, children_of(family))
    more = {"place": " by the lake", "youth_cost": 1, "adult_cost": 1}.get(what, timedelta(minutes=1))
    setattr(outing, what, getattr(outing, what) + more)
    db.session.flush()
    page = browser.get(f"/outings/{outing.id}/signup").text
    assert "have changed since you gave permission" in page
    assert f'href="/outings/{outing.id}/signup#consent">Give permission' in browser.get(f"/outings/{outing.id}").text
    answer = browser.post(
        f"/outings/{outing.id}/signup",
        data=form(children_of(family), seen=" ".join(str(child.id) for child in children_of(family))),
    )
    for address in (answer.location, f"/outings/{outing.id}"):
        assert "have changed since" not in browser.get(address).text


@pytest.mark.parametrize(
    ("seats", "asks", "said"),
    [
        ({"youth_seats": 1}, True, "Places left: 1 for youth, any number for adults."),
        ({"youth_seats": 2}, False, None),
        ({"total_seats": 2}, True, "Places left: 2."),
        ({"total_seats": 3}, False, None),
        ({"total_seats": 0}, True, None),
        ({"counts_cars": True}, True, None),
        ({}, False, None),
    ],
)
def test_a_family_is_asked_what_becomes_of_it_when_not_all_of_them_fit(browser, family, unit, seats, asks, said):
    page = browser.get(f"/outings/{make_outing(unit, **seats).id}/signup").text
    assert ("If not all of you fit" in page) == asks
    assert ('<input type="hidden" name="together" value="1">' in page) != asks
    hints = re.findall(r"Places left: .*?\.", page)
    assert hints == ([said] if said else [])


def test_who_waits_alone_is_not_asked_whether_to_stay_together(browser, family, unit):
    outing = make_outing(unit, youth_seats=0, adult_seats=0)
    sign_up(family, outing, family_of(family), together=False)
    assert "If not all of you fit" in browser.get(f"/outings/{outing.id}/signup").text
    for row in db.session.scalars(select(Participant).where(Participant.person_id != children_of(family)[0].id)):
        row.state, row.queue_no, row.confirmed_at = "confirmed", None, now()
    db.session.flush()
    page = browser.get(f"/outings/{outing.id}/signup").text
    assert "If not all of you fit" not in page
    assert '<input type="hidden" name="together" value="0">' in page, "as they chose"


@pytest.mark.parametrize("seats", [{"total_seats": 1}, {"youth_seats": 1, "adult_seats": 5}])
def test_a_waiting_party_that_stays_together_is_told_why(browser, family, unit, seats):
    outing = make_outing(unit, **seats)
    sign_up(family, outing, children_of(family))
    page = browser.get(f"/outings/{outing.id}/signup").text
    assert "You wait together for 2 places and 1 place is free." in page


def test_what_may_not_be_given_is_asked_for_on_no_page(browser, family, unit):
    outing = make_outing(unit)
    sign_up(family, outing, children_of(family))
    outing.place = "By the lake"
    for held in db.session.scalars(select(Guardian)):
        held.may_consent = False
    db.session.flush()
    assert "have changed since" not in browser.get(f"/outings/{outing.id}").text


def test_the_outings_page_asks_for_a_child_whom_a_leader_added(browser, family, unit):
    ava, noah = children_of(family)
    outing, said = make_outing(unit), "A leader has put your child on the list"
    page = f"/outings/{outing.id}"
    sign_up(family, outing, [noah])
    db.session.execute(update(Consent).values(given_at=now() - timedelta(hours=1)))
    assert said not in browser.get(page).text
    add_person(make_leader(unit), outing, ava.id)
    assert said in browser.get(page).text
    seen = f"{ava.id} {noah.id}"
    answer = browser.post(f"{page}/signup", data=form([ava, noah], seen=seen))
    assert said not in browser.get(answer.location).text + browser.get(page).text


def test_a_leader_is_told_whenever_guardians_are_asked_again(unit):
    assert consent.terms_of(make_outing(unit)).keys() == set(AGREED_TO)


@pytest.mark.parametrize("youth_seats", [None, 5])
def test_a_family_reads_that_only_a_ride_is_missing(browser, family, unit, youth_seats):
    outing, said = make_outing(unit, counts_cars=True, youth_seats=youth_seats), "There is no seat in a car for you yet"
    (driver,) = (person for person in family_of(family) if person.user_id)
    for passengers, is_said in ((1, True), (2, False)):
        drivers = {driver.id: (passengers, passengers)}
        sign_up(family, outing, family_of(family), together=False, drivers=drivers)
        assert (said in browser.get(f"/outings/{outing.id}/signup").text) == is_said
