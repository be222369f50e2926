"""An import that waits for somebody who takes the role of its maker finds that out before it writes."""

import pytest
from sqlalchemy import func, select

from app.errors import NotAllowed
from app.extensions import db
from app.families.models import Person
from app.identity.models import User
from app.members.importing import drafting, slices
from app.members.importing.applying import apply
from app.members.importing.undoing import undo
from app.members.models import RosterImport
from app.members.rules.roles import NO_ROLE, Grant, set_role
from app.units.access import roles_of
from app.units.models import RoleName, Unit
from tests.factories import make_leader, make_unit
from tests.sites import behind

FILE = b"First Name,Last Name,Youth or adult\nOve,Import,Youth\n"


@pytest.mark.parametrize(("deed", "people"), [(apply, 0), (undo, 1)])
def test_it_is_told_no(committed_db, deed, people):
    with committed_db.app.app_context():
        unit = make_unit()
        maker, other = (make_leader(unit, RoleName.ADMIN) for _ in range(2))
        draft = drafting.start(maker, unit, FILE, "roster.csv")
        slices.go_on(draft, maker, unit, patience=None)
        if deed is undo:
            apply(draft, maker, unit)
        db.session.commit()
        ids = {"unit": unit.id, "maker": maker.id, "other": other.id, "draft": draft.id}

    def take_the_role():
        unit = db.session.get(Unit, ids["unit"])
        set_role(db.session.get(User, ids["other"]), unit, ids["maker"], NO_ROLE, Grant(RoleName.ADMIN))

    def read():
        maker, unit = db.session.get(User, ids["maker"]), db.session.get(Unit, ids["unit"])
        assert roles_of(maker), "the page was opened in time"
        return maker, unit

    def write(maker, unit):
        deed(db.session.get(RosterImport, ids["draft"]), maker, unit)

    assert isinstance(behind(committed_db.app, take_the_role, write, read=read), NotAllowed)
    with committed_db.app.app_context():
        assert db.session.scalar(select(func.count()).select_from(Person)) == people
