"""An account's day has come, and at that moment somebody changes what would be done with it."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from app.clock import now
from app.extensions import db
from app.families import guardians
from app.families.access import tie_of
from app.families.guardians import Rights
from app.families.models import Guardian
from app.identity.models import User
from app.members.models import Membership
from app.privacy import leaving
from app.privacy.rules import asking, removal
from app.signups.models import Participant
from tests.factories import make_family, make_outing, make_unit, make_user
from tests.signups.helpers import children_of, sign_up
from tests.sites import behind


@pytest.fixture
def family(committed_db):
    """A parent whose day has come, with a child that nobody else looks after and that has a place on an outing."""
    with committed_db.app.app_context():
        unit = make_unit()
        parent = make_family(unit, 1, parent=False)
        (child,) = children_of(parent)
        sign_up(parent, make_outing(unit), [child])
        parent.leaves_at = now() - timedelta(minutes=1)
        db.session.commit()
        return {"parent": parent.id, "child": child.id}


@pytest.fixture
def at_once(committed_db):
    """``at_once(deed)``: the accounts that are due go, and stand before a lock until the ``deed`` is committed. What was said."""
    return lambda deed: behind(committed_db.app, deed, lambda: list(leaving.carry_out()))


def state_of(child_id):
    return db.session.scalars(select(Participant.state).where(Participant.person_id == child_id)).one()


def test_who_stays_after_all_keeps_the_places(committed_db, family, at_once):
    def keep_it():
        asking.stay(db.session.get_one(User, family["parent"]))

    (kept, gone) = at_once(keep_it)
    assert "stays for now" in kept
    assert gone == "Deleted 0 accounts."
    with committed_db.app.app_context():
        assert db.session.get_one(User, family["parent"]).leaves_at is None
        assert state_of(family["child"]) == "confirmed"


def test_who_stayed_while_others_were_removed_keeps_them_too(committed_db, family):
    """A run reads first who is due."""
    with committed_db.app.app_context():
        asking.stay(db.session.get_one(User, family["parent"]))
        db.session.commit()
        assert removal.remove_account(family["parent"]) is False
        db.session.commit()
        assert state_of(family["child"]) == "confirmed"


@pytest.mark.parametrize("is_locked", [True, False])
def test_a_child_that_gets_another_guardian_stays(committed_db, family, at_once, monkeypatch, is_locked):
    if not is_locked:
        monkeypatch.setattr(removal, "lock_family", lambda user: None)
    with committed_db.app.app_context():
        parent, other = db.session.get_one(User, family["parent"]), make_user()
        db.session.query(Membership).delete()
        db.session.query(Participant).delete()
        token = guardians.invite(parent, tie_of(parent, family["child"]), None, Rights())
        db.session.commit()
        other_id = other.id

    def accept():
        guardians.accept(db.session.get_one(User, other_id), guardians.open_invitation(token))

    assert at_once(accept) == ["Deleted 1 accounts."]
    with committed_db.app.app_context():
        looked_after = db.session.scalars(select(Guardian.user_id)).all()
        assert looked_after == ([other_id] if is_locked else []), "or the child is gone with the account"
