"""Of somebody who has left, a unit keeps what they were in it: where to find their family is told to the unit that they are in now."""

import io
from datetime import timedelta

import pytest
from openpyxl import load_workbook
from sqlalchemy import select

from app.clock import today
from app.extensions import db
from app.families.models import GuardianProposal, Person, Training
from app.members.columns import COLUMNS
from app.members.models import MemberColumns, Membership
from app.units.models import RoleName
from tests.factories import keep, make_adult, make_leader, make_patrol, make_person, make_unit, make_user

TOLD = ("Marit Holm", "555-0177", "bo@example.org", "555-0188", "Safe swimming", "Dec 31, 2098")


@pytest.fixture
def unit(db_session):
    unit, elsewhere = make_unit("Troop 5"), make_unit("Troop 6")
    parent, fox = make_user(name="Marit Holm"), make_patrol(unit, "Fox")
    make_adult("Marit", "Holm", user_id=parent.id, phone="555-0177")
    day = today(unit.time_zone)
    ava = make_person(
        "Ava", "Holm", unit=unit, patrol=fox, guardian=parent, form_ab_until=day.replace(year=2098, month=12, day=31)
    )
    bo = make_adult("Bo", "Vik", unit=unit, email="bo@example.org", phone="555-0188")
    keep(Training(person_id=bo.id, code="SSD", name="Safe swimming"))
    for person in (ava, bo):
        place = db.session.scalars(select(Membership).where(Membership.person_id == person.id)).one()
        place.until, place.member_number = day - timedelta(days=1), f"77-{person.first_name}"
        keep(Membership(person_id=person.id, unit_id=elsewhere.id))
    return unit


@pytest.fixture
def browser(client, sign_in):
    def browser(unit, role):
        user = make_leader(unit, role)
        keep(MemberColumns(unit_id=unit.id, user_id=user.id, names=list(COLUMNS)))
        sign_in(client, user)
        return client

    return browser


@pytest.mark.parametrize("role", list(RoleName))
def test_the_list_says_what_they_were_here(browser, unit, role):
    page = browser(unit, role).get(f"/units/{unit.id}/members?only=former").text
    assert [word for word in ("Ava Holm", "Bo Vik", "Fox", "77-Ava") if word not in page] == []
    assert [word for word in TOLD if word in page] == []


@pytest.mark.parametrize("asked", ["q=Marit", "q=Named"])
def test_they_are_not_found_by_the_guardians_of_today(browser, unit, asked):
    keep(
        GuardianProposal(
            person_id=db.session.scalar(select(Person.id).where(Person.first_name == "Ava")), name="Named Holm"
        )
    )
    other = db.session.scalars(select(Membership.unit_id).where(Membership.until.is_(None))).first()
    client = browser(unit, RoleName.ADMIN)
    assert "Ava Holm" in client.get(f"/units/{unit.id}/members?only=former&q=Ava+77").text
    assert "Ava Holm" not in client.get(f"/units/{unit.id}/members?only=former&{asked}").text
    client = browser(db.session.get_one(type(unit), other), RoleName.ADMIN)
    assert "Ava Holm" in client.get(f"/units/{other}/members?{asked}").text


@pytest.mark.parametrize("asked", ["form=over", "form=soon", "training=over", "training=soon"])
def test_nor_are_they_told_apart_by_what_they_have_today(browser, unit, asked):
    client = browser(unit, RoleName.ADMIN)
    for address in ("members", "members/export.csv"):
        page = client.get(f"/units/{unit.id}/{address}?only=former&{asked}").text
        assert [name for name in ("Ava", "Bo") if name not in page] == []


def test_and_so_does_the_file(browser, unit):
    client = browser(unit, RoleName.ADMIN)
    here = f"/units/{unit.id}/members/export"
    book = load_workbook(io.BytesIO(client.get(f"{here}.xlsx?only=former").data))
    cells = " ".join(str(cell) for row in book.active.iter_rows(values_only=True) for cell in row)
    for said in (client.get(f"{here}.csv?only=former").text, cells):
        assert "77-Ava" in said
        assert [word for word in (*TOLD, "2098-12-31", "Guardians", "Phone") if word in said] == []


def test_where_they_are_now_all_of_it_is_told(browser, unit):
    other = db.session.scalars(select(Membership.unit_id).where(Membership.until.is_(None))).first()
    client = browser(db.session.get_one(type(unit), other), RoleName.ADMIN)
    page = client.get(f"/units/{other}/members").text
    assert [word for word in TOLD if word not in page] == []
