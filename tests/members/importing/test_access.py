"""Whom a roster reaches: no other unit, no child by its name and birth date, and guardians by an admin's yes."""

from datetime import date

import pytest
from sqlalchemy import select

from app.extensions import db
from app.families.models import Guardian, Person
from app.members.models import Membership
from app.units.models import RoleName
from tests.factories import keep, make_adult, make_leader, make_person, make_unit, make_user
from tests.members.importing.helpers import count, make, member
from tests.members.rosters import SMALL, data, person, youth


def test_a_plan_is_its_makers_alone_until_it_is_made(bring, app, client, unit, sign_in):
    at, _ = bring(SMALL.read_bytes())
    other = app.test_client()
    sign_in(other, make_leader(unit, RoleName.ADMIN))
    assert [other.get(at).status_code, other.post(at, data={"go": "apply"}).status_code] == [404, 404]
    make(client, at)
    assert other.get(at).status_code == 200


def test_a_file_opens_no_other_unit(bring, client, unit):
    pack = make_unit("Pack 3", kind="pack")
    secret = member(pack, "7", "Ava", "Secretname", phone="555-0100", birth_date=date(2014, 2, 3))
    born = {"Date of Birth": "02/03/2014"}
    at, _ = bring(data(youth(person("Ava", "Secretname", "7") | born, person("Ava", "Guess", "7"))))
    everything = "".join(client.get(f"{at}?show={tab}").text for tab in ("new", "changed", "unclear", "rejected"))
    assert "belongs to somebody of another unit" in everything
    assert "555-0100" not in everything
    at, _ = bring(data(youth(person("Ava", "Secretname") | born)))
    make(client, at)
    places = db.session.scalars(select(Membership.unit_id).where(Membership.person_id == secret.id)).all()
    assert places == [pack.id]


def test_somebody_of_no_unit_is_found_and_only_blanks_are_filled(bring, client, unit):
    child = make_person("Ava", "Holm", birth_date=date(2014, 2, 3), rank=None, phone="555-0100")
    file = person("Ava", number="7", Rank="Star", Gender="M") | {"Date of Birth": "02/03/2014"}
    at, page = bring(data(youth(file)))
    assert "joins the unit" in page.text
    assert "555-0100" not in page.text
    make(client, at)
    assert (count(Person), child.rank, child.gender) == (1, "Star", "female")


@pytest.mark.parametrize("number", ["7", ""])
def test_a_familys_child_that_has_left_another_unit_is_not_drawn_into_this_one(bring, client, unit, number):
    """Who is in the unit is shown to its admins, guardians and phones and all, and they could connect anybody with the child."""
    pack = make_unit("Pack 3", kind="pack")
    child = member(pack, "7", "Ava", "Holm", birth_date=date(2014, 2, 3))
    keep(Guardian(user_id=make_user().id, person_id=child.id))
    place = db.session.scalars(select(Membership).where(Membership.person_id == child.id)).one()
    place.until = date(2026, 1, 31)
    db.session.commit()
    at, _ = bring(data(youth(person("Ava", "Holm", number) | {"Date of Birth": "02/03/2014"})))
    make(client, at)
    assert count(Person) == 2
    assert db.session.scalars(select(Membership.unit_id).where(Membership.person_id == child.id)).all() == [pack.id]


def test_nobody_becomes_the_guardian_of_a_member_by_adding_the_child_first(bring, client, unit):
    """A name and a birth date are no secret: whoever is to stay away from a child knows both."""
    born = {"Date of Birth": "02/03/2014"}
    planted = make_person("Ava", "Holm", guardian=make_user(), birth_date=date(2014, 2, 3))
    posing = make_adult("Astrid", "Holm", birth_date=date(2014, 2, 3), user_id=make_user().id)
    at, _ = bring(data(youth(person("Ava", number="8") | born, person("Astrid", number="9") | born)))
    make(client, at)
    members = set(db.session.scalars(select(Membership.person_id)))
    assert len(members) == 2
    assert not {planted.id, posing.id} & members


def test_guardians_are_accepted_from_the_result(bring, client, unit):
    user = make_user("astrid.holm@example.org", name="Astrid Holm")
    astrid = make_adult("Astrid", "Holm", unit=unit, user_id=user.id, email="astrid.holm@example.org")
    at, _ = bring(SMALL.read_bytes())
    make(client, at)
    page = client.get(at)
    assert f"{at}/guardians/{astrid.id}" in page.text
    assert "Give an account" in page.text
    assert "Accept Astrid Holm" in page.text
    astrid.last_name = "Berg"
    db.session.commit()
    page = client.get(at).text
    assert "here: Astrid Berg" in page, "who would be a guardian is not whom the file names"
    assert "Accept Astrid Berg" in page
    client.post(f"{at}/guardians/{astrid.id}")
    (guardian,) = db.session.scalars(select(Guardian)).all()
    assert (guardian.person.first_name, guardian.relationship_to) == ("Zoé", "mother")
    assert f"guardians/{astrid.id}" not in client.get(at).text
