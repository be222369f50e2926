import re

import pytest
from sqlalchemy import select

from app.audit.models import AuditEntry
from app.errors import NotAllowed, RuleBroken
from app.extensions import db
from app.units.models import Patrol, RoleName, Unit
from app.units.rules import add_patrol, add_unit
from tests.factories import make_leader, make_patrol, make_person, make_unit, make_user

NEW = {"name": "Troop 9", "kind": "troop", "time_zone": "America/Denver", "policy_preset": "scouts_uk"}


def test_one_sees_the_units_that_one_leads(client, sign_in, db_session):
    mine, other = make_unit("Troop 1"), make_unit("Troop 2")
    sign_in(client, make_leader(mine))
    page = client.get("/units").text
    assert (mine.name in page, other.name in page) == (True, False)
    assert "New unit" not in page


def test_a_parent_sees_none_and_what_to_do(client, sign_in, db_session):
    make_unit("Troop 1")
    sign_in(client, make_user())
    page = client.get("/units").text
    assert "You lead no unit" in page
    assert "Troop 1" not in page


def test_a_site_admin_sees_all_fifty_to_a_page_and_adds_one(client, sign_in, db_session, count_statements):
    sign_in(client, make_user(is_site_admin=True))
    for number in range(51):
        make_unit(f"Pack {number:03}")
    with count_statements() as statements:
        first = client.get("/units").text
    assert (first.count("/members"), len(statements) <= 8) == (50, True)
    assert "Pack 050" in client.get("/units?page=2").text
    assert client.get("/units?page=3").status_code == 404
    response = client.post("/units", data=NEW)
    unit = db.session.scalar(select(Unit).where(Unit.name == "Troop 9"))
    assert response.location == f"/units/{unit.id}/members"
    kept = (unit.number, unit.kind, unit.time_zone, unit.policy_preset)
    assert kept == ("9", "troop", "America/Denver", "scouts_uk")
    assert db.session.scalar(select(AuditEntry.action).where(AuditEntry.subject_id == unit.id)) == "unit added"


@pytest.mark.parametrize(
    "wrong",
    [
        {"name": ""},
        {"name": " "},
        {"name": "x" * 121},
        {"name": "TROOP 1"},
        {"kind": "gang"},
        {"policy_preset": "ours"},
        {"time_zone": "Mars"},
    ],
)
def test_a_unit_that_will_not_do(client, sign_in, db_session, wrong):
    make_unit("Troop 1")
    sign_in(client, make_user(is_site_admin=True))
    response = client.post("/units", data=NEW | wrong)
    assert response.status_code == 422
    assert "There is a problem" in response.text
    assert db.session.scalars(select(Unit.name)).all() == ["Troop 1"]


@pytest.mark.parametrize("name", [None, RoleName.LEADER, RoleName.ADMIN])
def test_nobody_else_adds_units(client, sign_in, db_session, name):
    user = make_leader(make_unit(), name) if name else make_user()
    sign_in(client, user)
    assert client.post("/units", data=NEW).status_code == 403
    with pytest.raises(NotAllowed):
        add_unit(user, "Troop 9", "troop", "UTC", "neutral")


def test_unknown_time_zones_are_refused_by_the_rule_too(db_session):
    for zone in ("Mars/Olympus", "../../etc/passwd", ""):
        with pytest.raises(RuleBroken, match="time zone"):
            add_unit(make_user(is_site_admin=True), "Troop 9", "troop", zone, "neutral")


@pytest.mark.parametrize(
    ("who", "get", "post"),
    [("stranger", 404, 404), ("leader", 200, 403), ("admin", 200, 303), ("site admin", 200, 303), ("nobody", 303, 303)],
)
def test_patrols(client, sign_in, db_session, who, get, post):
    unit = make_unit("Pack 3", kind="pack")
    fox = make_patrol(unit, "Fox")
    for _ in range(3):
        make_person(unit=unit, patrol=fox)
    user = {
        "stranger": lambda: make_leader(make_unit()),
        "leader": lambda: make_leader(unit),
        "admin": lambda: make_leader(unit, RoleName.ADMIN),
        "site admin": lambda: make_user(is_site_admin=True),
        "nobody": lambda: None,
    }[who]()
    if user:
        sign_in(client, user)
    response = client.get(f"/units/{unit.id}/patrols")
    assert response.status_code == get
    if get == 200:
        assert re.search(r"Fox</a></th><td[^>]*>3</td>", response.text)
        assert "Dens of Pack 3" in response.text
    assert client.post(f"/units/{unit.id}/patrols", data={"name": " Owl  Eyes "}).status_code == post
    made = db.session.scalars(select(Patrol.name).where(Patrol.unit_id == unit.id, Patrol.name != "Fox")).all()
    assert made == (["Owl Eyes"] if user and post == 303 else [])


def test_a_patrol_name_is_there_once_in_a_unit(client, sign_in, db_session):
    unit = make_unit()
    admin = make_leader(unit, RoleName.ADMIN)
    make_patrol(unit, "Fox")
    make_patrol(make_unit(), "Owl")
    sign_in(client, admin)
    response = client.post(f"/units/{unit.id}/patrols", data={"name": "FOX"})
    assert response.status_code == 422
    assert "There is a patrol named FOX already." in response.text
    assert add_patrol(admin, unit, "Owl").unit_id == unit.id
    for name in ("", " ", "x" * 81):
        assert client.post(f"/units/{unit.id}/patrols", data={"name": name}).status_code == 422
