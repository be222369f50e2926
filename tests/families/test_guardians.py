"""Two homes: one lets the other in, an admin may limit or detach, and neither reads the other's address."""

import re
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select

from app.audit.models import AuditEntry
from app.clock import now
from app.extensions import db
from app.families.models import Guardian, GuardianInvitation, Person
from app.identity import limits
from app.identity.limits import PER_ACCOUNT
from app.identity.models import User
from app.units.models import RoleName
from app.web.formats import moment
from tests.factories import keep, make_family, make_leader, make_unit, make_user

ALL = {"may_sign_up": "1", "may_consent": "1", "may_see_health": "1"}
SEEN = {f"seen_{name}": "1" for name in ALL}
NEW = {
    "name": "Nora Berg",
    "email": "nora@example.org",
    "password": "a quite new phrase",
    "again": "a quite new phrase",
}


@pytest.fixture
def unit(db_session):
    return make_unit("Troop 77")


@pytest.fixture
def parent(unit, client, sign_in):
    user = make_family(unit, children=1)
    sign_in(client, user)
    return user


@pytest.fixture
def child(parent):
    return db.session.scalars(select(Person).where(Person.kind == "youth")).one()


def link_of(client, child, **rights):
    answer = client.post(f"/family/people/{child.id}/guardians", data={"relationship_to": "parent"} | (rights or ALL))
    assert answer.status_code == 200
    assert answer.headers["Cache-Control"] == "no-store"
    return re.search(r"/invitation/[\w-]+", answer.text)[0]


def rights_of(user, child):
    held = db.session.get(Guardian, (user.id, child.id), populate_existing=True)
    return held and (held.may_sign_up, held.may_consent, held.may_see_health)


def test_another_home_comes_in_by_a_link_with_a_new_account(client, parent, child, app):
    link = link_of(client, child, may_sign_up="1")
    other = app.test_client()
    page = other.get(link)
    assert "You are invited to look after Ava" in page.text
    assert "Lindqvist" not in page.text
    assert page.headers["Referrer-Policy"] == "no-referrer"
    assert other.post(link, data=NEW).status_code == 303
    nora = db.session.scalars(select(User).where(User.email == "nora@example.org")).one()
    assert rights_of(nora, child) == (True, False, False)
    assert "Ava Lindqvist" in other.get("/family").text
    assert app.test_client().get(link).status_code == 410
    # Each reads of the other by name and no more.
    for browser in (client, other):
        for page in ("guardians", "log"):
            text = browser.get(f"/family/people/{child.id}/{page}").text
            assert "Nora Berg" in text
            assert "nora@example.org" not in text
            assert parent.email not in text
    assert other.post(f"/family/people/{child.id}/guardians", data=ALL).status_code == 403


def test_the_log_tells_the_time_of_the_childs_unit(client, parent, child, unit):
    unit.time_zone = "Asia/Kathmandu"
    link_of(client, child, may_sign_up="1")
    at = db.session.scalars(select(AuditEntry.at).order_by(AuditEntry.id.desc())).first()
    text = client.get(f"/family/people/{child.id}/log").text
    assert "times as Troop 77 has them" in text
    assert moment(at, ZoneInfo("Asia/Kathmandu")) in text


def test_an_account_that_is_there_accepts_once_signed_in(client, parent, child, app, sign_in):
    link, nora = link_of(client, child), make_user(email="nora@example.org")
    other = app.test_client()
    refused = other.post(link, data=NEW)
    assert refused.status_code == 422
    assert "This address has an account here." in refused.text
    assert f"next={link}" in other.get(link).text
    sign_in(other, nora)
    assert other.post(link).status_code == 303
    assert rights_of(nora, child) == (True, True, True)


def test_a_link_dies_with_the_right_to_make_it_and_can_be_taken_back(client, parent, child, app):
    link = link_of(client, child)
    db.session.get(Guardian, (parent.id, child.id)).may_consent = False
    assert app.test_client().get(link).status_code == 410
    db.session.get(Guardian, (parent.id, child.id)).may_consent = True
    assert app.test_client().get(link).status_code == 200
    parent.suspended_at = now()
    assert app.test_client().get(link).status_code == 410, "whoever is suspended lets nobody in"
    parent.suspended_at = None
    client.post(f"/family/people/{child.id}/guardians", data={"withdraw": "1"})
    assert app.test_client().get(link).status_code == 410
    (invitation,) = db.session.scalars(select(GuardianInvitation))
    assert link.rpartition("/")[2] not in invitation.token_hash


@pytest.mark.parametrize("suspended", [True, False])
def test_a_suspended_guardian_is_nobody_who_could_do_everything(client, parent, child, unit, sign_in, suspended):
    other = make_user(suspended_at=now() if suspended else None)
    keep(Guardian(user_id=other.id, person_id=child.id))
    sign_in(client, make_leader(unit, RoleName.ADMIN))
    here = f"/units/{unit.id}/members/{child.id}/guardians/{parent.id}"
    answer = client.post(here, data=SEEN | {"detach": "1"})
    assert (answer.status_code, rights_of(parent, child) is None) == ((422, False) if suspended else (303, True))


def test_new_links_give_no_new_tries_to_find_out_who_has_an_account(client, parent, child, app):
    known = {**NEW, "email": make_user().email}

    def tried(link, address):
        return app.test_client().post(link, data=known, environ_base={"REMOTE_ADDR": address}).status_code

    first = link_of(client, child)
    assert [tried(first, f"192.0.2.{at}") for at in range(PER_ACCOUNT + 1)] == [422] * PER_ACCOUNT + [429]
    client.post(f"/family/people/{child.id}/guardians", data={"withdraw": "1"})
    assert tried(link_of(client, child), "192.0.2.99") == 429


def test_nor_does_another_account_at_the_same_address(client, parent, child, app, unit, sign_in, monkeypatch):
    monkeypatch.setattr(limits, "PER_ADDRESS", 2)
    other = app.test_client()
    sign_in(other, make_family(unit, children=1))
    theirs = db.session.scalars(select(Person).where(Person.kind == "youth", Person.id != child.id)).one()
    known, links = {**NEW, "email": make_user().email}, [link_of(client, child), link_of(other, theirs)]
    tried = [app.test_client().post(link, data=known).status_code for link in [*links, *links]]
    assert tried == [422, 422, 429, 429]


def test_an_admin_limits_and_detaches_but_not_the_last_without_a_reason(client, parent, child, unit, sign_in):
    sign_in(client, make_leader(unit, RoleName.ADMIN))
    here = f"/units/{unit.id}/members/{child.id}/guardians"
    assert "Marit Lindqvist" in client.get(here).text
    url = f"{here}/{parent.id}"
    for form in ({"detach": "1"}, {"may_sign_up": "1"}):
        answer = client.post(url, data=SEEN | form)
        assert answer.status_code == 422
        assert "Then nobody could do everything for Ava Lindqvist." in answer.text
    assert rights_of(parent, child) == (True, True, True)
    assert client.post(url, data=SEEN | {"may_sign_up": "1", "reason": "court order"}).status_code == 303
    assert rights_of(parent, child) == (True, False, False)
    assert client.post(url, data=SEEN | ALL).status_code == 409  # the page was old
    assert client.post(url, data={"seen_may_sign_up": "1", "detach": "1"}).status_code == 303
    assert rights_of(parent, child) is None
    entries = db.session.scalars(select(AuditEntry).where(AuditEntry.subject_id == child.id).order_by(AuditEntry.id))
    assert [(entry.action, entry.reason) for entry in entries] == [
        ("guardian's rights changed", "court order"),
        ("guardian removed", None),
    ]
