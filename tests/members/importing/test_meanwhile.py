"""A family signs up while a roster is written: neither stands before the other for good."""

import threading
import uuid
from concurrent.futures import ThreadPoolExecutor

from sqlalchemy import select, update

from app.extensions import db
from app.families.models import Person
from app.identity.models import User
from app.members.importing import applying, drafting, slices
from app.members.importing.applying import apply
from app.members.models import Membership, RosterImport
from app.outings.models import Outing
from app.signups.models import Participant
from app.signups.queries import relatives_of
from app.signups.rules.family import Wish, send_party
from app.units.models import RoleName, Unit
from tests.factories import make_family, make_leader, make_outing, make_unit
from tests.signups.helpers import children_of
from tests.sites import PATIENCE, until_somebody_stands

FILE = b"First Name,Last Name,Youth or adult,Member number,Rank\nAva,Lindqvist,Youth,7,Star\n"


def test_a_sign_up_while_a_roster_is_written(committed_db, monkeypatch):
    with committed_db.app.app_context():
        unit = make_unit()
        maker, parent = make_leader(unit, RoleName.ADMIN), make_family(unit, 1, parent=False)
        outing, (child,) = make_outing(unit), (person.id for person in children_of(parent))
        db.session.execute(update(Membership).values(member_number="7"))
        draft = drafting.start(maker, unit, FILE, "roster.csv")
        slices.go_on(draft, maker, unit, patience=None)
        db.session.commit()
        ids = {"unit": unit.id, "maker": maker.id, "parent": parent.id, "outing": outing.id, "draft": draft.id}
    begun, over = threading.Event(), threading.Event()
    lock = applying.lock

    def wait_for_the_family(draft):
        begun.set()
        until_somebody_stands(or_else=over.is_set)
        lock(draft)

    monkeypatch.setattr(applying, "lock", wait_for_the_family)

    def write():
        with committed_db.app.app_context():
            draft, maker, unit = (
                db.session.get(model, ids[name])
                for model, name in ((RosterImport, "draft"), (User, "maker"), (Unit, "unit"))
            )
            assert apply(draft, maker, unit)
            db.session.commit()

    def sign_up():
        assert begun.wait(PATIENCE)
        with committed_db.app.app_context():
            parent, outing = db.session.get(User, ids["parent"]), db.session.get(Outing, ids["outing"])
            wish = Wish(frozenset((child,)), True, uuid.uuid4(), consent=True)
            send_party(parent, outing.id, wish, relatives_of(parent.id, outing))
            db.session.commit()
            over.set()

    with ThreadPoolExecutor(2) as pool:
        done = [pool.submit(write), pool.submit(sign_up)]
        for one in done:
            one.result(PATIENCE)
    with committed_db.app.app_context():
        assert db.session.get_one(Person, child).rank == "Star"
        assert db.session.scalars(select(Participant.state)).all() == ["confirmed"]
