"""Who may give no permission for a child makes no adult of it, who would need none."""

from datetime import date

import pytest

from app.clock import now
from app.errors import RuleBroken
from app.extensions import db
from app.families.models import Guardian, Person
from app.signups.models import Participant
from tests.factories import make_outing, make_person, make_unit, make_user
from tests.signups.helpers import sign_up

FORM = {"first_name": "Ava", "last_name": "Holm", "gender": "female"}


@pytest.fixture
def unit(db_session):
    return make_unit()


@pytest.fixture
def limited(client, sign_in, unit):
    user = make_user()
    sign_in(client, user)
    return user


@pytest.fixture
def child(limited, unit):
    child = make_person("Ava", "Holm", unit=unit, guardian=limited)
    db.session.get(Guardian, (limited.id, child.id)).may_consent = False
    db.session.flush()
    return child


@pytest.mark.parametrize("day", ["01/01/1990", "", f"12/31/{now().year - 18}"])
def test_the_day_of_birth_is_another_guardians(client, unit, limited, child, day):
    born = child.birth_date
    sent = FORM | {"birth_date": day, "kind": "adult", "version": child.version}
    answer = client.post(f"/family/people/{child.id}", data=sent)
    assert (answer.status_code, "Another guardian says when this child was born" in answer.text) == (422, True)
    db.session.expire_all()
    assert db.session.get(Person, child.id).birth_date == born
    outing = make_outing(unit)
    with pytest.raises(RuleBroken, match="Tick that you give permission"):
        sign_up(limited, outing, [child], consent=False)
    assert db.session.query(Participant).count() == 0


def test_the_rest_is_changed_as_by_any_guardian(client, child):
    sent = FORM | {"first_name": "Avi", "birth_date": f"{child.birth_date:%m/%d/%Y}", "version": child.version}
    assert client.post(f"/family/people/{child.id}", data=sent).status_code == 303
    assert db.session.get(Person, child.id).first_name == "Avi"


def test_whoever_may_permit_says_it(client, limited, child):
    db.session.get(Guardian, (limited.id, child.id)).may_consent = True
    sent = FORM | {"birth_date": "01/02/2013", "version": child.version}
    assert client.post(f"/family/people/{child.id}", data=sent).status_code == 303
    assert db.session.get(Person, child.id).birth_date == date(2013, 1, 2)
