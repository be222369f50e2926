import uuid
from datetime import date

import pytest
from sqlalchemy import select

from app.audit.models import AuditEntry
from app.errors import NotFound, RuleBroken, Stale
from app.extensions import db, new_id
from app.families.access import tie_of
from app.families.models import Guardian, Person
from app.families.rules import PersonDetails, add_person, edit_person
from tests.factories import keep, make_adult, make_leader, make_person, make_unit, make_user

AVA = PersonDetails("Ava", "Holm", birth_date=date(2014, 2, 3), gender="female")


@pytest.fixture
def parent(db_session):
    return make_user(name="Astrid Holm")


@pytest.fixture
def ava(parent):
    return make_person("Ava", "Holm", guardian=parent)


def details(person, **changes):
    names = ("first_name", "last_name", "preferred_name", "birth_date", "kind", "gender", "phone", "email")
    values = {name: getattr(person, name) for name in names}
    return PersonDetails(**values | changes)


def entries(subject):
    return db.session.scalars(
        select(AuditEntry).where(AuditEntry.subject_id == subject.id).order_by(AuditEntry.id)
    ).all()


# --- adding


def test_whoever_adds_a_person_becomes_the_guardian(parent):
    person, added = add_person(parent, new_id(), AVA, relationship="parent")
    guardian = db.session.get(Guardian, (parent.id, person.id))
    assert (added, guardian.relationship_to, guardian.may_consent) == (True, "parent", True)
    assert (person.kind, person.user_id) == ("youth", None)
    assert [entry.action for entry in entries(person)] == ["person added"]


def test_the_same_form_twice_adds_one_person(parent):
    person_id = new_id()
    first, _ = add_person(parent, person_id, AVA, relationship="parent")
    second, added = add_person(parent, person_id, AVA, relationship="parent")
    assert (second, added) == (first, False)
    assert len(db.session.scalars(select(Person)).all()) == 1


def test_the_form_of_a_stranger_opens_nobody(parent, ava):
    with pytest.raises(NotFound):
        add_person(make_user(), ava.id, AVA, relationship="parent")


def test_one_can_add_oneself_once(parent):
    me, _ = add_person(parent, new_id(), PersonDetails("Astrid", "Holm"), relationship=None, is_self=True)
    assert (me.user_id, me.kind) == (parent.id, "adult")
    assert db.session.get(Guardian, (parent.id, me.id)) is None
    db.session.commit()
    with pytest.raises(RuleBroken, match="among your people already"):
        add_person(parent, new_id(), PersonDetails("Astrid", "Holm"), relationship=None, is_self=True)


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"birth_date": date(2090, 1, 1)}, "birth_date"),
        ({"birth_date": date(1901, 1, 1)}, "birth_date"),
        ({"birth_date": None, "kind": None}, "kind"),
        ({"email": "ava@example.org"}, "email"),
        ({"contact_name": "Bo"}, "contact_phone"),
        ({"contact_phone": "555-0101"}, "contact_name"),
        ({"contact_relationship": "aunt"}, "contact_name"),
    ],
)
def test_what_will_not_do_names_its_field(parent, changes, field):
    with pytest.raises(RuleBroken) as refusal:
        add_person(parent, new_id(), PersonDetails(**AVA.__dict__ | changes), relationship="parent")
    assert refusal.value.field == field


@pytest.mark.parametrize(("born", "kind"), [(date(2008, 11, 23), "adult"), (date(2008, 11, 24), "youth")])
def test_the_birth_date_tells_youth_from_adult_on_the_day(parent, born, kind):
    from datetime import UTC, datetime

    from app.clock import frozen

    with frozen(datetime(2026, 11, 23, 12, tzinfo=UTC)):
        wanted = PersonDetails("Kit", "Holm", birth_date=born, kind="youth" if kind == "adult" else "adult")
        assert add_person(parent, new_id(), wanted, relationship="parent")[0].kind == kind


def test_nobody_makes_a_child_of_an_account(parent):
    me = make_adult("Astrid", user_id=parent.id)
    with pytest.raises(RuleBroken) as refusal:
        edit_person(parent, me.id, details(me, birth_date=date(2020, 1, 1)), me.version)
    assert refusal.value.field == "birth_date"
    edit_person(parent, me.id, details(me, birth_date=None, kind="youth"), me.version)
    assert me.kind == "adult"


# --- changing


def test_a_change_is_kept_with_its_trail(parent, ava):
    _, changed = edit_person(parent, ava.id, details(ava, preferred_name="Avi", phone="555-0101"), 1)
    assert (changed, ava.preferred_name, ava.version) == (True, "Avi", 2)
    assert entries(ava)[0].changes == {"preferred_name": [None, "Avi"], "phone": [None, "555-0101"]}
    assert entries(ava)[0].actor_id == parent.id


def test_no_change_leaves_no_trail(parent, ava):
    assert edit_person(parent, ava.id, details(ava), 1) == (ava, False)
    assert (ava.version, entries(ava)) == (1, [])


def test_the_second_of_two_sees_both_values_and_nothing_is_lost(parent, ava):
    other = make_user()
    keep(Guardian(user_id=other.id, person_id=ava.id))
    edit_person(parent, ava.id, details(ava, phone="555-0101"), 1)
    with pytest.raises(Stale) as refusal:
        edit_person(other, ava.id, details(ava, phone="555-0202"), 1)
    assert refusal.value.theirs == {"phone": "555-0101"}
    assert refusal.value.yours == {"phone": "555-0202"}
    assert ava.phone == "555-0101"


def test_two_who_write_the_same_do_not_disturb_each_other(parent, ava):
    edit_person(parent, ava.id, details(ava, phone="555-0101"), 1)
    assert edit_person(parent, ava.id, details(ava, phone="555-0101"), 1) == (ava, False)


@pytest.mark.parametrize("asker", ["stranger", "leader", "site admin"])
def test_nobody_else_edits_a_person(ava, asker):
    unit = make_unit()
    from app.members.models import Membership

    keep(Membership(person_id=ava.id, unit_id=unit.id))
    user = {
        "stranger": make_user,
        "leader": lambda: make_leader(unit),
        "site admin": lambda: make_user(is_site_admin=True),
    }[asker]()
    with pytest.raises(NotFound):
        edit_person(user, ava.id, details(ava, phone="555-0101"), 1)
    with pytest.raises(NotFound):
        tie_of(user, uuid.uuid4())


def test_an_adult_is_changed_by_themselves_and_their_guardians_only(parent):
    bo = make_user()
    person = make_adult("Bo", "Holm", user_id=bo.id)
    make_person("Ava", guardian=parent), make_person("Ben", guardian=bo)
    with pytest.raises(NotFound):
        tie_of(parent, person.id)
    assert tie_of(bo, person.id).is_self
    keep(Guardian(user_id=parent.id, person_id=person.id, relationship_to="partner"))
    assert not tie_of(parent, person.id).is_self
