"""The list: who stands where, and what is said of them."""

from datetime import date, timedelta

import pytest

from app.clock import now
from app.extensions import new_id
from app.families.health.models import HealthNote
from app.families.models import GuardianProposal
from app.signups.consent import terms_of
from app.signups.models import Consent, Signup
from tests.factories import keep, make_adult, make_patrol, make_person, make_unit, make_user
from tests.roster.helpers import HTMX, many, order, put_on, text_of, url, youth


def test_confirmed_come_by_name_then_the_line_and_cancelled_stay_out(troop, desk):
    put_on(troop.outing, youth(troop.unit, "Noah"))
    put_on(troop.outing, youth(troop.unit, "Second In"), "waiting", number=2)
    put_on(troop.outing, youth(troop.unit, "Zoe First"), "waiting", number=1)
    put_on(troop.outing, youth(troop.unit, "Ava"))
    put_on(troop.outing, youth(troop.unit, "Gone By"), "cancelled")
    page = desk.get(url(troop.outing))
    assert order(page) == ["Ava Okafor", "Noah Okafor", "Zoe First", "Second In"]
    assert "2 confirmed (2 youth, 0 adults), 2 waiting." in text_of(page)
    assert "2 of 2 youth places" in text_of(page)
    assert "waiting, 1st" in text_of(page)
    assert order(desk.get(url(troop.outing) + "?show=cancelled")) == ["Gone By"]
    assert order(desk.get(url(troop.outing) + "?show=waiting")) == ["Zoe First", "Second In"]


@pytest.mark.parametrize(
    ("ways", "said"),
    [
        ((3, 3), "drives 3 passengers both ways"),
        ((3, 1), "drives 3 passengers there, 1 passenger back"),
        ((None, 0), "drives nobody else back"),
        ((None, None), ""),
    ],
)
def test_a_leader_reads_who_drives_and_whom_they_can_take(troop, desk, ways, said):
    driver = put_on(troop.outing, make_adult("Asha", "Patel", unit=troop.unit), kind="adult")
    driver.passengers_there, driver.passengers_back = ways
    for counts_cars in (True, False):
        troop.outing.counts_cars = counts_cars
        shown, words = text_of(desk.get(url(troop.outing))), f"adult, {said} " if said else "adult "
        assert (words in shown) == (counts_cars or not said)
        assert ("drives" in shown) == (counts_cars and bool(said))
        assert (f",{said}\r\n" in desk.get(url(troop.outing) + ".csv").text.replace('"', "")) == (
            counts_cars or not said
        )
    troop.outing.counts_cars = True
    assert said in text_of(desk.get(url(troop.outing, driver, "/edit")))


def test_a_party_that_was_passed_over_says_why(troop, desk):
    troop.outing.youth_seats = 3
    put_on(troop.outing, youth(troop.unit, "Ava"))
    signup = keep(Signup(id=new_id(), outing_id=troop.outing.id, together=True))
    for name in ("Ben", "Bea", "Bob"):
        put_on(troop.outing, youth(troop.unit, name), "waiting", signup=signup)
    assert "together, party of 3; 2 youth places free" in text_of(desk.get(url(troop.outing)))


def test_overbooked_says_by_how_much_and_why(troop, desk):
    for name in ("Ava", "Ben"):
        put_on(troop.outing, youth(troop.unit, name))
    put_on(troop.outing, youth(troop.unit, "Cleo"), overbook_reason="Sleeps in her mother's van")
    said = text_of(desk.get(url(troop.outing)))
    assert "Overbooked on purpose: 1 more than the 2 youth places." in said
    assert "Cleo Okafor: Sleeps in her mother" in said


def test_guardians_with_a_phone_come_before_the_roster_file(troop, desk):
    parent = make_user(name="Account Name")
    make_adult("Ify", "Okafor", user_id=parent.id, phone="555 0177")
    ben = youth(troop.unit, "Ben", guardian=parent)
    keep(GuardianProposal(person_id=ben.id, name="Stale Name", phone="555 9999"))
    ava = youth(troop.unit, "Ava")
    keep(GuardianProposal(person_id=ava.id, name="From File", phone="555 0142"))
    for person in (ben, ava):
        put_on(troop.outing, person)
    said = text_of(desk.get(url(troop.outing)))
    assert "Ify Okafor 555 0177" in said
    assert "From File 555 0142" in said
    assert "Stale Name" not in said
    assert "Account Name" not in said


def test_a_guardian_without_a_phone_does_not_hide_the_number_of_the_roster_file(troop, desk):
    ben = youth(troop.unit, "Ben", guardian=make_user(name="No Phone"))
    keep(GuardianProposal(person_id=ben.id, name="From File", phone="555 0142"))
    put_on(troop.outing, ben)
    said = text_of(desk.get(url(troop.outing)))
    assert "No Phone" in said
    assert "From File 555 0142" in said


def test_the_number_of_an_adult_is_not_called_a_guardians(troop, desk):
    put_on(troop.outing, make_adult("Ify", "Okafor", unit=troop.unit, phone="555 0177"))
    page = desk.get(url(troop.outing)).text
    assert 'data-label="Phone"' in page
    assert 'data-label="Guardian"' not in page


def test_permission_is_given_out_of_date_or_missing(troop, desk):
    terms = terms_of(troop.outing)
    rows = {name: put_on(troop.outing, youth(troop.unit, name)) for name in ("Ava", "Ben", "Cleo")}
    rows["Marit"] = put_on(troop.outing, make_adult("Marit", unit=troop.unit))
    for name, changed in (("Ava", {}), ("Ben", {"place": "Elsewhere", "starts_at": "2020"})):
        keep(Consent(signup_id=rows[name].signup_id, text_version="1", terms=terms | changed))
    said = {name: text_of(desk.get(url(troop.outing, row))) for name, row in rows.items()}
    assert "given" in said["Ava"]
    assert "out of date dates and place changed since" in said["Ben"]
    assert "none yet" in said["Cleo"]
    assert not any(word in said["Marit"] for word in ("given", "none yet", "out of date"))


def test_a_guardians_permission_counts_for_a_child_whom_a_leader_added_before(troop, desk):
    parent = make_user()
    ben = youth(troop.unit, "Ben", guardian=parent)
    added = put_on(troop.outing, ben, signup=keep(Signup(id=new_id(), outing_id=troop.outing.id, by_leader=True)))
    own = keep(Signup(id=new_id(), outing_id=troop.outing.id, user_id=parent.id))
    agreed = keep(
        Consent(signup_id=own.id, text_version="1", terms=terms_of(troop.outing), given_at=now() - timedelta(days=1))
    )
    assert "none yet" in text_of(desk.get(url(troop.outing, added)))
    agreed.given_at = now() + timedelta(seconds=1)
    assert "given" in text_of(desk.get(url(troop.outing, added)))


@pytest.mark.parametrize(("hours", "words"), [(1, "given"), (3, "out of date place changed since")])
def test_what_a_party_agreed_to_last_counts(troop, desk, hours, words):
    row = put_on(troop.outing, youth(troop.unit, "Ben"))
    for terms, ago in ((terms_of(troop.outing), hours), (terms_of(troop.outing) | {"place": "Elsewhere"}, 2)):
        given_at = now() - timedelta(hours=ago)
        keep(Consent(signup_id=row.signup_id, text_version="1", terms=terms, given_at=given_at))
    assert words in text_of(desk.get(url(troop.outing, row)))


def test_forms_are_judged_on_the_last_day(troop, desk):
    start = troop.outing.starts_at
    troop.outing.ends_at = start + timedelta(hours=80)
    last = troop.outing.ends_at.astimezone(troop.outing.zone).date()
    fine = {"form_ab_until": last, "form_c_until": last}
    people = {
        "Ava": fine,
        "Ben": fine | {"form_ab_until": last - timedelta(days=1)},
        "Cleo": fine | {"form_c_until": None},
        "Dev": fine | {"form_ab_until": date(2020, 1, 2)},
    }
    rows = {name: put_on(troop.outing, youth(troop.unit, name, **values)) for name, values in people.items()}
    said = {name: text_of(desk.get(url(troop.outing, row))) for name, row in rows.items()}
    assert "complete" in said["Ava"]
    assert "A/B ends" in said["Ben"]
    assert "C missing" in said["Cleo"]
    assert "A/B ended Jan 2, 2020" in said["Dev"]


def test_guests_are_shown_with_where_they_come_from(troop, desk):
    other = make_unit("Troop 12 of Elsewhere")
    gil = make_person("Gil", "Guest", unit=other)
    put_on(troop.outing, gil, unit_id=other.id, patrol_id=make_patrol(other, "Badger").id)
    put_on(troop.outing, youth(troop.unit, "Ava"), guest_troop="Troop 3", guest_patrol="Otter")
    said = text_of(desk.get(url(troop.outing)))
    assert "Badger Troop 12 of Elsewhere" in said
    assert "Otter Troop 3" in said


def test_health_notes_are_only_hinted_at(troop, desk):
    ben = youth(troop.unit, "Ben")
    keep(HealthNote(person_id=ben.id, diet="No pork", allergies="Peanut"))
    put_on(troop.outing, ben)
    put_on(troop.outing, youth(troop.unit, "Ava"))
    page = text_of(desk.get(url(troop.outing)))
    assert page.count("Health notes") == 1
    assert "Peanut" not in page
    assert "pork" not in page


def test_search_answers_with_the_list_alone(troop, desk):
    for name in ("Ava Lindqvist", "Ben Okafor", "Per_cent Sign"):
        put_on(troop.outing, youth(troop.unit, name))
    found = desk.get(url(troop.outing) + "?q=lind", headers=HTMX)
    assert order(found) == ["Ava Lindqvist"]
    assert "<html" not in found.get_data(as_text=True)
    assert found.headers["Vary"] == "HX-Request" or "HX-Request" in found.headers["Vary"]
    assert order(desk.get(url(troop.outing) + "?q=_")) == ["Per_cent Sign"]
    assert order(desk.get(url(troop.outing) + "?q=%25")) == []
    assert "Nobody here has that name" in text_of(desk.get(url(troop.outing) + "?q=<b>"))


def test_pages_of_fifty(troop, desk):
    troop.outing.youth_seats = None
    many(troop.outing, troop.unit, 60)
    first, second = desk.get(url(troop.outing)), desk.get(url(troop.outing) + "?page=2")
    assert len(order(first)) == 50
    assert len(order(second)) == 10
    assert not set(order(first)) & set(order(second))
    assert "Page 2 of 2, 60 in all" in text_of(second)
    assert desk.get(url(troop.outing) + "?page=3").status_code == 404
    assert desk.get(url(troop.outing) + "?page=rubbish").status_code == 200


def test_nobody_yet_says_what_to_do(troop, desk):
    said = text_of(desk.get(url(troop.outing)))
    assert "Nobody has signed up yet." in said
    assert "Add people" in said


def test_names_are_escaped(troop, desk):
    row = put_on(troop.outing, youth(troop.unit, "<script>alert(1)</script> X"), note="<img src=x>")
    for path in (url(troop.outing), url(troop.outing, row), url(troop.outing, row, "/edit")):
        page = desk.get(path).get_data(as_text=True)
        assert "<script>alert" not in page
        assert "<img src=x>" not in page
