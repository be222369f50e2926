"""A sign-up that waits behind others finds out that its sender was detached from a child, or limited, meanwhile."""

import uuid

import pytest
from sqlalchemy import delete, select, update

from app.extensions import db
from app.families.models import Guardian
from app.identity.models import User
from app.outings.models import Outing
from app.signups.models import Consent, Participant
from app.signups.queries import relatives_of
from app.signups.rules.book import lock_outing
from app.signups.rules.family import Wish, send_party
from tests.factories import keep, make_family, make_outing, make_unit
from tests.signups.helpers import children_of, family_of, sign_up
from tests.sites import behind

LIMITED = ("may_sign_up", "may_consent")


@pytest.fixture
def at_once(committed_db):
    """``at_once(change)``: a family sends its form, and stands before the outing's lock while ``change`` is committed."""
    with committed_db.app.app_context():
        unit = make_unit()
        parent, outing = make_family(unit, 2), make_outing(unit)
        db.session.commit()
        ids = {"parent": parent.id, "outing": outing.id, "child": children_of(parent)[0].id}

    def hold(change):
        lock_outing(ids["outing"])
        db.session.execute(change.where(Guardian.person_id == ids["child"]))

    def read():
        parent, outing = db.session.get(User, ids["parent"]), db.session.get(Outing, ids["outing"])
        relatives = relatives_of(parent.id, outing)
        db.session.rollback()
        return parent, relatives

    def send(parent, relatives):
        wish = Wish(frozenset({ids["child"]}), together=True, submission=uuid.uuid4(), consent=True)
        send_party(parent, ids["outing"], wish, relatives)

    return lambda change: behind(committed_db.app, lambda: hold(change), send, read=read)


@pytest.mark.parametrize(
    "change",
    [delete(Guardian), *(update(Guardian).values({name: False}) for name in LIMITED)],
    ids=["detached", *LIMITED],
)
def test_it_is_told_so(committed_db, at_once, change):
    assert "Your family was changed" in str(at_once(change))
    with committed_db.app.app_context():
        assert db.session.scalars(select(Participant)).all() == db.session.scalars(select(Consent)).all() == []


def test_what_another_home_does_is_no_change(committed_db, at_once):
    assert at_once(update(Guardian).values(relationship_to="aunt")) is None


def test_an_adult_may_be_guardian_of_themselves(db_session):
    """As a merge, or an account that is connected with somebody whom it looked after, leaves it."""
    unit = make_unit()
    parent = make_family(unit, 1)
    own = next(person for person in family_of(parent) if person.user_id)
    keep(Guardian(user_id=parent.id, person_id=own.id, may_sign_up=False))
    assert sign_up(parent, make_outing(unit), family_of(parent))["confirmed"]
