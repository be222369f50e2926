"""A birth date is corrected: on outings that come everybody sits where the age puts them, at once."""

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta

import pytest
from sqlalchemy import select

from app.audit.models import AuditEntry
from app.clock import now
from app.duplicates.rules.undoing import undo as undo_merge
from app.extensions import db
from app.families import birthdays, rules
from app.families.models import Person
from app.families.rules import PersonDetails, edit_person
from app.identity.models import User
from app.members.importing import drafting, slices
from app.members.importing.applying import apply
from app.members.importing.undoing import undo
from app.members.rules.editing import edit_member, place_version
from app.roster.counts import over as too_many
from app.signups.models import Participant
from app.signups.rules.book import lock_outing, open_book
from app.units.models import RoleName
from tests.duplicates.helpers import joined, place_of
from tests.factories import make_family, make_leader, make_outing, make_person, make_unit
from tests.roster.helpers import put_on
from tests.signups.helpers import children_of
from tests.sites import PATIENCE, until_somebody_stands

ADULT = date(1990, 5, 6)


def kinds(person):
    return list(db.session.scalars(select(Participant.kind).where(Participant.person_id == person.id).order_by("id")))


def corrected(person, born=ADULT):
    return PersonDetails(person.first_name, person.last_name, gender=person.gender, birth_date=born)


def by_family(unit, family, person):
    edit_person(family, person.id, corrected(person), person.version)


def by_admin(unit, family, person):
    version = place_version(place_of(person, unit))
    edit_member(make_leader(unit, RoleName.ADMIN), unit, person.id, {"birth_date": ADULT}, version)


def imported(unit, person, admin):
    place_of(person, unit).member_number = "7"
    db.session.flush()
    file = f"First Name,Last Name,BSA ID#,Date of Birth\n{person.first_name},{person.last_name},7,05/06/1990\n"
    draft = drafting.start(admin, unit, file.encode(), "roster.csv")
    slices.go_on(draft, admin, unit, patience=None)
    assert apply(draft, admin, unit)
    return draft


def by_roster(unit, family, person):
    imported(unit, person, make_leader(unit, RoleName.ADMIN))


def by_merge(unit, family, person):
    older = make_person(person.first_name, person.last_name, unit=unit, birth_date=ADULT)
    joined(make_leader(unit, RoleName.ADMIN), unit, person, older, {"birth_date": "gone"})


@pytest.mark.parametrize("correct", [by_family, by_admin, by_roster, by_merge])
def test_whose_birth_date_is_corrected_takes_the_other_seat_and_the_line_moves_up(unit, family, correct):
    ava, _ = children_of(family)
    coming, over = make_outing(unit, youth_seats=1, adult_seats=0), make_outing(unit)
    put_on(coming, ava)
    put_on(over, ava)
    over.starts_at, over.ends_at = now() - timedelta(days=2), now() - timedelta(days=1)
    ben = put_on(coming, make_person("Ben", unit=unit), "waiting")
    correct(unit, family, ava)
    db.session.expire_all()
    assert kinds(ava) == ["adult", "youth"], "what is over stays as it was"
    assert ben.state == "confirmed"
    state = db.session.scalar(
        select(Participant.state).where(Participant.person_id == ava.id, Participant.kind == "adult")
    )
    assert state == "confirmed", "nobody loses a seat by it"
    book = open_book(coming)
    assert too_many(book.limits, book.used) == "1 more than the 0 adult places"
    entry = db.session.scalars(select(AuditEntry).where(AuditEntry.action == "counted by age")).one()
    assert entry.changes["kind"] == ["youth", "adult"]


def test_what_is_taken_back_is_taken_back_there_too(unit, family):
    ava, noah = children_of(family)
    outing, admin = make_outing(unit), make_leader(unit, RoleName.ADMIN)
    for child in (ava, noah):
        put_on(outing, child)
    draft = imported(unit, ava, admin)
    assert undo(draft, admin, unit)
    older = make_person(noah.first_name, noah.last_name, unit=unit, birth_date=ADULT)
    merged = joined(admin, unit, noah, older, {"birth_date": "gone"})
    assert kinds(noah) == ["adult"]
    undo_merge(admin, unit, merged.merge.id)
    db.session.expire_all()
    assert (kinds(ava), kinds(noah)) == (["youth"], ["youth"])


class Late:
    """Locks outings when the person is locked already."""

    def __init__(self, people):
        self.people = people

    def follow(self, actor):
        birthdays.hold(self.people).follow(actor)


@pytest.mark.parametrize("in_order", [True, False])
def test_the_outing_is_locked_before_the_person(committed_db, monkeypatch, in_order):
    """Whoever signs up or merges locks them in that order. Locked the other way round (the control), the two would block each other."""
    with committed_db.app.app_context():
        unit = make_unit()
        family = make_family(unit, 1)
        (ava,) = children_of(family)
        outing = make_outing(unit)
        put_on(outing, ava)
        db.session.commit()
        family_id, ava_id, outing_id = family.id, ava.id, outing.id
    if not in_order:
        monkeypatch.setattr(rules, "hold_for", lambda person, _wanted: Late([person.id]))
    done = threading.Event()

    def edit():
        with committed_db.app.app_context():
            by_family(None, db.session.get_one(User, family_id), db.session.get_one(Person, ava_id))
            db.session.commit()
        done.set()

    with committed_db.app.app_context(), ThreadPoolExecutor(1) as pool:
        lock_outing(outing_id)
        edited = pool.submit(edit)
        until_somebody_stands(or_else=done.is_set)
        free = db.session.scalar(select(Person.id).where(Person.id == ava_id).with_for_update(skip_locked=True))
        db.session.rollback()
        edited.result(PATIENCE)
        assert (free is not None) == in_order
        assert kinds(db.session.get_one(Person, ava_id)) == ["adult"]
