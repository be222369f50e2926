"""The page on which health and diet are asked."""

import re
from datetime import date, timedelta

import pytest
from sqlalchemy import select

from app.clock import now
from app.extensions import db
from app.families.health.answers import Answers
from app.families.health.models import HealthNote
from app.families.health.notes import Papers
from app.families.models import Guardian
from tests.factories import keep, make_health, make_user
from tests.families.health.helpers import FULL, kept


@pytest.fixture
def page(client, sign_in, parent, ava):
    sign_in(client, parent)
    return f"/family/people/{ava.id}/health"


def words(response):
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", response.text))


def version_in(response):
    return re.search(r'name="version"[^>]*value="(\w+)"', response.text)[1]


ROW = {"allergies-0-what": "Peanuts", "allergies-0-severity": "life_threatening"}


def test_everything_is_kept_and_comes_back(client, page, parent, ava):
    opened = client.get(page)
    assert "We hold no medical forms." in opened.text
    assert "Nothing can be uploaded here" in opened.text
    assert 'type="file"' not in opened.text
    form = ROW | {
        "version": version_in(opened),
        "diets": ["vegan", "nut_free"], "diet_words": "no raw onion", "allergies-0-reaction": "cannot breathe",
        "allergies-0-action": "inject, call 911", "allergies-3-what": "", "allergy_words": "hay fever in May",
        "carried": "auto_injector", "medications-0-what": "Cetirizine", "medications-0-dose": "10 mg",
        "medications-0-times": "8:00 with food", "conditions": "asthma", "swim_class": "beginner", "swim_class_on": "6/14/2026",
        "form_ab_until": "May 1, 2027", "form_c_until": "2027-05-01", "form_in_binder": "y",
    }  # fmt: skip
    answer = client.post(page, data=form)
    assert (answer.status_code, answer.location) == (303, "/family")
    found = kept(parent, ava)
    assert found.answers == FULL
    assert found.papers == Papers("beginner", date(2026, 6, 14), date(2027, 5, 1), date(2027, 5, 1), True)
    again = client.get(page)
    for value in ("no raw onion", "Peanuts", "cannot breathe", "Cetirizine", "8:00", "06/14/2026", "05/01/2027"):
        assert value in again.text
    assert "The health notes on Ava Holm are saved." in again.text
    # The same form once more, from a tab that was left open, changes nothing.
    assert client.post(page + "?next=/outings", data=form).location == "/outings"
    assert client.post(page + "?next=//evil.example", data=form).location == "/family"
    assert "are right as of today" in client.get("/family").text


def test_rows_come_and_go_without_a_script_and_nothing_typed_is_lost(client, page):
    typed = ROW | {
        "allergies-0-what": "Kiwi",
        "conditions": "sleepwalks",
        "swim_class_on": "soon",
        "diets": "halal",
        "version": "abc",
    }
    more = client.post(page, data=typed | {"add": "allergies"})
    assert more.status_code == 200
    assert "There is a problem" not in more.text
    assert re.search(r'<input[^>]*autofocus[^>]*id="allergies-1-what"', more.text)
    for value in ('value="Kiwi"', "sleepwalks", 'value="soon"', 'value="abc"', 'value="halal" checked'):
        assert value in more.text
    two = typed | {"allergies-1-what": "Bees", "allergies-1-severity": "mild", "remove": "allergies-0"}
    fewer = client.post(page, data=two)
    assert "Kiwi" not in fewer.text
    assert 'value="Bees"' in fewer.text
    many = {f"medications-{at}-what": "x" for at in range(20)} | {"add": "medications"}
    assert "medications-20-what" not in client.post(page, data=many).text
    assert db.session.scalars(select(HealthNote)).all() == []


def test_bad_input_is_named_beside_its_field(client, page):
    wrong = {
        "allergies-0-reaction": "hives", "medications-0-dose": "two", "swim_class_on": "soon", "diets": "stones",
        "conditions": "x" * 1001, "version": "abc",
    }  # fmt: skip
    answer = client.post(page, data=wrong)
    assert answer.status_code == 422
    assert "<title>Error: " in answer.text
    for sentence, field in (
        ("Say what the allergy is to.", "allergies-0-what"),
        ("Say how bad the allergy gets.", "allergies-0-severity"),
        ("Say which medication it is.", "medications-0-what"),
        ("Enter a date such as", "swim_class_on"),
        ("Use at most 1000 characters.", "conditions"),
    ):
        assert re.search(rf'href="#{field}">{sentence}', answer.text), field
        assert re.search(rf'id="{field}-error"', answer.text), field
    assert 'value="hives"' in answer.text


def test_the_second_of_two_homes_saves_on_top(app, client, sign_in, page, parent, ava):
    other, elsewhere = make_user(), app.test_client()
    keep(Guardian(user_id=other.id, person_id=ava.id))
    sign_in(elsewhere, other)
    version = version_in(client.get(page))
    client.post(page, data=ROW | {"version": version})
    second = elsewhere.post(page, data={"version": version, "conditions": "asthma"})
    assert second.status_code == 409
    assert "Somebody else changed the health notes on Ava Holm" in second.text
    assert "Allergies Peanuts: life-threatening nothing" in words(second)
    assert "Conditions nothing asthma" in words(second)
    assert elsewhere.post(page, data={"version": version_in(second), "conditions": "asthma"}).status_code == 303
    assert kept(parent, ava).answers == Answers(conditions="asthma")


def test_one_click_says_that_nothing_has_changed(client, page, parent, ava):
    assert "There is nothing to tell" in client.get(page).text
    assert client.post(page + "/unchanged").location == "/family"
    assert "The health notes on Ava Holm are right as of today." in client.get("/family").text
    assert "Nothing has changed" in client.get(page).text
    assert kept(parent, ava).confirmed_at


def test_the_family_page_says_when_each_has_answered(client, page, parent, ava):
    assert "Health and diet of Ava Holm : nobody has answered yet" in words(client.get("/family"))
    make_health(ava, FULL, confirmed_at=now() - timedelta(days=9))
    family = client.get("/family")
    assert page + "/unchanged" in family.text
    assert "asthma" not in family.text
    client.post(page + "/unchanged")
    assert "Nothing has changed" not in client.get("/family").text
    db.session.get(Guardian, (parent.id, ava.id)).may_see_health = False
    assert page not in client.get("/family").text
