"""A child goes to another unit at the moment at which the one before decides who looks after it, or puts it on an outing: too late."""

import pytest
from sqlalchemy import select

from app.clock import frozen, now
from app.errors import RuleBroken
from app.extensions import db
from app.families.guardians import Rights
from app.families.models import Guardian, Person
from app.identity.models import User
from app.members.models import JoinRequest
from app.members.rules import guardians, joining
from app.members.rules.transfers import transfer
from app.outings.models import Outing
from app.signups.models import Participant
from app.signups.rules.leader import add_person, edit_row
from app.signups.rules.undoing import SLIP, undo
from app.units.models import RoleName, Unit
from tests.factories import make_leader, make_outing, make_person, make_unit, make_user
from tests.roster.helpers import put_on as on_roster
from tests.sites import behind


def attach(actor, unit, ids):
    joining.accept_request(actor, unit, ids["request"], [ids["child"]])


def limit(actor, unit, ids):
    child, limited = db.session.get_one(Person, ids["child"]), Rights(may_see_health=False)
    guardians.change_guardian(actor, unit.id, child, ids["parent"], limited, Rights(), "as they asked")


def put_on(actor, unit, ids):
    add_person(actor, db.session.get_one(Outing, ids["outing"]), ids["child"])


def put_on_again(actor, unit, ids):
    edit_row(actor, ids["outing"], ids["row"], 2, {}, "confirmed")


def take_back(actor, unit, ids):
    with frozen(now() + 2 * SLIP):
        undo(actor, ids["outing"], ids["row"], ids["entry"])


@pytest.mark.parametrize("decide", [attach, limit, put_on, put_on_again, take_back])
def test_whoever_was_waited_for_may_have_taken_the_child_along(committed_db, decide):
    app = committed_db.app
    with app.app_context():
        unit, other = make_unit(), make_unit()
        admin, parent, asking = make_leader(unit, RoleName.ADMIN), make_user(), make_user()
        child = make_person(unit=unit, guardian=parent)
        joining.ask_as(asking, unit, None, joining.Asked(asking.name, asking.email))
        request = db.session.scalars(select(JoinRequest)).one()
        runs_site = make_user(is_site_admin=True)
        outing = make_outing(unit)
        row = on_roster(outing, child)
        taken_off = edit_row(admin, outing.id, row.id, 1, {}, "cancelled")
        rows = {"unit": unit, "other": other, "admin": admin, "parent": parent, "child": child, "request": request}
        rows |= {"outing": outing, "row": row, "entry": taken_off.entry}
        db.session.commit()
        ids = {name: row.id for name, row in (rows | {"site": runs_site}).items()}

    def go():
        one, other = (db.session.get_one(Unit, ids[name]) for name in ("unit", "other"))
        transfer(db.session.get_one(User, ids["site"]), one, ids["child"], other.name)

    def too_late():
        decide(db.session.get_one(User, ids["admin"]), db.session.get_one(Unit, ids["unit"]), ids)

    assert isinstance(behind(app, go, too_late), RuleBroken)
    with app.app_context():
        (stays,) = db.session.scalars(select(Guardian)).all()
        assert (stays.user_id, stays.may_see_health) == (ids["parent"], True)
        assert db.session.scalars(select(Participant.state)).all() == ["cancelled"]
