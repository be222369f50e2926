"""Two guardians in two homes save one child at the same moment, in two connections: the second sees it, and nothing is lost."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import select

from app.errors import Stale
from app.extensions import db, new_id
from app.families import home_rows, rules
from app.families.access import tie_of
from app.families.home_rows import CONTACTS, add_row, rows_seen
from app.families.models import EmergencyContact, Guardian, Person
from app.families.rules import PersonDetails, edit_person
from app.identity.models import User
from tests.factories import keep, make_person, make_user
from tests.sites import until_somebody_stands

PHONES = ("555-0101", "555-0202")


@pytest.fixture
def at_once(committed_db, monkeypatch):
    """``at_once()`` lets both homes save; returns who met a conflict, the phone that stands, and what each home sees."""
    with committed_db.app.app_context():
        users = [make_user(name=name) for name in ("Astrid", "Bo")]
        child = make_person("Ava", "Holm", guardian=users[0])
        keep(Guardian(user_id=users[1].id, person_id=child.id))
        db.session.commit()
        ids, child_id, born = [user.id for user in users], child.id, child.birth_date
    arrived = []
    read = rules.current_values

    def meet(tie):
        values = read(tie)
        arrived.append(tie)
        until_somebody_stands(or_else=lambda: len(arrived) == 2)  # behind a lock nobody else can come
        return values

    monkeypatch.setattr(rules, "current_values", meet)

    def save(at):
        with committed_db.app.app_context():
            user = db.session.get(User, ids[at])
            contact = {"name": f"Aunt of {at}", "phone": "555-0303", "relationship_to": None}
            add_row(user, child_id, CONTACTS, new_id(), contact, of_home=True)
            db.session.commit()
            try:
                edit_person(
                    user, child_id, PersonDetails("Ava", "Holm", birth_date=born, gender="female", phone=PHONES[at]), 1
                )
            except Stale as refusal:
                return refusal
            db.session.commit()
            return None

    def at_once():
        with ThreadPoolExecutor(2) as pool:
            refusals = list(pool.map(save, range(2)))
        with committed_db.app.app_context():
            seen = [[c.name for c in rows_seen(tie_of(db.session.get(User, id), child_id), CONTACTS)] for id in ids]
            places = db.session.scalars(select(EmergencyContact.position).order_by(EmergencyContact.position)).all()
            return refusals, db.session.get(Person, child_id).phone, seen, places

    return at_once


def test_the_second_sees_the_conflict_and_contacts_stay_apart(at_once):
    refusals, phone, seen, places = at_once()
    (refusal,) = [refusal for refusal in refusals if refusal]
    assert (refusal.theirs, refusal.yours) == ({"phone": phone}, {"phone": PHONES[refusals.index(refusal)]})
    assert seen == [["Aunt of 0"], ["Aunt of 1"]]
    assert places == [1, 2]


def test_without_the_lock_one_of_them_would_be_lost(at_once, monkeypatch):
    """The control."""
    monkeypatch.setattr(rules, "tie_of", lambda user, person_id, lock: tie_of(user, person_id))
    monkeypatch.setattr(home_rows, "tie_of", tie_of)
    refusals, phone, _, _ = at_once()
    assert (refusals, phone in PHONES) == ([None, None], True)
