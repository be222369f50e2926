"""A guardian is taken off a child: nothing of theirs stays behind, nor comes in by a form that was on its way."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import select

from app.errors import NotAllowed, NotFound, RuleBroken
from app.extensions import db, new_id
from app.families import photos
from app.families.guardians import Rights
from app.families.home_rows import COLLECTORS, add_row
from app.families.models import Collector, EmergencyContact, Guardian, Person, PhotoConsent
from app.identity.models import User
from app.members.rules import accounts
from app.members.rules.guardians import change_guardian
from app.units.models import RoleName, Unit
from tests.factories import keep, make_adult, make_leader, make_person, make_unit, make_user
from tests.sites import until_somebody_stands

UNCLE = {"name": "Uncle Per", "phone": "555-0199", "may_collect": True, "note": None}


def family():
    """A unit, its admin, a child with two guardians, and the roster's row of the first of them."""
    unit = make_unit()
    bo, other = make_user("bo@example.org"), make_user()
    adult = make_adult("Bo", "Holm", unit=unit, user_id=bo.id)
    child = make_person("Ava", "Holm", unit=unit, guardian=bo)
    keep(Guardian(user_id=other.id, person_id=child.id))
    return unit, make_leader(unit, RoleName.ADMIN), adult, child, bo


def test_who_may_collect_the_child_goes_with_the_box_that_is_not_ticked_any_longer(db_session, client, sign_in):
    unit, admin, adult, child, bo = family()
    keep(Collector(person_id=child.id, home_of_id=bo.id, **UNCLE))
    keep(Collector(person_id=child.id, **UNCLE | {"name": "Aunt Liv"}))
    keep(EmergencyContact(person_id=child.id, home_of_id=bo.id, name="Bo's work", phone="555-0101"))
    sign_in(client, admin)
    here = f"/units/{unit.id}/members/{adult.id}/account"
    assert client.post(here, data={"children": [], "had": [child.id]}).status_code == 303
    assert db.session.scalars(select(Collector.name)).all() == ["Aunt Liv"]
    assert db.session.scalars(select(EmergencyContact.name)).all() == []


# --- at the same moment


@pytest.fixture
def at_once(committed_db, monkeypatch):
    """``at_once(taking, writing)``: ``writing`` of the guardian waits while an admin does ``taking``. Returns how it was refused."""
    with committed_db.app.app_context():
        unit, admin, adult, child, bo = family()
        db.session.commit()
        ids = {"unit": unit.id, "admin": admin.id, "adult": adult.id, "child": child.id, "bo": bo.id}

    def take(taking):
        with committed_db.app.app_context():
            taking(db.session.get(User, ids["admin"]), db.session.get(Unit, ids["unit"]), ids)
            db.session.flush()
            until_somebody_stands(or_else=lambda: bool(refused))
            db.session.commit()

    def write(writing):
        with committed_db.app.app_context():
            until_somebody_stands(or_else=lambda: locked(ids["child"]))
            try:
                writing(db.session.get(User, ids["bo"]), ids["child"])
                db.session.commit()
                refused.append(None)
            except RuleBroken as refusal:
                db.session.rollback()
                refused.append(type(refusal))

    refused = []

    def at_once(taking, writing):
        with ThreadPoolExecutor(2) as pool:
            for run in [pool.submit(take, taking), pool.submit(write, writing)]:
                run.result()
        return refused[0]

    return at_once


def locked(person_id):
    """Whether somebody holds the child's row."""
    free = select(Person.id).where(Person.id == person_id).with_for_update(skip_locked=True)
    with db.engine.connect() as other:
        return other.scalar(free) is None


def detach(admin, unit, ids):
    child = db.session.get(Person, ids["child"])
    change_guardian(admin, unit.id, child, ids["bo"], None, Rights(), "")


def untick(admin, unit, ids):
    accounts.give_account(admin, unit, ids["adult"], "", [], [ids["child"]])


def limit(admin, unit, ids):
    child = db.session.get(Person, ids["child"])
    change_guardian(admin, unit.id, child, ids["bo"], Rights(may_consent=False), Rights(), "")


def name_a_collector(user, child_id):
    add_row(user, child_id, COLLECTORS, new_id(), UNCLE, of_home=True)


def allow_photos(user, child_id):
    photos.give(user, child_id, PhotoConsent.PUBLIC, None)


@pytest.mark.parametrize(
    ("taking", "writing", "refusal"),
    [
        (detach, name_a_collector, NotFound),
        (untick, name_a_collector, NotFound),
        (limit, name_a_collector, NotAllowed),
        (limit, allow_photos, NotAllowed),
    ],
)
def test_what_was_on_its_way_is_refused(committed_db, at_once, taking, writing, refusal):
    assert at_once(taking, writing) is refusal
    with committed_db.app.app_context():
        assert db.session.scalars(select(Collector.name)).all() == []
        assert db.session.scalars(select(Person.photo_consent).where(Person.photo_consent.is_not(None))).all() == []


def test_two_ways_of_detaching_leave_the_child_somebody(committed_db, at_once):
    """One admin detaches the one on the child's page, another the other on the adult's."""

    def untick_bo(user, child_id):
        admin = db.session.scalars(select(User).join(Guardian, isouter=True).where(Guardian.user_id.is_(None))).one()
        adult = db.session.scalars(select(Person).where(Person.first_name == "Bo")).one()
        accounts.give_account(admin, db.session.scalars(select(Unit)).one(), adult.id, "", [], [child_id])

    def detach_the_other(admin, unit, ids):
        child = db.session.get(Person, ids["child"])
        other = db.session.scalars(select(Guardian.user_id).where(Guardian.user_id != ids["bo"])).one()
        change_guardian(admin, unit.id, child, other, None, Rights(), "")

    assert at_once(detach_the_other, untick_bo) is RuleBroken
    with committed_db.app.app_context():
        assert len(db.session.scalars(select(Guardian.user_id)).all()) == 1
