"""Roles are given and taken; a unit keeps an admin."""

import uuid

import pytest
from sqlalchemy import select

from app.audit.models import AuditEntry
from app.errors import NotAllowed, RuleBroken
from app.extensions import db
from app.members.rules.roles import NO_ROLE, Grant, set_role
from app.units.models import Role, RoleName, Unit
from tests.factories import keep, make_adult, make_leader, make_person, make_role, make_unit, make_user
from tests.members.helpers import HTMX, url


def role_of(user, unit):
    return db.session.scalar(select(Role.name).where(Role.user_id == user.id, Role.unit_id == unit.id))


def test_roles_are_given_and_taken_in_place_with_undo(client, admin, unit):
    bo = make_user(name="Bo Holm")
    make_adult("Bo", unit=unit, user_id=bo.id)
    response = client.post(url(unit, f"/roles/{bo.id}"), data={"role": "leader", "based_on": ""}, headers=HTMX)
    assert response.text.strip().startswith(f'<tr id="account-{bo.id}">')
    assert "Bo Holm is a leader now." in response.headers["HX-Trigger"]
    assert (
        '"fields": {"role": "", "last_day": "", "based_on": "leader", "based_on_day": ""}'
        in response.headers["HX-Trigger"]
    )
    assert role_of(bo, unit) == "leader"
    taken = client.post(url(unit, f"/roles/{bo.id}"), data={"role": "", "based_on": "leader"})
    assert "Bo Holm has no role any more." in client.get(taken.location).text
    assert role_of(bo, unit) is None
    entries = db.session.scalars(select(AuditEntry).where(AuditEntry.subject_id == bo.id).order_by(AuditEntry.id)).all()
    assert [entry.changes for entry in entries] == [{"role": [None, "leader"]}, {"role": ["leader", None]}]


def test_the_last_admin_stays(client, admin, unit):
    response = client.post(url(unit, f"/roles/{admin.id}"), data={"role": "", "based_on": "admin"})
    assert (response.status_code, role_of(admin, unit)) == (422, "admin")
    assert "Make another admin first" in response.text
    swapped = client.post(url(unit, f"/roles/{admin.id}"), data={"role": "", "based_on": "admin"}, headers=HTMX)
    assert "Make another admin first" in swapped.headers["HX-Trigger"]
    assert '<option value="admin" selected>' in swapped.text, "the line shows what is true"


def test_one_of_two_admins_may_go_and_then_sees_the_page_no_longer(client, admin, unit):
    make_leader(unit, RoleName.ADMIN)
    response = client.post(url(unit, f"/roles/{admin.id}"), data={"role": "", "based_on": "admin"})
    assert (response.status_code, role_of(admin, unit)) == (303, None)
    assert client.get(url(unit, "/roles")).status_code == 404


def test_a_site_admin_may_take_the_last_admin_away(unit):
    last = make_leader(unit, RoleName.ADMIN)
    set_role(make_user(is_site_admin=True), unit, last.id, NO_ROLE, Grant(RoleName.ADMIN))
    assert role_of(last, unit) is None


def test_a_role_that_somebody_else_changed_meanwhile_is_not_overwritten(client, admin, unit):
    bo = make_leader(unit)
    response = client.post(url(unit, f"/roles/{bo.id}"), data={"role": "admin", "based_on": ""})
    assert (response.status_code, role_of(bo, unit)) == (409, "leader")
    assert "Somebody else changed this role" in response.text


def test_accounts_from_elsewhere_get_no_role(client, admin, unit):
    stranger = make_user()
    assert client.post(url(unit, f"/roles/{stranger.id}"), data={"role": "admin", "based_on": ""}).status_code == 404
    parent = make_user()
    make_person(unit=unit, guardian=parent)
    assert client.post(url(unit, f"/roles/{parent.id}"), data={"role": "admin", "based_on": ""}).status_code == 404
    assert client.post(url(unit, f"/roles/{uuid.uuid4()}"), data={"role": "admin", "based_on": ""}).status_code == 404


@pytest.mark.parametrize("role", ["owner", "site_admin", "ADMIN"])
def test_other_words_are_no_roles(client, admin, unit, role):
    assert client.post(url(unit, f"/roles/{admin.id}"), data={"role": role, "based_on": "admin"}).status_code == 422
    assert role_of(admin, unit) == "admin"


def test_rules_ask_again_who_the_actor_is(unit):
    leader = make_leader(unit)
    with pytest.raises(NotAllowed):
        set_role(leader, unit, leader.id, Grant(RoleName.ADMIN), Grant(RoleName.LEADER))


def test_two_admins_who_take_each_others_role_away_leave_one(committed_db):
    import threading

    with committed_db.app.app_context():
        unit = make_unit("Troop 5")
        ids = [make_leader(unit, RoleName.ADMIN).id for _ in range(2)]
        unit_id = unit.id
        db.session.commit()

    def go(actor, target):
        from app.identity.models import User

        with committed_db.app.app_context():
            try:
                set_role(
                    db.session.get(User, actor), db.session.get(Unit, unit_id), target, NO_ROLE, Grant(RoleName.ADMIN)
                )
                db.session.commit()
            except RuleBroken:
                db.session.rollback()

    for _ in range(10):
        threads = [threading.Thread(target=go, args=pair) for pair in (ids, ids[::-1])]
        [t.start() for t in threads]
        [t.join() for t in threads]
        with committed_db.app.app_context():
            left = db.session.scalars(select(Role.user_id)).all()
            assert len(left) == 1
            gone = next(user_id for user_id in ids if user_id not in left)
            keep(Role(user_id=gone, unit_id=unit_id, name="admin"))
            db.session.commit()


def test_a_role_elsewhere_says_nothing_here(client, admin, unit):
    bo = make_leader(make_unit())
    make_adult("Bo", unit=unit, user_id=bo.id)
    make_role(bo, unit)
    page = client.get(url(unit, "/roles")).text
    assert page.count(f'id="account-{bo.id}"') == 1
