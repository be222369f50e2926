"""A link to a child is opened while an admin detaches a guardian: one after the other, and neither blocks the other for good."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import select

from app.extensions import db
from app.families import guardians
from app.families.access import tie_of
from app.families.guardians import Rights
from app.families.models import Guardian, Person
from app.identity.models import User
from app.members.rules import invitations
from app.members.rules.guardians import change_guardian
from app.units.models import RoleName
from tests.factories import keep, make_leader, make_person, make_unit, make_user
from tests.sites import PATIENCE, until_somebody_stands


@pytest.mark.parametrize("of_unit", [True, False])
def test_a_link_that_is_opened_while_a_guardian_is_detached(committed_db, of_unit):
    with committed_db.app.app_context():
        unit, other = make_unit(), make_user()
        admin, newcomer, parent = make_leader(unit, RoleName.ADMIN), make_user(), make_user()
        child = make_person(unit=unit, guardian=parent)
        keep(Guardian(user_id=other.id, person_id=child.id))
        if of_unit:
            token = invitations.make_links(admin, unit, [child.id])[0].token
        else:
            token = guardians.invite(parent, tie_of(parent, child.id), None, Rights())
        db.session.commit()
        ids = {
            "unit": unit.id,
            "admin": admin.id,
            "newcomer": newcomer.id,
            "other": other.id,
            "child": child.id,
            "parent": parent.id,
        }
    opened, over = threading.Event(), threading.Event()

    def get(model, name):
        return db.session.get_one(model, ids[name])

    def accept():
        with committed_db.app.app_context():
            user = get(User, "newcomer")
            try:
                room = invitations if of_unit else guardians
                found = room.open_invitation(token)
                opened.set()
                until_somebody_stands(or_else=over.is_set)
                if of_unit:
                    invitations.accept_invitation(user, found, None)
                else:
                    guardians.accept(user, found)
                db.session.commit()
            finally:
                opened.set()

    def detach():
        assert opened.wait(PATIENCE)
        with committed_db.app.app_context():
            try:
                everything, child = Rights(), get(Person, "child")
                change_guardian(get(User, "admin"), ids["unit"], child, ids["other"], None, everything, "moved away")
                db.session.commit()
            finally:
                over.set()

    with ThreadPoolExecutor(2) as pool:
        for done in [pool.submit(accept), pool.submit(detach)]:
            done.result(PATIENCE)
    with committed_db.app.app_context():
        assert set(db.session.scalars(select(Guardian.user_id))) == {ids["parent"], ids["newcomer"]}
