"""A member who is added by hand."""

import re

import pytest
from sqlalchemy import func, select

from app.extensions import db
from app.families.models import Person
from app.members.models import Membership
from tests.factories import make_patrol, make_person
from tests.members.helpers import membership, url

NEW = {"first_name": "Ava", "last_name": "Holm", "kind": "youth"}


def test_a_person_is_added_once_however_often_the_form_is_sent(client, admin, unit):
    fox = make_patrol(unit)
    person_id = re.search(r'name="id"[^>]*value="([\w-]+)"', client.get(url(unit, "/new")).text)[1]
    form = NEW | {
        "id": person_id,
        "birth_date": "2/3/2014",
        "patrol_id": fox.id,
        "member_number": "#007",
        "gender": "female",
    }
    for _ in range(3):
        assert client.post(url(unit, "/new"), data=form).status_code == 303
    (place,) = db.session.scalars(select(Membership).where(Membership.unit_id == unit.id)).all()
    assert (place.person.full_name, place.patrol.name, place.member_number) == ("Ava Holm", "Fox", "7")
    assert (str(place.person.birth_date), place.person.kind, place.person.gender) == ("2014-02-03", "youth", "female")
    assert "<b>Ava Holm</b>" in client.get(url(unit)).text


def test_the_birth_date_knows_better_than_the_box(client, admin, unit):
    client.post(url(unit, "/new"), data=NEW | {"birth_date": "1 May 1980"})
    assert db.session.scalar(select(Person.kind)) == "adult"


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"first_name": ""}, "Enter a first name."),
        ({"last_name": " "}, "Enter a last name."),
        ({"kind": ""}, "Say whether this is a youth or an adult"),
        ({"birth_date": "soon"}, "Enter a birth date such as"),
        ({"member_number": "none"}, "Enter the member number as it stands in the roster"),
        ({"member_number": "078-05-1120"}, "Enter the member number as it stands in the roster"),
        ({"member_number": "42"}, "Somebody in this unit has this member number already."),
        ({"first_name": "A" * 81}, "80"),
    ],
)
def test_bad_input_keeps_what_was_typed(client, admin, unit, wrong, sentence):
    membership(make_person(unit=unit)).member_number = "42"
    response = client.post(url(unit, "/new"), data=NEW | wrong)
    assert response.status_code == 422
    assert "There is a problem" in response.text
    assert sentence in response.text
    assert 'value="Holm"' in response.text or wrong.get("last_name") == " "
    assert db.session.scalar(select(func.count()).select_from(Person)) == 1


@pytest.mark.parametrize("born", ["1/1/1902", "1/1/2090"])
def test_a_day_that_nobody_alive_was_born_on(client, admin, unit, born):
    response = client.post(url(unit, "/new"), data=NEW | {"birth_date": born})
    assert response.status_code == 422
    assert "was born" in response.text
