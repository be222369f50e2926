"""Somebody who asks to join under an address that is not theirs: an admin would take the address for a proof of who it is."""

import pytest
from sqlalchemy import select

from app.errors import RuleBroken
from app.extensions import db
from app.families import guardians
from app.families.access import tie_of
from app.families.guardians import Rights
from app.families.models import Guardian, GuardianProposal, Person
from app.identity.models import User
from app.members.models import JoinRequest
from app.members.rules.joining import accept_request
from app.units.models import RoleName
from tests.factories import keep, make_leader, make_person, make_unit, make_user

POSE = {
    "name": "Astrid Holm",
    "email": "astrid@example.org",
    "password": "a quite new phrase",
    "again": "a quite new phrase",
}


@pytest.fixture
def unit(db_session):
    unit = make_unit("Troop 5", takes_requests=True)
    ava = make_person("Ava", "Holm", unit=unit)
    keep(GuardianProposal(person_id=ava.id, name="Astrid Holm", relationship_to="Mother", phone=None))
    return unit


@pytest.fixture
def posing(client, unit):
    """Has let themselves in by an invitation of their own, under the mother's name and address."""
    own = make_user()
    child = make_person("Nobody", guardian=own)
    token = guardians.invite(own, tie_of(own, child.id), None, Rights())
    assert client.post(f"/invitation/{token}", data=POSE).status_code == 303
    return db.session.scalars(select(User).where(User.email == POSE["email"])).one()


def test_they_are_asked_to_confirm_it_first(client, unit, posing):
    answer = client.post(f"/units/{unit.id}/join", data={"message": "Ava"})
    assert (answer.status_code, "Confirm your email address first" in answer.text) == (422, True)
    assert db.session.scalars(select(JoinRequest)).all() == []
    posing.email_proved = True
    db.session.flush()
    assert client.post(f"/units/{unit.id}/join", data={"message": "Ava"}).status_code == 303
    assert db.session.scalars(select(JoinRequest.email)).all() == [POSE["email"]]


def test_nor_is_what_an_earlier_release_let_them_ask_accepted(unit, posing):
    admin = make_leader(unit, RoleName.ADMIN)
    asked = {"unit_id": unit.id, "user_id": posing.id, "name": posing.name, "email": posing.email, "state": "waiting"}
    request = keep(JoinRequest(**asked))
    ava = db.session.scalars(select(Person).where(Person.first_name == "Ava")).one()
    with pytest.raises(RuleBroken, match="has not been confirmed"):
        accept_request(admin, unit, request.id, [ava.id])
    assert db.session.get(Guardian, (posing.id, ava.id)) is None
