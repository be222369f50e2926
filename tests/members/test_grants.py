"""Roles for a time: they end by themselves, everywhere, and somebody always keeps the unit."""

from datetime import date, timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select

from app.clock import now
from app.errors import RuleBroken, Stale
from app.extensions import db
from app.members.queries import unit_ids_of
from app.members.rules.roles import LAST_ADMIN, NO_ROLE, Grant, last_day_of, set_role
from app.outings.models import OutingState
from app.units.access import forget_roles, roles_of
from app.units.models import Role, RoleName
from tests.factories import make_adult, make_leader, make_outing, make_user

TOMORROW = now().date() + timedelta(days=2)


@pytest.fixture
def bo(unit):
    user = make_user(name="Bo Holm")
    make_adult("Bo", unit=unit, user_id=user.id)
    return user


def url(unit, user):
    return f"/units/{unit.id}/members/roles/{user.id}"


def test_a_leader_for_a_weekend(client, admin, unit, bo):
    form = {"role": "leader", "last_day": f"{TOMORROW:%m/%d/%Y}", "based_on": "", "based_on_day": ""}
    answer = client.post(url(unit, bo), data=form, headers={"HX-Request": "true"})
    assert "Bo Holm is a leader now through" in answer.headers["HX-Trigger"]
    role = db.session.get(Role, (bo.id, unit.id))
    assert role.until.isoformat().endswith(("06:00:00+00:00", "05:00:00+00:00"))  # midnight in Chicago
    longer = {"role": "leader", "last_day": "", "based_on": "leader", "based_on_day": str(TOMORROW)}
    assert client.post(url(unit, bo), data=longer).status_code == 303
    db.session.refresh(role)
    assert role.until is None


def test_what_has_run_out_does_nothing_and_says_so(client, admin, unit, bo, app, sign_in):
    set_role(admin, unit, bo.id, Grant(RoleName.LEADER), NO_ROLE)
    draft = make_outing(unit, state=OutingState.DRAFT)
    browser = app.test_client()
    sign_in(browser, bo)
    paths = [f"/outings/{draft.id}", f"/outings/{draft.id}/roster", f"/units/{unit.id}/members"]
    assert [browser.get(path).status_code for path in paths] == [200, 200, 200]
    assert "Winter camp" in browser.get("/outings").text
    db.session.get(Role, (bo.id, unit.id)).until = now() - timedelta(minutes=1)
    assert [browser.get(path).status_code for path in paths] == [404, 404, 404]
    assert "Winter camp" not in browser.get("/outings").text
    forget_roles(bo)
    assert roles_of(bo) == {}
    stranger = make_leader(unit)
    db.session.get(Role, (stranger.id, unit.id)).until = now() - timedelta(minutes=1)
    assert list(db.session.scalars(unit_ids_of(stranger.id))) == []
    assert client.get(f"/units/{unit.id}/members/roles").text.count("has run out") == 2
    assert '<span class="chip chip--in">leader</span>' not in client.get(f"/units/{unit.id}/members").text


def test_somebody_keeps_the_unit_without_an_end(admin, unit, bo):
    with pytest.raises(RuleBroken, match=LAST_ADMIN):
        set_role(admin, unit, admin.id, NO_ROLE, Grant(RoleName.ADMIN))
    with pytest.raises(RuleBroken, match=LAST_ADMIN):
        set_role(admin, unit, admin.id, Grant(RoleName.ADMIN, TOMORROW), Grant(RoleName.ADMIN))
    # One whose own time ends, or who is kept out, keeps nothing.
    set_role(admin, unit, bo.id, Grant(RoleName.ADMIN, TOMORROW), NO_ROLE)
    with pytest.raises(RuleBroken, match=LAST_ADMIN):
        set_role(admin, unit, admin.id, Grant(RoleName.LEADER), Grant(RoleName.ADMIN))
    set_role(admin, unit, bo.id, Grant(RoleName.ADMIN), Grant(RoleName.ADMIN, TOMORROW))
    bo.suspended_at = now()
    with pytest.raises(RuleBroken, match=LAST_ADMIN):
        set_role(admin, unit, admin.id, NO_ROLE, Grant(RoleName.ADMIN))
    bo.suspended_at = None
    set_role(admin, unit, admin.id, NO_ROLE, Grant(RoleName.ADMIN))


def test_a_day_that_is_over_and_a_page_that_is_old(admin, unit, bo):
    with pytest.raises(RuleBroken, match="This day is over"):
        set_role(admin, unit, bo.id, Grant(RoleName.LEADER, date(2020, 1, 1)), NO_ROLE)
    set_role(admin, unit, bo.id, Grant(RoleName.LEADER, TOMORROW), NO_ROLE)
    with pytest.raises(Stale):
        set_role(admin, unit, bo.id, NO_ROLE, Grant(RoleName.LEADER))
    role = db.session.scalar(select(Role).where(Role.user_id == bo.id))
    assert last_day_of(role.until, ZoneInfo(unit.time_zone)) == TOMORROW


def test_whoever_is_suspended_is_out_at_once(client, admin, unit):
    assert client.get("/account").status_code == 200
    admin.suspended_at = now()
    assert client.get("/account").status_code == 303
    form = {"login": admin.email, "password": "correct horse battery"}
    answer = client.post("/login", data=form)
    assert answer.status_code == 422
    assert "This account is suspended." in answer.text
    assert "suspended" not in client.post("/login", data=form | {"password": "a wrong one entirely"}).text
